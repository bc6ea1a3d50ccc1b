"""Stands-in for what lies below the control plane: an engine and flows that keep their state in
files, so that several real processes can share them, and that die where they are told to."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from nuages.control.worker.flows import ImageFacts
from nuages.core.app import EnvironmentName
from nuages.core.engine import InstanceStatus, OneOff
from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.event import Event, Step
from nuages.core.finding import Finding, Severity
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.state import ReleaseRecord
from nuages.pipeline.values import Deployed, Parts
from nuages.system.command import LocalRunner

BROKEN = ErrorCode("fake.E001", "It is broken", "Mend it.")


class FakeSession:
    """Prints what it is given, until its input is closed or it is killed; `sleep` reads no
    input."""

    def __init__(self, one_off: OneOff) -> None:
        self.one_off = one_off
        self.sizes: list[tuple[int, int]] = []
        self.code = 0
        self._lines: queue.Queue[bytes] = queue.Queue()

    def output(self) -> Iterator[bytes]:
        yield " ".join(self.one_off.argv).encode() + b"\n"
        while chunk := self._lines.get():
            yield chunk

    def write(self, data: bytes) -> None:
        if self.one_off.argv != ("sleep",):
            self._lines.put(data)

    def resize(self, rows: int, columns: int) -> None:
        self.sizes.append((rows, columns))

    def wait(self) -> int:
        return self.code

    def kill(self) -> None:
        self.code = 137
        self._lines.put(b"")


class FakeEngine:
    """Knows which version has the traffic, and remembers what it was told."""

    def __init__(self, home: Home) -> None:
        self._folder = home.path / "fake"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.sessions: list[FakeSession] = []

    def current(self, environment: EnvironmentName) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return int((self._folder / f"current-{environment.label}").read_text())
        return None

    def give_traffic(self, environment: EnvironmentName, version: int) -> None:
        (self._folder / f"current-{environment.label}").write_text(str(version))

    def retire(self, environment: EnvironmentName, version: int, *, drain: bool) -> None:
        note(self._folder, f"retire {environment.label}.v{version} drain={drain}")

    def instances(self, environment: EnvironmentName | None = None) -> list[InstanceStatus]:
        found = []
        for path in self._folder.glob("current-*"):
            label, version = path.name.removeprefix("current-"), int(path.read_text())
            if environment is None or environment.label == label:
                status = InstanceStatus(
                    f"{label}.v{version}.web.1", label, version, "web", "running", 77, 1.0
                )
                found.append(status)
        return found

    def metrics(self, environment: EnvironmentName) -> str:
        if self.current(environment) is None:
            raise NuagesError(BROKEN, "Nothing is measured")
        return f'django_requests{{app="{environment.label}"}} 3\n'

    def open(self, one_off: OneOff) -> FakeSession:
        self.sessions.append(FakeSession(one_off))
        return self.sessions[-1]

    def forget(self) -> None:
        for path in self._folder.iterdir():
            path.unlink()


class FakeFlows:
    """Goes through the steps of a deployment and does nothing. HOME/fake/plan.json may say
    `die_at` (an event at which the process is killed), `fail_at` and `error`, `say`, `pause` and
    `pause_at`."""

    def __init__(self) -> None:
        self._folder: Path = settings.NUAGES_HOME.path / "fake"

    def plan(self, **plan: object) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / "plan.json").write_text(json.dumps(plan))

    @property
    def calls(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / "calls").read_text().splitlines()
        return []

    def describe_image(self, home: Home, digest: str) -> ImageFacts:
        return ImageFacts((("web", ""),), "sha256:source", "5.2", "3.12")

    def deploy(self, request, parts, record):
        note(
            self._folder, f"deploy {request.state.environment} {request.folder or request.archive}"
        )
        for step in (Step.SOURCE, Step.INSPECT, Step.BUILD):
            self._step(step, record)
        finding = Finding("inspect.W001", Severity.WARNING, "DEBUG is on", "Turn it off.")
        deployed = self._activate(request.state, parts, record)
        return replace(deployed, findings=(finding,))

    def rollback(self, state, target, config, parts, record):
        note(self._folder, f"rollback {state.environment} v{target.version}")
        return self._activate(replace(state, config=config), parts, record, target.image_digest)

    def configure(self, state, parts, record, *, rebuild):
        note(
            self._folder,
            f"configure {state.environment} {','.join(sorted(state.config))} "
            f"at {','.join(state.hosts)}{' rebuilt' if rebuild else ''}",
        )
        return self._activate(state, parts, record, state.current.image_digest)

    def scale(self, state, counts, parts, record):
        note(self._folder, f"scale {state.environment} {counts}")
        self._step(Step.START, record)

    def restart(self, state, parts, record):
        note(self._folder, f"restart {state.environment}")
        self._step(Step.START, record)

    def destroy(self, environment, parts, record):
        note(self._folder, f"destroy {environment}")
        self._step(Step.CLEAN, record)

    def take_back(self, state, version, parts):
        parts.engine.retire(state.environment, version, drain=False)

    def declare(self, state, parts):
        note(self._folder, f"declare {state.environment} v{state.current.version}")

    def finish(self, state, version, keep, parts, record):
        note(self._folder, f"finish {state.environment} v{version} keeps {len(set(keep))}")
        self._step(Step.DRAIN, record)

    def clean(self, keep, parts):
        note(self._folder, f"clean keeps {','.join(sorted(keep))}")

    def _activate(self, state, parts, record, digest=None):
        digest = digest or f"sha256:{state.environment.label}{state.next_version}"
        data = {"version": state.next_version, "image": digest}
        record(Event("release.assembled", "assembled", data=data))
        self._pass("release.assembled")
        note(self._folder, f"release-command {state.environment} v{state.next_version}")
        self._step(Step.RELEASE, record)
        self._step(Step.READY, record)
        record(Event("release.switching", "switching", data=data))
        self._pass("release.switching")
        parts.engine.give_traffic(state.environment, state.next_version)
        self._pass("switch")
        change = {"setting": "DEBUG", "project": "True", "used": "False", "why": "It is live."}
        done = {**data, "changes": [change], "migrations": ["polls.0001_initial"]}
        record(Event("release.switched", "switched", seconds=0.5, data=done))
        self._pass("release.switched")
        release = ReleaseRecord(state.next_version, digest, state.config)
        return Deployed(release, make_image(digest), 0.5)

    def _step(self, step, record):
        plan = self._plan()
        record(Event("step.started", f"{step} begins", step))
        for text in plan.get("say", ()):
            record(Event("said", text, step, data={"text": text, text: [text]}))
        pause = plan.get("pause")
        if pause and plan.get("pause_at", step) == step:
            await_file(Path(pause))
        self._pass(f"step:{step}")
        if plan.get("fail_at") == step:
            record(Event("step.failed", plan.get("error", "broken"), step, 0.1))
            if plan.get("bug"):
                raise RuntimeError(plan["error"])
            raise NuagesError(BROKEN, plan["error"], details=f"last lines: {plan['error']}")
        record(Event("step.done", f"{step} is done", step, 0.1))

    def _pass(self, place):
        if self._plan().get("die_at") == place:
            # The plan is for one life only.
            (self._folder / "plan.json").unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    def _plan(self):
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self._folder / "plan.json").read_text())
        return {}


class NoWatch:
    """There is no agent to watch."""

    def __init__(self, home, on_return) -> None:
        pass

    def start(self) -> None:
        pass


_engines: dict[Path, FakeEngine] = {}


def make_engine(home: Home) -> FakeEngine:
    return _engines.setdefault(home.path, FakeEngine(home))


def make_parts(home: Home) -> Parts:
    return Parts(home, make_engine(home), LocalRunner(), time.monotonic)


def services(home: Home) -> dict[str, int | None]:
    return {"agent": os.getpid(), "proxy": os.getpid()}


def make_image(digest: str) -> Image:
    path = Path("/nowhere")
    blueprint = Blueprint("mysite.settings", "wsgi", "", (("web", ""),))
    report = ProbeReport("5.2", "3.12", "mysite.settings")
    return Image(digest, path, path, path, None, "", None, "3.12", ".", report, blueprint)


def note(folder: Path, line: str) -> None:
    """Append a line in one write, so that processes do not mix theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "calls").open("a") as stream:
        stream.write(line + "\n")


def await_file(path: Path, within: float = 20.0) -> None:
    """Wait until somebody makes the file."""
    deadline = time.monotonic() + within
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(str(path))
        time.sleep(0.01)
