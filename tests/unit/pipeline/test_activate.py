"""From an image to traffic on an engine that runs nothing: what a failure leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.store import ImageStore
from nuages.core.app import EnvironmentName
from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError
from nuages.core.event import Event
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, NeededVariable, ProbeReport
from nuages.core.pages import Visit
from nuages.core.secret import Secret
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.activate import CONFIGURE, DEPLOY, activate
from nuages.pipeline.declare import declare
from nuages.pipeline.scale import scale
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Deployed, Parts
from nuages.system.command import LocalRunner
from nuages.testing.engine import REFUSED, FakeEngine

POLLS = EnvironmentName("polls")
BLUEPRINT = Blueprint(
    "mysite.settings",
    "wsgi",
    "mysite.wsgi:application",
    processes=(("beat", "celery beat"), ("worker", "celery worker")),
    release_commands=("python manage.py loaddata start",),
)
STATE = AppState(
    environment=POLLS,
    secret_key=Secret("k" * 50),
    config={},
    build_config={},
    hosts=("polls.localhost",),
    port=8000,
    next_version=1,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def image(home: Home) -> Image:
    """An image that lies in the store."""
    store, digest = ImageStore(home), "sha256:1"
    made = Image(
        digest=digest,
        app=store.path(digest) / "app",
        venv=home.environments / "1" / "venv",
        runtime=home.runtimes / "1",
        static=None,
        static_digest="",
        python=None,
        python_version="3.12.1",
        project=".",
        report=ProbeReport("5.2", "3.12.1", "mysite.settings"),
        blueprint=BLUEPRINT,
    )
    for folder in (made.app, made.venv, made.runtime):
        folder.mkdir(parents=True)
    store.save(made, (), store.path(digest))
    return made


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    """An engine whose one-offs succeed; release commands leave their report."""
    return FakeEngine(tmp_path / "engine", run=reporting())


@pytest.fixture
def parts(home: Home, engine: FakeEngine) -> Parts:
    return Parts(home, engine, LocalRunner(), lambda: 0.0)


def reporting(
    ran: list[tuple[str, ...]] | None = None,
    printed: bytes = b"",
    code: int = 0,
    pages: object = None,
) -> Callable[[OneOff], tuple[bytes, int]]:
    """One-offs that leave a report where they can, else end with `code`."""

    def run(one_off: OneOff) -> tuple[bytes, int]:
        if ran is not None:
            ran.append(one_off.argv)
        if one_off.exchange is None:
            return printed, code
        (one_off.exchange / "report.json").write_text(json.dumps({"ok": True, "pages": pages}))
        return b"", 0

    return run


def live(
    parts: Parts, image: Image, record: Callable[[Event], None] = lambda _: None, **state: object
) -> Deployed:
    """The image with the traffic."""
    steps = Steps(record, parts.clock)
    return activate(replace(STATE, **state), image, parts, steps, DEPLOY)  # type: ignore[arg-type]


def versions(engine: FakeEngine) -> set[int]:
    """The releases of which something runs."""
    return {instance.release for instance in engine.instances(POLLS)}


def counts(engine: FakeEngine, process: str) -> int:
    """How many instances of a process type run."""
    return len([one for one in engine.instances(POLLS) if one.process == process])


class Waiting(FakeEngine):
    """Remembers how long it was to wait (seconds)."""

    waited = 0.0

    def wait_ready(self, release):
        self.waited = release.health_timeout
        return super().wait_ready(release)


@pytest.mark.parametrize(
    ("said", "steps", "seconds"),
    [
        (60.0, [{"name": "setup", "seconds": 20.0}, {"name": "check", "seconds": 4.5}], 122.5),
        (60.0, [{"name": "setup", "seconds": 1.0}, {"name": "migrate", "seconds": 900.0}], 60.0),
        (60.0, "mine", 60.0),
        (3.0, [{"name": "setup", "seconds": 20.0}], 3.0),
    ],
)
def test_what_took_long_to_load_may_take_long_to_start(
    parts: Parts, image: Image, said: float, steps: object, seconds: float
) -> None:
    def run(one_off: OneOff) -> tuple[bytes, int]:
        if one_off.exchange is not None:
            (one_off.exchange / "report.json").write_text(json.dumps({"ok": True, "steps": steps}))
        return b"", 0

    engine = Waiting(parts.home.path / "engine", run=run)
    image = replace(image, blueprint=replace(image.blueprint, health_timeout=said))
    live(replace(parts, engine=engine), image)
    assert engine.waited == seconds


class SwitchFails(FakeEngine):
    """Cannot rename."""

    def switch(self, release, *, serve_media):
        raise NuagesError(REFUSED, "no rename")


def test_a_failure_of_the_switch_stops_the_new_release_and_keeps_the_former_hosts(
    home: Home, image: Image, tmp_path: Path
) -> None:
    engine = SwitchFails(tmp_path / "engine", run=reporting())
    parts = Parts(home, engine, LocalRunner(), lambda: 0.0)
    former = ("old.example.org", "polls.localhost")
    with pytest.raises(NuagesError, match="no rename"):
        live(parts, image, hosts=("new.example.org", "polls.localhost"), former_hosts=former)
    assert versions(engine) == set()
    assert engine.hosts["polls"] == former


def test_a_host_that_goes_leads_to_the_former_release_until_the_switch(
    home: Home, image: Image, tmp_path: Path
) -> None:
    at_switch = []

    class Watching(FakeEngine):
        def switch(self, release, *, serve_media):
            at_switch.append(self.hosts["polls"])
            super().switch(release, serve_media=serve_media)

    engine = Watching(tmp_path / "engine", run=reporting())
    live(
        Parts(home, engine, LocalRunner(), lambda: 0.0),
        image,
        former_hosts=("old.example.org", "polls.localhost"),
    )
    assert at_switch == [("polls.localhost", "old.example.org")]
    assert engine.hosts["polls"] == ("polls.localhost",)


def test_an_error_after_the_switch_stops_nothing_of_what_serves(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    def record(event: Event) -> None:
        if event.kind == "step.done" and event.step == "switch":
            raise NuagesError(REFUSED, "the database is locked")

    with pytest.raises(NuagesError, match="locked"):
        live(parts, image, record)
    assert engine.current(POLLS) == 1
    assert versions(engine) == {1}


def test_declaring_an_older_release_never_stops_the_one_that_serves(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    live(parts, image, next_version=2)
    declare(replace(STATE, current=ReleaseRecord(1, image.digest, {})), parts)
    assert 2 in versions(engine)


def test_the_projects_own_release_commands_run_for_new_code_alone(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    ran: list[tuple[str, ...]] = []
    engine.run = reporting(ran)
    live(parts, image)
    assert ran[-1] == ("python", "manage.py", "loaddata", "start")
    ran.clear()
    steps = Steps(lambda _: None, parts.clock)
    activate(replace(STATE, next_version=2), image, parts, steps, CONFIGURE)
    assert [argv[2] for argv in ran] == ["nuages_runtime.release"]


FAILED = "it answered 500: the view failed, and the log says how"
TRACE = """Traceback (most recent call last):
  File "/app/polls/views.py", line 6, in index
    return render(request, "polls.html")
