"""The platform's own programs under the agent: sockets that stay bound, whatever dies."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.core.service import ServiceSpec
from nuages.engines.local import client
from nuages.system.logfile import read_times
from tests.integration.engines.conftest import World, kill
from tools.own_platform import free_port

SERVER = """
import os, socket, sys
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    connection.sendall(f"{os.getpid()} {os.environ.get('WORD')}".encode())
    connection.close()
"""


def make_service(world: World, port: int, word: str = "one", name: str = "proxy") -> ServiceSpec:
    return ServiceSpec(
        name=name,
        argv=(sys.executable, "-c", SERVER),
        env=(("WORD", word),),
        log=world.home.logs / "platform" / f"{name}.log",
        listen=(f"127.0.0.1:{port}",),
    )


def ask(port: int) -> tuple[int, str]:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        pid, word = connection.makefile().read().split()
    return int(pid), word


def test_a_service_answers_on_the_port_that_the_agent_bound(world: World) -> None:
    port = free_port()
    described = client.keep_service(world.home, make_service(world, port))
    assert described["status"] == "running"
    assert ask(port)[0] == client.services(world.home)["proxy"]


def test_a_connection_waits_for_the_successor_of_a_killed_service(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    first, _ = ask(port)
    kill(first)
    second, _ = ask(port)
    assert second != first


def test_a_port_in_use_is_named_with_its_holder(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NuagesError, match=rf"Port {port} is in use by .*\(pid {os.getpid()}\)"):
            client.keep_service(world.home, make_service(world, port))
    assert "proxy" not in client.services(world.home)


def test_keeping_the_same_service_again_changes_nothing(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    before = ask(port)
    client.keep_service(world.home, make_service(world, port))
    assert ask(port) == before


def test_another_specification_replaces_the_program_and_keeps_its_socket(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    assert ask(port)[1] == "one"
    client.keep_service(world.home, make_service(world, port, "two"))
    for _ in range(100):
        # The old program may end with a question in its hands.
        with contextlib.suppress(ValueError, ConnectionError):
            if ask(port)[1] == "two":
                break
    else:
        pytest.fail("the old program still answers")


def test_a_specification_that_cannot_be_kept_changes_nothing(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    taken = socket.create_server(("127.0.0.1", 0))
    with taken, pytest.raises(NuagesError, match="is in use"):
        client.keep_service(world.home, make_service(world, taken.getsockname()[1]))
    assert ask(port)[1] == "one"


def test_the_next_agent_takes_services_and_their_sockets_back(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    first, _ = ask(port)
    world.kill_agent()
    assert ask(port)[0] == first
    client.ensure_agent(world.home)
    assert client.services(world.home)["proxy"] == first
    kill(first)
    second, word = ask(port)
    assert (second != first, word) == (True, "one")


def test_the_next_agent_keeps_the_logs_of_what_it_found(world: World) -> None:
    port = free_port()
    spec = make_service(world, port)
    client.keep_service(world.home, spec)
    first, _ = ask(port)
    world.kill_agent()
    client.ensure_agent(world.home)
    with spec.log.open("a") as stream:
        stream.write("still here\n")
    pause = threading.Event()
    for _ in range(250):
        if read_times(spec.log).offsets[-1:] == (len("still here\n"),):
            break
        pause.wait(0.02)
    assert read_times(spec.log).offsets[-1] == len("still here\n")
    assert ask(port)[0] == first


def test_a_service_that_died_with_its_agent_is_started_by_the_next(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    first, _ = ask(port)
    world.kill_agent()
    kill(first)
    client.ensure_agent(world.home)
    assert ask(port)[0] != first


def test_a_stopped_service_is_gone_with_its_port(world: World) -> None:
    port = free_port()
    client.keep_service(world.home, make_service(world, port))
    client.stop_service(world.home, "proxy")
    assert "proxy" not in client.services(world.home)
    with pytest.raises(ConnectionRefusedError):
        ask(port)
    world.kill_agent()
    client.ensure_agent(world.home)
    assert "proxy" not in client.services(world.home)


def test_a_service_that_ignores_sigterm_is_killed_after_its_grace(world: World) -> None:
    spec = ServiceSpec(
        "stubborn",
        (sys.executable, "-c", "import signal\nsignal.signal(15, signal.SIG_IGN)\nsignal.pause()"),
        (),
        world.home.logs / "platform" / "stubborn.log",
        grace=0.3,
    )
    client.keep_service(world.home, spec)
    stopping = threading.Thread(target=client.stop_service, args=(world.home, "stubborn"))
    stopping.start()
    stopping.join(10)
    assert not stopping.is_alive()


def test_what_a_service_prints_is_in_its_log(world: World) -> None:
    log = world.home.logs / "platform" / "talker.log"
    program = "print('here I am', flush=True)\nimport signal\nsignal.pause()"
    client.keep_service(world.home, ServiceSpec("talker", (sys.executable, "-c", program), (), log))
    pause = threading.Event()
    for _ in range(500):
        if "here I am" in log.read_text():
            break
        pause.wait(0.02)
    assert "here I am" in log.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an internal network")
def test_the_internal_address_is_bound_for_a_service(world: World) -> None:
    spec = make_service(world, free_port())
    internal = ServiceSpec(spec.name, spec.argv, spec.env, spec.log, ("internal:80", *spec.listen))
    client.keep_service(world.home, internal)
    gateway = client.describe_agent(world.home)["gateway"]
    release = world.live()
    assert world.get(release, f"/reach?{gateway}:80") == "reached"
    assert Path("/sys/class/net").exists()
