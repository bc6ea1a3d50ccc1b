"""Background processes that a project needs and does not name: what runs its task queue.

A worker whose broker is elsewhere is found too, but starts only once one of the variables that
name the broker is set: without it some end at once and the others only take memory.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nuages.core.facts import Fact, ProcessFound, VariableRead
from nuages.inspect.declared.processes import NO_BROKER
from nuages.inspect.evidence import Evidence

# Celery's own default is one process for each core of the host.
_CONCURRENCY = 2
_CELERY_FILES = ("celery.py", "celery_app.py", "celeryapp.py", "tasks.py", "worker.py")
_SCHEDULES = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE")
_PERIODIC = re.compile(r"\b(?:beat_schedule|add_periodic_task)\b")
_DATABASE_BEAT = "django_celery_beat"
_BROKER_SETTINGS = ("CELERY_BROKER_URL", "BROKER_URL", "RQ_QUEUES", "HUEY", "Q_CLUSTER",
                    "DRAMATIQ_BROKER")  # fmt: skip
_BROKER_NAME = re.compile(r"BROKER|REDIS|VALKEY|RABBIT|AMQP")
# Words in the name of a variable that says no more than how a broker is used.
_DETAIL = re.compile(
    r"(?:^|_)(?:PREFIX|TIMEOUT|WORKERS?|SYNC|RETRY|RECYCLE|CONCURRENCY|PORT|DB|USER|USERNAME|PASS|"
    r"PASSWORD|SSL|TLS|TTL|USE|ENABLED?|NAME)(?:_|$)"
)
# Brokers that are no server (https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/).
_NO_SERVER = re.compile(r"(?:memory|filesystem|sqla\+[^:]*|django)://|SqliteHuey|FileHuey")


@dataclass(frozen=True, slots=True)
class _Queue:
    """A task queue that is a Django app: the name by which settings name it, the management
    command that works on it, the variable to name a broker by (empty: the database is one)."""

    app: str
    command: str
    broker: str = ""


# The projects' own documentation: "Running workers", "Running the consumer", "Deployment".
_QUEUES = (
    _Queue("django_rq", "rqworker", "REDIS_URL"),
    _Queue("huey.contrib.djhuey", "run_huey", "REDIS_URL"),
    _Queue("django_dramatiq", "rundramatiq", "REDIS_URL"),
    _Queue("django_q", "qcluster", "REDIS_URL"),
    _Queue("procrastinate.contrib.django", "procrastinate worker"),
    _Queue("django_tasks.backends.database", "db_worker"),
    _Queue("django_tasks_db", "db_worker"),
)


def find_background(
    evidence: Evidence, variables: Sequence[VariableRead]
) -> tuple[Fact[ProcessFound], ...]:
    """The worker of each task queue, and the one scheduler of Celery's periodic tasks."""
    named = _strings(evidence)
    found = list(_celery(evidence, variables, named))
    found += _apps(evidence, variables, named, has_worker=bool(found))
    for each in found:
        if each.value.brokers:
            message = (
                f"'{each.value.command}' starts once its broker is known: "
                f"{' or '.join(each.value.brokers)} is a config var"
            )
            evidence.remarks.say(NO_BROKER, message, each.file, each.line)
    return tuple(found)


def _celery(
    evidence: Evidence, variables: Sequence[VariableRead], named: dict[str, tuple[str, int]]
) -> Iterator[Fact[ProcessFound]]:
    value = evidence.dependencies.value.value
    if "celery" not in value.names and "celery" not in dict(value.pins):
        return
    place = _celery_app(evidence)
    if place is None:
        return
    path, line, target = place
    brokers = _brokers(variables, "CELERY_BROKER_URL")
    text = evidence.tree.text(path)
    if not _variables_of(variables) and _is_serverless(named, text):
        brokers = ()
    reason = f"{path} makes a Celery app"
    work = f"celery -A {target} worker --loglevel info --concurrency {_CONCURRENCY}"
    yield Fact(ProcessFound("worker", work, brokers), reason, "found", path, line)
    in_database = _DATABASE_BEAT in named
    scheduled = any(name in evidence.read.assigned for name in _SCHEDULES)
    if in_database or scheduled or _PERIODIC.search(text):
        beat = f"celery -A {target} beat --loglevel info"
        if in_database:
            beat += " --scheduler django_celery_beat.schedulers:DatabaseScheduler"
        else:
            beat += " --schedule /data/celerybeat-schedule"
        reason = "the project has periodic tasks"
        yield Fact(ProcessFound("beat", beat, brokers), reason, "found", path, line)


