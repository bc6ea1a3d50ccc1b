"""The control plane as it runs: a parent, the API, the worker; killed at each step of its work."""

from __future__ import annotations

import base64
import contextlib
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from nuages.client.client import Client
from nuages.client.follow import follow_deployment
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from tests.control.fakes import FakeFlows, await_file

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
HIDDEN = "canary-b5bb9d8014a0/+&"
PLAIN = "plain-canary-7d865e959b24"


class Control:
    """A control plane in a process of its own, over fakes, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.client = Client(self.home)
        self.flows = FakeFlows()
        self.flows._folder = home / "fake"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.control.settings",
            "NUAGES_HOME": str(self.home.path),
            "PYTHONPATH": str(ROOT),
        }
        argv = [sys.executable, "-m", "nuages.control", str(self.home.path)]
        with (self.home.path / "control.log").open("ab") as log:
            self.process = subprocess.Popen(argv, env=env, stderr=log)
        await_file(self.home.control_socket)
        self.await_worker()

    def await_worker(self) -> int:
        """The worker's pid, once there is one."""
        return self.await_part("worker")

    def await_part(self, name: str, former: int = 0) -> int:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            # A killed predecessor's socket is there until the next one has bound its own.
            with contextlib.suppress(NuagesError):
                parts = {part["name"]: part for part in self.client.status()["parts"]}
                if parts[name]["status"] == "running" and parts[name]["pid"] != former:
                    return int(parts[name]["pid"])
        raise TimeoutError(name)

    def deploy(self, folder: Path, **wanted: object) -> dict[str, object]:
        """Deploy and follow to the end, also over a killed API or worker."""
        row = self.follow(self.client.deploy({"folder": str(folder), "app": "polls", **wanted}))
        if row["status"] == "succeeded":
            self.await_finish(row["id"])
        return row

    def await_finish(self, number: object) -> None:
        """Wait until the former release is gone, which comes after the end of the feed."""
        deadline = time.monotonic() + 20
        while not any(
            (event["deployment"], event["kind"], event["step"]) == (number, "step.done", "drain")
            for event in self.client.events("polls", 200)
        ):
            assert time.monotonic() < deadline

    def follow(self, asked: dict[str, object]) -> dict[str, object]:
        *_, end = follow_deployment(self.client, str(asked["id"]))
        return end["deployment"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture(scope="session")
def new_home(tmp_path_factory) -> Path:
    """A home whose database is made already: making it takes longer than most tests."""
    control = Control(tmp_path_factory.mktemp("home"))
    prepare = "import sys; from nuages.control import serve; from nuages.core.home import Home;"
    prepare += "from pathlib import Path; home = Home(Path(sys.argv[1]));"
    prepare += "serve.prepare_home(home); serve.prepare_state(home)"
    subprocess.run([sys.executable, "-c", prepare, str(control.home.path)], check=True, timeout=60)
    return control.home.path


@pytest.fixture
def control(short_tmp, new_home) -> Iterator[Control]:
    """A control plane that runs."""
    for name in ("key", "state.sqlite3"):
        shutil.copy2(new_home / name, short_tmp / name)
    started = Control(short_tmp)
    started.start()
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture
def project(tmp_path) -> Path:
    """A folder to deploy."""
    path = tmp_path / "polls"
    path.mkdir()
    return path


def is_alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_end(pid: int) -> None:
    """Wait until a process is gone."""
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_only_our_own_user_can_reach_it_or_read_what_it_keeps(control, project):
    control.deploy(project)
    for path in (control.home.control_socket, control.home.key, control.home.database):
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert control.home.run.stat().st_mode & 0o777 == 0o700


def test_events_say_who_asked(control, project):
    control.deploy(project)
    actors = {event["kind"]: event["actor"] for event in control.client.events("polls", 50)}
    assert actors["deployment.requested"] == pwd.getpwuid(os.getuid()).pw_name
    assert actors["deployment.succeeded"] == ""


def test_an_upgrade_leaves_a_copy_from_before(short_tmp, new_home):
    for name in ("key", "state.sqlite3"):
        shutil.copy2(new_home / name, short_tmp / name)
    script = """
import sys
from pathlib import Path
from nuages.control import serve
from nuages.core.home import Home
home = Home(Path(sys.argv[1]))
serve.prepare_home(home)
serve.prepare_state(home)
from django.core.management import call_command
call_command("migrate", "state", "0001", verbosity=0)
serve.prepare_state(home)
from nuages.control.state.schema import is_current
sys.exit(0 if is_current() else 1)
"""
    subprocess.run([sys.executable, "-c", script, str(short_tmp)], check=True, timeout=60)
    copy = short_tmp / "state.sqlite3-before-0002_event_actor"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(state_event)")]
    assert "kind" in columns
    assert "actor" not in columns


def test_it_says_that_it_is_healthy_and_stops_when_told(control):
    status = control.client.status()
    assert status["healthy"] is True
    pids = [part["pid"] for part in status["parts"] if part["name"] in ("api", "worker")]
    assert control.stop() == 0
    assert not any(map(is_alive, pids))
    assert not control.home.control_socket.exists()


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_killed_child_is_forked_again_and_work_goes_on(control, project, name):
    former = control.await_part(name)
    os.kill(former, signal.SIGKILL)
    # The request waits in the socket that the parent holds.
    assert control.await_part(name, former) != former
    assert control.deploy(project)["status"] == "succeeded"
    # Both still hear the same bells; without them the worker would look once a minute.
    assert len(bells_of(control.await_part("api")) & bells_of(control.await_part("worker"))) == 2


def bells_of(pid: int) -> set[str]:
    """The kernel's numbers of the eventfds that a process has open (proc(5))."""
    found = set()
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            lines = path.read_text().splitlines()
            found |= {line for line in lines if line.startswith("eventfd-id")}
    return found


def test_children_end_with_a_killed_parent_and_the_next_one_takes_over(control, project):
    pids = [control.await_part("api"), control.await_part("worker")]
    control.stop(signal.SIGKILL)
    for pid in pids:
        await_end(pid)
    control.start()
    assert control.deploy(project)["status"] == "succeeded"


def test_a_second_one_on_the_same_home_is_refused(control):
    argv = [sys.executable, "-m", "nuages.control", str(control.home.path)]
    second = subprocess.run(argv, capture_output=True, timeout=30, check=False)
    assert second.returncode == 4
    assert b"Another control plane" in second.stderr
    assert control.client.status()["healthy"]


def test_a_lost_key_is_refused_and_not_replaced(short_tmp):
    control = Control(short_tmp)
    control.start()
    control.stop()
    control.home.key.unlink()
    argv = [sys.executable, "-m", "nuages.control", str(short_tmp)]
    again = subprocess.run(argv, capture_output=True, timeout=30, check=False)
    assert again.returncode == 1
    assert b"control.E015" in again.stderr
    assert not control.home.key.exists()


def test_current_releases_are_declared_again_at_each_start(control, project):
    control.deploy(project)
    control.stop()
    control.start()
    control.deploy(project)
    assert "declare polls v1" in control.flows.calls


BEFORE = [
    "step:source",
    "step:build",
    "release.assembled",
    "step:release",
    "step:ready",
    "release.switching",
]
AFTER = ["switch", "release.switched", "step:drain"]


@pytest.mark.parametrize("place", BEFORE)
def test_a_worker_killed_before_the_switch_leaves_the_old_release(control, project, place):
    control.deploy(project, config={"TOKEN": "old"})
    control.flows.plan(die_at=place)
    row = control.deploy(project, config={"TOKEN": "new"})
    assert (row["status"], row["error"]["code"]) == ("failed", "control.E011")
    assert row["error"]["retryable"] is True
    assert control.client.app("polls")["release"] == 1
    assert control.client.reveal("polls", "TOKEN")["value"] == "old"
    is_assembled = place not in ("step:source", "step:build")
    assert ("retire polls.v2 drain=False" in control.flows.calls) == is_assembled
    check_next(control, project, 3 if is_assembled else 2)


@pytest.mark.parametrize("place", AFTER)
def test_a_worker_killed_after_the_switch_completes(control, project, place):
    control.deploy(project, config={"TOKEN": "old"})
    control.flows.plan(die_at=place)
    row = control.deploy(project, config={"TOKEN": "new"})
    assert (row["status"], row["release"]) == ("succeeded", 2)
    assert control.client.app("polls")["release"] == 2
    assert control.client.reveal("polls", "TOKEN")["value"] == "new"
    check_next(control, project, 3)
    assert any(call.startswith("finish polls v2") for call in control.flows.calls)


def check_next(control: Control, project: Path, version: int) -> None:
    """The next deployment works, and no release command ever ran twice."""
    row = control.deploy(project)
    assert (row["status"], row["release"]) == ("succeeded", version)
    commands = [call for call in control.flows.calls if call.startswith("release-command")]
    assert len(commands) == len(set(commands))


@pytest.mark.parametrize("kind", ["scale", "restart", "destroy"])
def test_what_makes_no_release_is_done_again_after_a_kill(control, project, kind):
    control.deploy(project)
    control.flows.plan(die_at="step:clean" if kind == "destroy" else "step:start")
    client = control.client
    asked = {
        "scale": lambda: client.scale("polls", {"web": 2}),
        "restart": lambda: client.restart("polls"),
        "destroy": lambda: client.destroy("polls", "polls"),
    }[kind]()
    assert control.follow(asked)["status"] == "succeeded"
    assert len([call for call in control.flows.calls if call.startswith(kind)]) == 2


def test_a_stop_in_the_middle_of_a_deployment_ends_it_at_the_next_start(control, project, tmp_path):
    control.deploy(project)
    control.flows.plan(pause=str(tmp_path / "never"), pause_at="build")
    asked = control.client.deploy({"folder": str(project), "app": "polls"})
    deadline = time.monotonic() + 20
    while control.client.deployment(str(asked["id"]))["status"] != "running":
        assert time.monotonic() < deadline
    assert control.stop() == 0
    control.flows.plan()
    control.start()
    row = control.follow(asked)
    assert (row["status"], row["error"]["code"]) == ("failed", "control.E011")


def test_a_feed_ends_when_the_worker_is_done_without_anybody_asking_again(control, project):
    asked = control.client.deploy({"folder": str(project), "app": "polls"})
    kinds = [event["kind"] for event in control.client.deployment_events(str(asked["id"]))]
    assert kinds[0] == "deployment.requested"
    assert kinds[-2:] == ["deployment.succeeded", "end"]


def test_a_value_of_a_config_var_is_nowhere_in_the_home(control, project):
    leak = " ".join([*forms(HIDDEN), *forms(PLAIN)])
    control.deploy(project, config={"TOKEN": HIDDEN})
    control.follow(control.client.change_config("polls", {"OTHER": PLAIN}, []))
    control.flows.plan(say=[leak], fail_at="release", error=leak)
    failed = control.deploy(project, config={"TOKEN": HIDDEN, "OTHER": PLAIN})
    control.flows.plan(say=[leak], fail_at="release", error=leak, bug=True)
    control.deploy(project, config={"TOKEN": HIDDEN, "OTHER": PLAIN})
    control.stop()
    assert "[redacted]" in failed["error"]["detail"]
    found = [
        (path, form)
        for path in files(control.home.path)
        for form in forms(HIDDEN) + forms(PLAIN)
        if form.encode() in path.read_bytes()
    ]
    assert found == []


def forms(value: str) -> list[str]:
    """How a value could be written."""
    return [value, quote(value, safe=""), quote_plus(value), b64(value).rstrip("=")]


def b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def files(home: Path) -> list[Path]:
    """Every file of the platform's; the fakes' own instructions are not its."""
    return [p for p in home.rglob("*") if p.is_file() and "fake" not in p.relative_to(home).parts]


def test_waiting_costs_nothing(control):
    pids = [control.process.pid, control.await_part("api"), control.await_part("worker")]
    before = sum(map(cpu_seconds, pids))
    threading.Event().wait(2.0)
    assert sum(map(cpu_seconds, pids)) - before <= 0.02


def cpu_seconds(pid: int) -> float:
    """What a process has used of the CPU."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_upload_that_is_too_large_is_refused_with_its_reason(control, tmp_path):
    with (tmp_path / "huge.zip").open("wb") as stream:
        stream.truncate(1024**3 + 1)
    with pytest.raises(NuagesError) as caught:
        control.client.upload(tmp_path / "huge.zip")
    assert caught.value.code.code == "control.E018"


def test_the_web_process_does_not_load_the_pipeline():
    code = (
        "import django, sys; django.setup(); import nuages.control.urls;"
        "bad = [m for m in sys.modules if m.startswith(('nuages.pipeline.', 'nuages.inspect.'))];"
        "sys.exit(str([m for m in bad if m != 'nuages.pipeline.values']) if len(bad) > 1 else 0)"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "nuages.control.settings"}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=60)