django.template.exceptions.TemplateDoesNotExist: 404.html
"""
# What the URLconf has, what was asked; where the site begins, and what is said of it.
SITES: dict[str, tuple[object, tuple[Visit, ...], str, list[str]]] = {
    "nothing to say": (None, (Visit("/", 200),), "/", []),
    "it begins elsewhere": (
        {"root": False, "health": "", "first": ["/polls/"]},
        (Visit("/", 404), Visit("/polls/", 200)),
        "/polls/",
        ["inspect.W170: / is 404; the site begins at /polls/"],
    ),
    "no page is known": (
        {"root": False, "health": "", "first": []},
        (Visit("/", 404),),
        "",
        [
            "inspect.W170: / is 404, and no other page was found that opens without an argument",
        ],
    ),
    "the page for 404 is broken": (
        {"root": False, "health": "", "first": ["/polls/"]},
        (Visit("/", 500, FAILED, TRACE), Visit("/polls/", 200)),
        "/polls/",
        [
            f"inspect.W172: GET /: {FAILED}; There is no template 404.html (diagnose.C084)",
            "inspect.W170: There is nothing at /; the site begins at /polls/",
        ],
    ),
    "a page and a health check fail": (
        {"root": True, "health": "/ht/", "first": ["javascript:alert(1)", 7, "/a b/"]},
        (Visit("/ht/", 503, "it answered 503"), Visit("/", 500, FAILED)),
        "/",
        ["inspect.W173: GET /ht/: it answered 503", f"inspect.W171: GET /: {FAILED}"],
    ),
}


@pytest.mark.parametrize("site", SITES.values(), ids=SITES.keys())
def test_a_deployment_says_where_its_site_begins_and_what_of_it_fails(
    parts: Parts,
    image: Image,
    engine: FakeEngine,
    site: tuple[object, tuple[Visit, ...], str, list[str]],
) -> None:
    pages, visits, start, said = site
    engine.run, engine.visits = reporting(pages=pages), visits
    events: list[Event] = []

    deployed = live(parts, image, events.append)

    assert deployed.start == start
    found = [f"{finding.code}: {finding.message}" for finding in deployed.findings]
    assert found == said
    [switched] = [event for event in events if event.kind == "release.switched"]
    assert switched.data["start"] == start
    told = [event.message for event in events if event.step == "ready" and event.kind == "said"]
    assert len(told) == len(said)


def test_a_check_that_is_tolerated_is_said_once(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    row = {"id": "mysite.E001", "message": "not in ALLOWED_HOSTS", "level": "error"}
    report = {"ok": True, "checks": [row], "tolerated": [row]}

    def run(one_off: OneOff) -> tuple[bytes, int]:
        if one_off.exchange is not None:
            (one_off.exchange / "report.json").write_text(json.dumps(report))
        return b"", 0

    engine.run = run
    events: list[Event] = []
    deployed = live(parts, image, events.append)
    said = "mysite.E001: not in ALLOWED_HOSTS"
    assert [(f.code, f.message) for f in deployed.findings] == [("inspect.W174", said)]
    assert [event.message for event in events if said in event.message] == [
        f"{said} (inspect.W174)"
    ]


def test_of_much_output_only_the_end_is_kept(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    engine.run = reporting(printed=b"x" * 300_000 + b"\nthe end", code=3)
    with pytest.raises(NuagesError) as caught:
        live(parts, image)
    assert caught.value.details.endswith("the end")
    assert len(caught.value.details) <= 64 * 1024


def test_a_release_command_cannot_hold_its_environment_for_ever(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    limits = []

    def run(one_off: OneOff) -> tuple[bytes, int]:
        limits.append(one_off.timeout)
        return (b"", 124) if one_off.exchange is None else reporting()(one_off)

    engine.run = run
    with pytest.raises(NuagesError, match="was ended after 3600 s"):
        live(parts, image)
    assert limits == [3600.0, 3600.0]


def test_scaling_knows_the_process_types_of_the_running_image(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    live(parts, image)
    state = replace(STATE, current=ReleaseRecord(1, image.digest, {}))
    with pytest.raises(NuagesError, match="'wroker' among beat, web, worker"):
        scale(state, {"wroker": 2}, parts, lambda _: None)
    with pytest.raises(NuagesError, match="two schedulers"):
        scale(state, {"beat": 2}, parts, lambda _: None)
    scale(state, {"worker": 2, "beat": 0}, parts, lambda _: None)
    assert (counts(engine, "worker"), counts(engine, "beat")) == (2, 0)


def test_a_scale_up_that_fails_is_taken_back(
    parts: Parts, image: Image, engine: FakeEngine
) -> None:
    live(parts, image)
    engine.failing = "ended with exit code 1"
    state = replace(STATE, current=ReleaseRecord(1, image.digest, {}))
    with pytest.raises(NuagesError, match="exit code 1"):
        scale(state, {"web": 3}, parts, lambda _: None)
    assert counts(engine, "web") == 1


def test_a_release_without_a_variable_that_its_settings_need_runs_nothing(
    home: Home, image: Image, tmp_path: Path
) -> None:
    ran: list[tuple[str, ...]] = []
    engine = FakeEngine(tmp_path / "engine", run=reporting(ran))
    parts = Parts(home, engine, LocalRunner(), lambda: 0.0)
    needed = (NeededVariable("PAYMENT_KEY", "mysite/settings.py", 3), NeededVariable("DOMAIN"))
    needing = replace(image, report=replace(image.report, needed=needed))

    with pytest.raises(NuagesError, match=r"Not set: PAYMENT_KEY \(mysite/settings.py:3\)$"):
        live(parts, needing)
    assert (ran, engine.instances(POLLS)) == ([], [])

    live(parts, needing, config={"PAYMENT_KEY": Secret("given")})
    assert versions(engine) == {1}
    assert ran