def _celery_app(evidence: Evidence) -> tuple[str, int, str] | None:
    """Where a Celery app is made: the file, the line, and what `celery -A` takes."""
    root = "" if evidence.root == "." else f"{evidence.root}/"
    tree = evidence.tree
    for path in (path for name in _CELERY_FILES for path in tree.named(name)):
        if not path.startswith(root) or "Celery" not in tree.text(path):
            continue
        line = _makes_app(tree.parse(path))
        parts = path.removeprefix(root).removesuffix(".py").split("/")
        if line and all(part.isidentifier() for part in parts):
            # `-A shop` finds shop.celery by itself; a celery.py at the top hides the package.
            target = parts[:-1] if parts[-1] == "celery" and len(parts) > 1 else parts
            return path, line, ".".join(target)
    return None


def _makes_app(module: ast.Module | None) -> int:
    """The line of the assignment `app = Celery(…)` at the top level; 0 where there is none."""
    for node in module.body if module else ():
        call = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(call, ast.Call):
            maker = call.func
            name = maker.id if isinstance(maker, ast.Name) else getattr(maker, "attr", "")
            if name == "Celery":
                return node.lineno
    return 0


def _apps(
    evidence: Evidence,
    variables: Sequence[VariableRead],
    named: dict[str, tuple[str, int]],
    *,
    has_worker: bool,
) -> Iterator[Fact[ProcessFound]]:
    manage = evidence.layout.manage.value.rpartition("/")[2]
    runner = f"python {manage}" if manage else "django-admin"
    taken: set[str] = set()
    for queue in _QUEUES:
        # A part of the app names it too: `django_tasks_db.DatabaseBackend`.
        place = named.get(queue.app) or next(
            (where for text, where in named.items() if text.startswith(f"{queue.app}.")), None
        )
        if place is None or queue.command in taken:
            continue
        name = queue.app.partition(".")[0].replace("_", "-") if has_worker or taken else "worker"
        taken.add(queue.command)
        command = queue.command
        if command == "rqworker":
            command += "".join(f" {name}" for name in _keys(evidence, "RQ_QUEUES") or ["default"])
        needs = bool(queue.broker) and not _keeps_tasks_itself(evidence, queue, named)
        brokers = _brokers(variables, queue.broker) if needs else ()
        if needs and "django_redis" in _keys(evidence, "Q_CLUSTER"):
            # django-q's tasks go through the cache.
            brokers = _addresses(variables, ("CACHES",)) or brokers
        process = ProcessFound(name, f"{runner} {command}", brokers)
        yield Fact(process, f"the settings name {queue.app}", "found", *place)


def _keeps_tasks_itself(
    evidence: Evidence, queue: _Queue, named: dict[str, tuple[str, int]]
) -> bool:
    """Whether tasks lie in a database or in files, so that no broker is needed."""
    if queue.app == "django_q":
        return "orm" in _keys(evidence, "Q_CLUSTER")
    huey = evidence.read.assigned.get("HUEY")
    nodes = ast.walk(huey.node) if huey else ()
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return queue.app.startswith("huey") and _is_serverless(named, " ".join(names))


def _is_serverless(named: dict[str, tuple[str, int]], text: str) -> bool:
    return bool(_NO_SERVER.search(text)) or any(_NO_SERVER.search(each) for each in named)


def _brokers(variables: Sequence[VariableRead], otherwise: str) -> tuple[str, ...]:
    """The variables that may name the broker; `otherwise` where the settings read none."""
    return _variables_of(variables) or (otherwise,)


def _variables_of(variables: Sequence[VariableRead]) -> tuple[str, ...]:
    likely = {each.name for each in variables if _BROKER_NAME.search(each.name)}
    named = {name for name in likely if not _DETAIL.search(name) and "CACHE" not in name}
    return _addresses(variables, _BROKER_SETTINGS) or tuple(sorted(named or likely))


def _addresses(variables: Sequence[VariableRead], settings: tuple[str, ...]) -> tuple[str, ...]:
    """The variables that go into one of the settings and may say where a server is."""
    into = {each.name for each in variables if each.setting in settings}
    return tuple(sorted(name for name in into if not _DETAIL.search(name)))


def _strings(evidence: Evidence) -> dict[str, tuple[str, int]]:
    """Every string that the settings hold, with the place of the first."""
    found: dict[str, tuple[str, int]] = {}
    for path in evidence.read.files:
        module = evidence.tree.parse(path)
        for node in ast.walk(module) if module else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, (path, node.lineno))
    return found


def _keys(evidence: Evidence, setting: str) -> list[str]:
    """The keys of a setting that is a dictionary."""
    assigned = evidence.read.assigned.get(setting)
    keys = assigned.node.keys if assigned and isinstance(assigned.node, ast.Dict) else []
    constants = [key.value for key in keys if isinstance(key, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]
