"""The agent itself: killed, restarted, found twice, at rest, at its end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.platform import PlatformSettings
from nuages.core.service import ServiceSpec
from nuages.engines.local import client
from nuages.engines.local.engine import LocalEngine
from tests.integration.engines.conftest import POLLS, World, kill
from tests.integration.engines.small_app import make_release
from tools.own_platform import free_port


def test_apps_serve_on_while_the_agent_is_dead(world: World) -> None:
    release = world.live()
    world.kill_agent()
    assert world.get(release) == "hello from v1"


def test_the_next_agent_finds_what_runs(world: World) -> None:
    release = world.live(processes=("web", "worker"))
    before = {(one.id, one.pid, one.started) for one in world.engine.instances()}
    world.kill_agent()
    client.ensure_agent(world.home)
    assert {(one.id, one.pid, one.started) for one in world.engine.instances()} == before
    assert world.get(release) == "hello from v1"


def test_an_instance_found_again_starts_again_once_it_is_declared(world: World) -> None:
    release = world.live()
    world.kill_agent()
    client.ensure_agent(world.home)
    [instance] = world.engine.instances()
    os.kill(instance.pid, signal.SIGKILL)
    after = world.wait_status(instance.id, "crashed")
    assert "ended while the agent was away" in after.exit
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(world.get(release)))
    waiting.start()
    world.engine.start(release, ["web"], gated=False)
    world.engine.wait_ready(release)
    waiting.join()
    assert answers == ["hello from v1"]


def test_a_new_agent_drains_what_the_old_one_started(world: World) -> None:
    release = world.live()
    world.kill_agent()
    client.ensure_agent(world.home)
    answers: list[str] = []
    asking = [
        threading.Thread(target=lambda: answers.append(world.get(release, "/sleep?0.3")))
        for _ in range(10)
    ]
    for thread in asking:
        thread.start()
    world.engine.retire(POLLS, 1, drain=True)
    for thread in asking:
        thread.join()
    assert answers == ["slept v1"] * 10
    world.wait_status("polls.v1.web.1", "gone")


def test_an_instance_that_was_not_ready_does_not_outlive_its_agent(world: World) -> None:
    release = world.release()
    world.engine.start(release, ["web"], gated=True)
    process = os.pidfd_open(world.wait_status("polls.v1.web.1", "starting").pid)
    world.kill_agent()
    client.ensure_agent(world.home)
    world.wait_status("polls.v1.web.1", "gone")
    assert select.select([process], [], [], 10)[0]
    os.close(process)


def test_records_of_another_boot_are_dropped(world: World) -> None:
    world.live()
    world.kill_agent()
    [record] = (world.home.agent / "instances").glob("*.json")
    document = json.loads(record.read_text())
    [pid] = {document["inner"]["pid"]}
    record.write_text(json.dumps({**document, "boot": "another"}))
    client.ensure_agent(world.home)
    assert world.engine.instances() == []
    assert not record.exists()
    os.kill(pid, signal.SIGKILL)


def test_a_pid_that_belongs_to_another_process_now_is_left_alone(world: World) -> None:
    world.live()
    [instance] = world.engine.instances()
    world.kill_agent()
    [record] = (world.home.agent / "instances").glob("*.json")
    document = json.loads(record.read_text())
    stranger = subprocess.Popen(["sleep", "60"])
    mine = {"pid": stranger.pid, "start": 1}
    record.write_text(json.dumps({**document, "outer": mine, "inner": mine}))
    client.ensure_agent(world.home)
    assert world.engine.instances() == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    os.kill(instance.pid, signal.SIGKILL)


def test_there_is_never_a_second_agent_on_a_home(world: World) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "nuages.agent", str(world.home.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 4
    assert "another agent runs" in second.stderr


def test_an_agent_runs_nothing_of_the_folder_it_is_started_in(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = short_tmp / "here"
    here.mkdir()
    for name in ("nuages", "json", "selectors"):
        (here / f"{name}.py").write_text(f"raise SystemExit('{name} of somebody else')")
    monkeypatch.chdir(here)
    home = Home(short_tmp / "h")
    home.path.mkdir()
    client.ensure_agent(home)
    pid = client.describe_agent(home)["pid"]
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    client.shutdown(home, apps=True)


def test_a_strict_umask_closes_nothing_to_the_proxy(short_tmp: Path, image: Image) -> None:
    home = Home(short_tmp / "h")
    home.path.mkdir()
    engine = LocalEngine(home, PlatformSettings(http_port=8000))
    before = os.umask(0o077)
    try:
        client.ensure_agent(home)
    finally:
        os.umask(before)
    try:
        release = make_release(image)
        engine.start(release, ["web"], gated=False)
        engine.wait_ready(release)
        folder = home.proxy / "releases" / release.key
        assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o755
    finally:
        client.shutdown(home, apps=True)


# An agent that answers as one before an upgrade did.
OLD_AGENT = """
import sys
from nuages.agent import agent
from nuages.agent.__main__ import main
agent.PROTOCOL -= 1
main(sys.argv[1:])
"""


def test_an_agent_of_another_version_is_replaced_and_apps_run_on(world: World) -> None:
    release = world.live()
    [before] = world.engine.instances()
    world.kill_agent()
    reader, writer = os.pipe()
    argv = (sys.executable, "-c", OLD_AGENT, str(world.home.path), str(writer))
    with subprocess.Popen(argv, pass_fds=[writer]) as old:
        assert os.read(reader, 1) == b"r"
        client.ensure_agent(world.home)
        assert old.wait(10) == 0
    for descriptor in (reader, writer):
        os.close(descriptor)
    [after] = world.engine.instances()
    assert (after.pid, after.status) == (before.pid, "ready")
    assert world.get(release) == "hello from v1"


def test_many_who_want_an_agent_get_one(short_tmp: Path) -> None:
    home = Home(short_tmp / "h")
    home.path.mkdir()
    starting = [threading.Thread(target=client.ensure_agent, args=(home,)) for _ in range(5)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert client.describe_agent(home)["pid"]
    assert client.shutdown(home, apps=True) is False


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("start", {"key": "polls.v1"}),
        ("start", {"key": "polls.v1", "processes": [{}], "gated": False}),
        ("keep_service", {"spec": {"name": "x"}}),
        ("dance", {}),
    ],
)
def test_a_request_that_is_not_understood_is_refused(
    world: World, operation: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(NuagesError) as caught:
        client.ask(world.home, operation, **fields)
    assert caught.value.code.code == "agent.E001"


def test_an_agent_that_does_not_answer_is_not_waited_for_for_ever(world: World) -> None:
    pid = world.agent_pid()
    channel = client.AgentChannel(world.home, patience=0.3)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(NuagesError, match=r"has not answered for 0\.3 s"):
            channel.request("hello", {})
    finally:
        os.kill(pid, signal.SIGCONT)
        channel.close()


def test_nothing_starts_while_the_platform_is_being_stopped(world: World) -> None:
    release = world.live()
    slow = threading.Thread(target=world.get, args=(release, "/sleep?2"))
    slow.start()
    # Asked after the slow one: its thread runs by now.
    world.get(release)
    stopping = threading.Thread(target=client.shutdown, args=(world.home,), kwargs={"apps": True})
    stopping.start()
    world.wait_status("polls.v1.web.1", "stopping")
    spec = ServiceSpec("late", ("/bin/true",), (), world.home.logs / "late.log")
    with pytest.raises(NuagesError, match="is being stopped"):
        client.keep_service(world.home, spec)
    with pytest.raises(NuagesError, match="is being stopped"):
        world.engine.start(world.release(2), ["web"], gated=False)
    stopping.join()
    slow.join()
    assert not client.is_running(world.home)


def test_a_one_off_that_is_not_understood_leaves_no_descriptor(world: World) -> None:
    fields = {"label": "polls", "purpose": "run", "launch": {}, "timeout": None}
    with client.open_channel(world.home) as mine:
        pid = mine.request("hello", {})["pid"]
        before = list(Path(f"/proc/{pid}/fd").iterdir())
        for _ in range(3):
            with client.open_channel(world.home) as channel, pytest.raises(NuagesError):
                channel.request("run", fields, [0, 1])
        # Answered after the three before were closed.
        mine.request("hello", {})
        assert list(Path(f"/proc/{pid}/fd").iterdir()) == before


def test_a_mistake_of_the_agents_own_is_told_as_one_and_is_in_its_log(
    short_tmp: Path, image: Image
) -> None:
    home = Home(short_tmp / "h")
    home.path.mkdir()
    client.ensure_agent(home)
    engine = LocalEngine(home, PlatformSettings(http_port=8000))
    try:
        engine.start(make_release(image), ["web"], gated=False)
        with pytest.raises(NuagesError, match="The agent failed") as caught:
            client.ask(home, "wait_ready", key="polls.v1", timeout="a while")
        assert caught.value.code.code != "agent.E001"
        assert "Traceback" in (home.logs / "platform" / "agent.log").read_text()
    finally:
        client.shutdown(home, apps=True)


@pytest.mark.parametrize("name", ["x" * 150, "a home with spaces"])
def test_any_path_will_do_for_a_home(short_tmp: Path, image: Image, name: str) -> None:
    home = Home(short_tmp / name)
    home.path.mkdir()
    client.ensure_agent(home)
    world = World(home, LocalEngine(home, PlatformSettings(http_port=8000)), image)
    try:
        assert world.get(world.live()) == "hello from v1"
    finally:
        client.shutdown(home, apps=True)


def test_an_agent_at_rest_uses_no_time_and_little_memory(world: World) -> None:
    world.live(processes=("web", "worker"))
    pid = world.agent_pid()

    def ticks() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    threading.Event().wait(3)
    assert ticks() - before <= 1
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    [size] = [int(line.split()[1]) for line in rollup if line.startswith("Pss:")]
    assert size < 15 * 1024


def test_whoever_watches_the_agent_learns_of_its_end(world: World) -> None:
    watching = threading.Thread(target=client.watch_agent, args=(world.home,))
    watching.start()
    watching.join(0.3)
    assert watching.is_alive()
    world.kill_agent()
    watching.join(10)
    assert not watching.is_alive()


def test_sigterm_ends_the_agent_and_leaves_apps_running(world: World) -> None:
    release = world.live()
    world.kill_agent(signal.SIGTERM)
    assert world.get(release) == "hello from v1"
    client.ensure_agent(world.home)
    assert [one.id for one in world.engine.instances()] == ["polls.v1.web.1"]


def test_an_end_without_the_apps_leaves_them_their_agent(world: World) -> None:
    release = world.live()
    assert client.shutdown(world.home, apps=False) is True
    assert world.get(release) == "hello from v1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a bridge")
def test_an_end_with_the_apps_leaves_nothing(short_tmp: Path, image: Image) -> None:
    home = Home(short_tmp / "h")
    home.path.mkdir()
    client.ensure_agent(home)
    engine = LocalEngine(home, PlatformSettings(http_port=8000))
    release = make_release(image)
    engine.start(release, ["web"], gated=False)
    engine.wait_ready(release)
    bridge = client.describe_agent(home)["network"].split()[1].strip(",")
    assert Path("/sys/class/net", bridge).exists()
    assert client.shutdown(home, apps=True) is False
    assert not Path("/sys/class/net", bridge).exists()
    groups = list(Path("/sys/fs/cgroup").glob(f"*/nuages-{bridge[6:]}*"))
    assert groups == []
    with pytest.raises(NuagesError, match="Nobody answers"):
        client.describe_agent(home)


def test_what_cannot_be_started_is_tried_again(world: World) -> None:
    release = world.release()
    logs = world.home.logs / "polls"
    logs.write_text("a file where the folder of its logs should be")
    world.engine.start(release, ["web"], gated=False)
    with pytest.raises(NuagesError, match="could not be started"):
        world.engine.wait_ready(release)
    logs.unlink()
    world.wait_status("polls.v1.web.1", "ready")
    assert world.get(release) == "hello from v1"


def test_a_service_whose_port_was_taken_meanwhile_comes_back_later(world: World) -> None:
    port = free_port()
    program = "import socket; s = socket.socket(fileno=3)\nwhile True: s.accept()[0].close()"
    spec = ServiceSpec(
        name="proxy",
        argv=(sys.executable, "-c", program),
        env=(),
        log=world.home.logs / "platform" / "proxy.log",
        listen=(f"127.0.0.1:{port}",),
    )
    client.keep_service(world.home, spec)
    pid = client.services(world.home)["proxy"]
    world.kill_agent()
    kill(pid or 0)
    with socket.create_server(("127.0.0.1", port)):
        client.ensure_agent(world.home)
        [row] = client.list_services(world.home)
        assert row["status"] == "crashed"
        assert f"Port {port} is in use" in row["exit"]
    pause = threading.Event()
    for _ in range(500):
        if client.services(world.home)["proxy"]:
            break
        pause.wait(0.02)
    assert client.services(world.home)["proxy"]
