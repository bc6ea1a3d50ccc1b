"""Instances in real sandboxes: what they can do, what they cannot, how they come and go."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.pages import Pages
from nuages.core.platform import PlatformSettings
from nuages.engines.local import client
from nuages.engines.local.engine import LocalEngine
from nuages.system.logfile import read_times
from nuages.system.network import plan_bridge
from tests.integration.engines.conftest import POLLS, World, kill
from tests.integration.engines.small_app import log_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


def test_an_instance_answers_once_it_is_ready(world: World) -> None:
    release = world.live()
    assert world.get(release) == "hello from v1"
    [instance] = world.engine.instances(POLLS)
    assert (instance.status, instance.process, instance.release) == ("ready", "web", 1)


def test_an_instance_has_no_privileges(world: World) -> None:
    seen = world.look(world.live())
    assert int(seen["caps"], 16) == int(seen["inheritable"], 16) == 0
    assert seen["privs"] == "1"
    assert seen["pid"] == 1
    if os.geteuid() == 0:
        assert seen["uid"] >= 1_900_000_001
        assert seen["groups"] == []
        assert int(seen["bounding"], 16) == 0
    else:
        assert seen["uid"] == os.getuid()


def test_two_environments_have_two_users(world: World) -> None:
    if os.geteuid() == 0:
        one = world.engine.ensure_volume(POLLS)
        other = world.engine.ensure_volume(type(POLLS)("shop"))
        assert one.uid != other.uid
        assert one.path.stat().st_uid == one.uid
    assert world.engine.ensure_volume(POLLS).path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("path", ["/app/x", "/app/inner/x", "/data/x", "/tmp/x", "/home/app/x"])
def test_an_instance_can_write(world: World, path: str) -> None:
    assert world.get(world.live(), f"/write?{path}") == "written"


@pytest.mark.parametrize("path", ["/venv/x", "/nuages/x", "/usr/x", "/static/x"])
def test_an_instance_cannot_write(world: World, path: str) -> None:
    assert "Read-only" in world.get(world.live(), f"/write?{path}")


def test_changes_to_the_code_are_wiped_and_data_are_kept_at_a_restart(world: World) -> None:
    release = world.live()
    world.get(release, "/write?/app/left")
    world.get(release, "/write?/data/kept")
    world.engine.restart(release)
    world.wait_status("polls.v1.web.1", "gone")
    assert world.get(release, "/exists?/app/left") == "False"
    assert world.get(release, "/exists?/data/kept") == "True"


def test_uploads_lie_where_the_proxy_can_serve_them(world: World) -> None:
    world.get(world.live(), "/write?/data/media/picture")
    assert (world.home.media / "polls" / "picture").read_text() == "x"


@as_root
@pytest.mark.parametrize("leads_to", ["../nuages/nuages_runtime", "/oldroot/usr", "/newroot/usr"])
def test_a_link_at_the_place_of_the_uploads_is_not_followed(world: World, leads_to: str) -> None:
    world.live()
    world.engine.retire(POLLS, 1, drain=False)
    world.wait_status("polls.v1.web.1", "gone")
    volume = world.engine.ensure_volume(POLLS)
    (volume.media / "launch.py").write_text("import os; print('uid', os.getuid()); os._exit(3)")
    place = volume.path / "media"
    place.rmdir()
    place.symlink_to(leads_to)
    with pytest.raises(NuagesError, match="web"):
        world.live(2)
    printed = log_of(world.home, "polls")
    assert "media" in printed
    assert "uid 0" not in printed
    world.engine.retire(POLLS, 2, drain=False)


def test_private_uploads_stay_private_when_their_folder_is_removed(world: World) -> None:
    release = world.live()
    world.engine.switch(release, serve_media=False)
    (world.home.volumes / "polls" / "media").rmdir()
    world.live(2)
    assert not (world.home.media / "polls").exists()
    assert (world.home.volumes / "polls" / "media").is_dir()


def test_config_vars_are_in_no_argument_vector_and_in_no_file(world: World) -> None:
    release = world.live(CANARY="tell-nobody-7f3a")
    assert world.look(release)["secret"] == "tell-nobody-7f3a"
    [instance] = world.engine.instances(POLLS)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
            variables = (entry / "environ").read_bytes()
        except OSError:
            continue
        assert b"tell-nobody-7f3a" not in words
        if int(entry.name) != instance.pid:
            assert b"tell-nobody-7f3a" not in variables, words
    for path in world.home.path.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert b"tell-nobody-7f3a" not in path.read_bytes(), path


def test_config_vars_may_be_larger_than_a_pipe(world: World) -> None:
    many = {f"LONG_{number}": "x" * 100_000 for number in range(13)}
    assert "LONG_12" in world.look(world.live(**many))["env"]


def test_an_instance_cannot_reach_what_listens_on_the_host(world: World) -> None:
    release = world.live()
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 the very thing under test
        port = server.getsockname()[1]
        gateway = world.look(release)["hosts"].splitlines()[-1].split()[0]
        for address in {"127.0.0.1", gateway}:
            assert "not reached" in world.get(release, f"/reach?{address}:{port}")


@as_root
def test_peers_have_names_that_lead_to_the_gateways_port_80(world: World) -> None:
    hosts = world.look(world.live())["hosts"]
    gateway = hosts.splitlines()[-1].split()[0]
    assert f"{gateway} shop shop.internal" in hosts
    with socket.create_server((gateway, 80)):
        release = world.live(2)
        assert world.get(release, "/reach?shop.internal:80") == "reached"


def test_a_gated_instance_loads_its_code_and_waits(world: World) -> None:
    release = world.release()
    world.engine.start(release, ["web"], gated=True)
    world.wait_status("polls.v1.web.1", "starting")
    world.engine.open_gate(release)
    world.engine.wait_ready(release)
    assert "server starts" in log_of(world.home, "polls")


def test_declaring_a_release_again_starts_nothing_twice(world: World) -> None:
    release = world.live()
    before = world.engine.instances()[0].pid
    world.engine.start(release, ["web"], gated=False)
    assert [one.pid for one in world.engine.instances()] == [before]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("import", "this project is broken"),
        ("ready", "no such table: polls"),
        ("answer", "answered 500"),
        ("worker", "no broker"),
    ],
)
def test_a_release_that_does_not_work_is_refused_with_its_reason(
    world: World, broken: str, said: str
) -> None:
    release = world.release(BROKEN=broken)
    world.engine.start(release, ["web", "worker"], gated=False)
    with pytest.raises(NuagesError) as caught:
        world.engine.wait_ready(release)
    assert said in caught.value.message + caught.value.details
    assert caught.value.hint
    world.engine.retire(POLLS, 1, drain=False)


def test_what_was_asked_before_the_switch_is_handed_back_with_what_was_printed(
    world: World,
) -> None:
    release = replace(world.release(BROKEN="answer"), pages=Pages(True, "/look"))
    world.engine.start(release, ["web"], gated=False)
    health, root = world.engine.wait_ready(release)
    assert (health.path, health.status, health.problem) == ("/look", 200, "")
    assert (root.path, root.status, root.printed) == ("/", 500, "server starts")

    beside = replace(release, version=2, pages=Pages(False, "", ("/print?a", "/print?b")))
    world.engine.start(beside, ["web"], gated=False)
    visits = world.engine.wait_ready(beside)
    assert [visit.path for visit in visits] == ["/", "/print?a"]


def test_an_instance_that_is_never_ready_is_refused_in_time(world: World) -> None:
    release = world.release()
    object.__setattr__(release, "health_timeout", 0.5)
    world.engine.start(release, ["web"], gated=True)
    with pytest.raises(NuagesError, match=r"was not ready after 0\.5 s"):
        world.engine.wait_ready(release)


def test_a_request_waits_for_the_successor_of_a_killed_instance(world: World) -> None:
    release = world.live()
    [instance] = world.engine.instances()
    os.kill(instance.pid, signal.SIGKILL)
    assert world.get(release) == "hello from v1"
    after = world.wait_status(instance.id, "ready", restarts=1)
    assert "SIGKILL" in after.exit


def test_an_instance_whose_sandbox_was_killed_leaves_nothing_behind(world: World) -> None:
    release = world.live()
    [instance] = world.engine.instances()
    outer = int(Path(f"/proc/{instance.pid}/stat").read_text().rpartition(")")[2].split()[1])
    gone = os.pidfd_open(instance.pid)
    os.kill(outer, signal.SIGKILL)
    assert select.select([gone], [], [], 10)[0], "the program outlived its sandbox"
    os.close(gone)
    assert world.get(release) == "hello from v1"
    assert world.wait_status(instance.id, "ready", restarts=1).pid != instance.pid


def test_an_instance_that_wants_too_much_memory_says_so(world: World) -> None:
    release = world.live()
    if world.engine.instances()[0].memory is None:
        pytest.skip("no control groups here")
    with contextlib.suppress(OSError, http.client.HTTPException):
        for _ in range(20):
            world.get(release, "/eat")
    after = world.wait_status("polls.v1.web.1", "ready", restarts=1)
    assert after.exit == "ran out of memory (its limit is 256 MB)"


def test_scaling_starts_and_stops_instances(world: World) -> None:
    release = world.live()
    world.engine.scale(release, {"web": 3})
    assert len([one for one in world.engine.instances() if one.status == "ready"]) == 3
    world.engine.scale(release, {"web": 1})
    world.wait_status("polls.v1.web.3", "gone")
    world.wait_status("polls.v1.web.2", "gone")
    assert [one.id for one in world.engine.instances()] == ["polls.v1.web.1"]
    assert world.get(release) == "hello from v1"


def test_nobody_waits_for_an_app_that_is_scaled_to_nothing(world: World) -> None:
    release = world.live()
    socket = world.home.proxy / "releases" / release.key / "web.sock"
    world.engine.scale(release, {"web": 0})
    world.wait_status("polls.v1.web.1", "gone")
    with pytest.raises(FileNotFoundError):
        world.get(release)
    assert not socket.exists()
    world.engine.scale(release, {"web": 1})
    assert world.get(release) == "hello from v1"


def test_nobody_waits_for_an_app_that_ends_again_and_again(world: World) -> None:
    release = world.live()
    for number in range(5):
        found = world.wait_status("polls.v1.web.1", "ready", restarts=number)
        assert world.get(release) == "hello from v1"
        os.kill(found.pid, signal.SIGKILL)
    world.wait_status("polls.v1.web.1", "crashed", restarts=4)
    with pytest.raises(FileNotFoundError):
        world.get(release)


def test_a_restart_fails_no_request_and_replaces_every_instance(world: World) -> None:
    release = world.live(processes=("web", "worker"))
    before = {one.pid for one in world.engine.instances()}
    answers: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers.append(world.get(release))

    asking = threading.Thread(target=ask)
    asking.start()
    world.engine.restart(release)
    world.wait_status("polls.v1.web.1", "gone")
    stop.set()
    asking.join()
    assert set(answers) == {"hello from v1"}
    world.wait_status("polls.v1.worker.1", "gone")
    assert not before & {one.pid for one in world.engine.instances()}


def test_a_restart_that_fails_keeps_the_old_instances(world: World) -> None:
    release = world.live()
    [before] = world.engine.instances()
    with pytest.raises(NuagesError, match="instance"):
        world.engine.restart(world.release(BROKEN="import"))
    assert world.get(release) == "hello from v1"
    assert before.pid in {one.pid for one in world.engine.instances()}


def test_a_drained_release_answers_everything_that_waited(world: World) -> None:
    release = world.live()
    answers: list[str] = []
    asking = [
        threading.Thread(target=lambda: answers.append(world.get(release, "/sleep?0.4")))
        for _ in range(20)
    ]
    for thread in asking:
        thread.start()
    world.engine.retire(POLLS, 1, drain=True)
    for thread in asking:
        thread.join()
    assert answers == ["slept v1"] * 20
    world.wait_status("polls.v1.web.1", "gone")
    assert not (world.home.proxy / "releases" / "polls.v1").exists()


def test_retiring_what_does_not_run_is_no_error(world: World) -> None:
    world.engine.retire(POLLS, 7, drain=True)


def test_a_removed_environment_leaves_nothing(world: World) -> None:
    release = world.live()
    world.engine.set_hosts(POLLS, release.hosts)
    world.engine.switch(release, serve_media=True)
    assert world.engine.current(POLLS) == 1
    world.engine.remove(POLLS, data=True)
    assert world.engine.instances() == []
    assert world.engine.current(POLLS) is None
    left = [path for path in world.home.path.rglob("*polls*") if "uids" not in path.name]
    assert left == []


def test_without_a_sandbox_an_app_runs_on_real_paths(world: World) -> None:
    settings = PlatformSettings(http_port=8000, sandbox=False)
    world.engine = LocalEngine(world.home, settings)
    release = world.live(DATABASE_URL="sqlite:////data/db.sqlite3")
    seen = world.look(release)
    assert seen["cwd"].startswith(str(world.home.path))
    assert seen["version"] == "v1"
    [instance] = world.engine.instances()
    kill(instance.pid or 0)
    assert world.get(release) == "hello from v1"
    world.engine.retire(POLLS, 1, drain=True)
    world.wait_status("polls.v1.web.1", "gone")
    assert list((world.home.agent / "copies").iterdir()) == []


def test_without_a_sandbox_nothing_takes_the_code_away_from_what_runs(world: World) -> None:
    world.engine = LocalEngine(world.home, PlatformSettings(http_port=8000, sandbox=False))
    code = Path(world.look(world.live())["cwd"], "server.py")
    inode = code.stat().st_ino
    program = "import os; print(os.getcwd())"
    one_off = OneOff(POLLS, world.image, ("/venv/bin/python", "-c", program), {}, "run")
    printed: list[bytes] = []
    assert world.engine.run_once(one_off, printed.append) == 0
    elsewhere = Path(b"".join(printed).decode().strip())
    assert elsewhere not in (code.parent, world.image.app)
    assert not elsewhere.exists()
    world.live(2)
    world.engine.scale(world.release(), {"web": 2})
    assert code.stat().st_ino == inode


def test_when_something_was_printed_is_known(world: World) -> None:
    release = world.live()
    log = world.home.logs / "polls" / "web.1.log"
    before = time.time()
    world.get(release, "/print?marker-one")
    offset = log.read_bytes().index(b"marker-one")
    written = read_times(log).at(offset)
    assert written is not None
    assert before - 2 <= written <= time.time()


def test_an_instance_can_open_its_output_anew(world: World) -> None:
    release = world.live()
    log = world.home.logs / "polls" / "web.1.log"
    assert world.get(release, "/write?/dev/stdout") == "written"
    world.get(release, "/print?marker-two")
    assert log.read_bytes() == b"xmarker-two\n"
    pause = threading.Event()
    for _ in range(250):
        if read_times(log).at(0) is not None and read_times(log).offsets[-1] == 12:
            break
        pause.wait(0.02)
    assert read_times(log).offsets[-1] == 12


@as_root
def test_an_instance_reaches_the_outside_under_the_hosts_address(world: World) -> None:
    release = world.live()
    with Outside() as address:
        assert world.get(release, f"/reach?{address}:8099") == "reached"


@as_root
@pytest.mark.skipif(shutil.which("nft") is None, reason="only with nft")
def test_the_wall_is_there_again_when_an_instance_starts(world: World) -> None:
    world.live()
    bridge = plan_bridge(world.home.path, []).name
    table = ("table", "inet", bridge)
    subprocess.run(("nft", "delete", *table), check=True)
    world.live(2)
    found = subprocess.run(("nft", "list", *table), capture_output=True, text=True, check=False)
    assert f'iifname "{bridge}" drop' in found.stdout


@as_root
def test_an_instance_without_its_network_starts_and_its_log_says_why(world: World) -> None:
    bridge = plan_bridge(world.home.path, []).name
    subprocess.run(("ip", "link", "delete", bridge), check=True)
    release = world.live()
    assert world.get(release) == "hello from v1"
    assert "nuages: no network: " in log_of(world.home, "polls")
    assert "no network: " in (world.home.logs / "platform" / "agent.log").read_text()


@as_root
def test_a_bridge_that_is_half_made_is_completed(short_tmp: Path) -> None:
    home = Home(short_tmp / "h")
    home.path.mkdir()
    bridge = plan_bridge(home.path, []).name
    subprocess.run(("ip", "link", "add", bridge, "type", "bridge"), check=True)
    client.ensure_agent(home)
    try:
        answer = client.describe_agent(home)
        shown = subprocess.run(
            ("ip", "-br", "addr", "show", bridge), capture_output=True, text=True, check=True
        )
        assert answer["network"].startswith("bridge")
        assert f"{answer['gateway']}/20" in shown.stdout
    finally:
        client.shutdown(home, apps=True)


@as_root
def test_instances_do_not_reach_each_other(world: World) -> None:
    gateway = world.look(world.live())["hosts"].splitlines()[-1].split()[0]
    neighbour = gateway.rpartition(".")[0] + ".2"
    program = f"import socket; socket.create_connection(({neighbour!r}, 8080), 2)"
    one_off = OneOff(POLLS, world.image, ("/venv/bin/python", "-c", program), {}, "run")
    printed: list[bytes] = []
    assert world.engine.run_once(one_off, printed.append) == 1
    said = b"".join(printed).decode()
    # A neighbour within reach would refuse the port.
    assert "timed out" in said or "No route" in said, said


class Outside:
    """A machine beyond the host: a network namespace with a server on port 8099, linked to the
    host by a network of its own. It only answers the host's own address."""

    def __enter__(self) -> str:
        self._device = f"nt{os.getpid() % 100000}"
        server = "import socket\ns=socket.create_server(('0.0.0.0',8099))\nprint(flush=True)\n"
        program = f"{server}while True:\n    s.accept()[0].close()"
        self._process = subprocess.Popen(
            ("unshare", "--net", sys.executable, "-c", program), stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        pid = self._process.pid
        self._ip((), f"link add {self._device} type veth peer name eth0 netns {pid}")
        self._ip((), f"addr add 198.51.100.1/30 dev {self._device}")
        self._ip((), f"link set {self._device} up")
        inside = ("nsenter", f"--net=/proc/{pid}/ns/net")
        self._ip(inside, "addr add 198.51.100.2/30 dev eth0")
        self._ip(inside, "link set eth0 up")
        return "198.51.100.2"

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        subprocess.run(("ip", "link", "delete", self._device), capture_output=True, check=False)

    def _ip(self, inside: tuple[str, ...], words: str) -> None:
        subprocess.run((*inside, "ip", *words.split()), check=True)
