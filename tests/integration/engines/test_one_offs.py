"""One-off commands: output, input, terminals, ends, and release commands that outlive us."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from nuages.core.engine import OneOff
from nuages.core.process import Limits
from nuages.core.secret import Secret
from nuages.engines.local import client
from tests.integration.engines.conftest import POLLS, World

PYTHON = "/venv/bin/python"


def make(world: World, program: str, **changes: Any) -> OneOff:
    values: dict[str, Any] = {
        "environment": POLLS,
        "image": world.image,
        "argv": (PYTHON, "-u", "-c", program),
        "env": {"WORD": Secret("hello")},
        "purpose": "run",
        **changes,
    }
    return OneOff(**values)


def run(world: World, program: str, **changes: Any) -> tuple[int, str]:
    printed: list[bytes] = []
    code = world.engine.run_once(make(world, program, **changes), printed.append)
    return code, b"".join(printed).decode()


@pytest.mark.parametrize("purpose", ["run", "release"])
def test_a_one_off_gives_its_output_and_its_exit_code(world: World, purpose: str) -> None:
    program = "import os,sys; print(os.environ['WORD']); print('bad', file=sys.stderr); sys.exit(7)"
    assert run(world, program, purpose=purpose) == (7, "hello\nbad\n")


@pytest.mark.parametrize("purpose", ["run", "release"])
def test_an_environment_is_removed_once_its_one_offs_have_ended(world: World, purpose: str) -> None:
    program = "import os; os.write(1, b'up')\nwhile True: open('/data/x', 'w').close()"
    session = world.engine.open(make(world, program, purpose=purpose))
    assert next(iter(session.output())) == b"up"
    world.engine.remove(POLLS, data=True)
    assert not (world.home.volumes / "polls").exists()
    assert session.wait() == 137
    assert not (world.home.volumes / "polls").exists()


@pytest.mark.parametrize("purpose", ["run", "release"])
def test_a_one_off_that_wants_too_much_memory_says_so(world: World, purpose: str) -> None:
    world.live()
    if world.engine.instances()[0].memory is None:
        pytest.skip("no control groups here")
    limits = Limits(memory=64 * 1024 * 1024)
    code, output = run(world, "x = bytearray(200_000_000)", purpose=purpose, limits=limits)
    assert (code, output) == (137, "nuages: the command ran out of memory (its limit is 64 MB)\n")


@pytest.mark.parametrize("purpose", ["run", "release"])
def test_long_output_arrives_whole(world: World, purpose: str) -> None:
    code, output = run(world, "for n in range(60000): print(n)", purpose=purpose)
    assert code == 0
    assert output == "".join(f"{n}\n" for n in range(60000))


def test_a_one_off_runs_as_its_environment_without_privileges(world: World) -> None:
    code, output = run(
        world, "import os; print(os.getuid()); print(open('/proc/self/status').read())"
    )
    uid = world.engine.ensure_volume(POLLS).uid
    assert code == 0
    assert output.splitlines()[0] == str(os.getuid() if uid is None else uid)
    assert "CapEff:\t0000000000000000" in output
    assert "NoNewPrivs:\t1" in output


def test_a_one_off_shares_data_with_the_app(world: World) -> None:
    release = world.live()
    run(world, "open('/data/note', 'w').write('x')")
    assert world.get(release, "/exists?/data/note") == "True"


def test_without_its_volume_a_one_off_has_an_empty_data_folder(world: World) -> None:
    (world.engine.ensure_volume(POLLS).path / "secret").write_text("x")
    assert run(world, "import os; print(os.listdir('/data'))", volume=False) == (0, "[]\n")


def test_without_network_a_one_off_has_only_its_loopback(world: World) -> None:
    program = "print([line.split(':')[0].strip() for line in list(open('/proc/net/dev'))[2:]])"
    code, output = run(world, program, network=False)
    assert (code, output) == (0, "['lo']\n")


def test_a_report_is_exchanged_through_a_folder(world: World, short_tmp: Path) -> None:
    exchange = short_tmp / "exchange"
    exchange.mkdir(mode=0o700)
    code, output = run(world, "open('/run/nuages/report.json', 'w').write('{}')", exchange=exchange)
    assert (code, output) == (0, "")
    assert (exchange / "report.json").read_text() == "{}"


def test_input_reaches_a_one_off_until_it_is_closed(world: World) -> None:
    session = world.engine.open(make(world, "import sys; print(sys.stdin.read().upper())"))
    session.write(b"hello ")
    session.write(b"there")
    session.write(b"")
    assert b"".join(session.output()) == b"HELLO THERE\n"
    assert session.wait() == 0


def test_a_terminal_has_the_size_asked_for_and_passes_control_c_on(world: World) -> None:
    program = """
import os, sys, time
print(os.get_terminal_size(), os.isatty(0))
sys.stdin.readline()
try:
    print(os.get_terminal_size(), "waits")
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""
    session = world.engine.open(make(world, program, tty=(24, 80)))
    output = session.output()
    text = b""
    while b"True" not in text:
        text += next(output)
    assert b"columns=80, lines=24" in text
    session.resize(30, 100)
    session.write(b"\n")
    while b"waits" not in text:
        text += next(output)
    assert b"columns=100, lines=30" in text
    session.write(b"\x03")
    text += b"".join(output)
    assert b"interrupted" in text
    assert session.wait() == 0


def test_a_one_off_that_takes_too_long_ends_with_124(world: World) -> None:
    assert run(world, "import time; time.sleep(60)", timeout=0.5)[0] == 124


def test_a_killed_one_off_ends_with_137(world: World) -> None:
    session = world.engine.open(make(world, "print('on'); import time; time.sleep(60)"))
    output = session.output()
    assert next(output).startswith(b"on")
    session.kill()
    assert b"".join(output).strip() == b""
    assert session.wait() == 137


def test_a_program_that_is_missing_ends_with_127(world: World) -> None:
    code, output = run(world, "", argv=("/venv/bin/nothing",))
    assert code == 127
    assert "/venv/bin/nothing" in output


def test_a_one_off_ends_when_its_client_goes(world: World) -> None:
    session = world.engine.open(make(world, "print('on'); import time; time.sleep(60)"))
    next(session.output())
    [running] = [one for one in world.engine.instances() if one.process == "run"]
    session._channel.close()  # type: ignore[attr-defined]
    world.wait_status(running.id, "gone")


def test_a_release_command_goes_on_without_its_client_and_the_next_one_waits(world: World) -> None:
    first = world.engine.open(
        make(
            world,
            "import time; open('/data/order','a').write('a'); time.sleep(1); "
            "open('/data/order','a').write('b')",
            purpose="release",
        )
    )
    first._channel.close()  # type: ignore[attr-defined]
    code, output = run(world, "print(open('/data/order').read())", purpose="release")
    assert (code, output) == (0, "ab\n")


def test_a_release_command_outlives_its_agent_and_the_next_one_waits(world: World) -> None:
    session = world.engine.open(
        make(
            world,
            "import time; open('/data/order','a').write('a'); print('on'); time.sleep(1.5); "
            "open('/data/order','a').write('b')",
            purpose="release",
        )
    )
    [running] = [one for one in world.engine.instances() if one.process == "release"]
    order = world.home.volumes / "polls" / "order"
    pause = threading.Event()
    while not order.exists():
        pause.wait(0.02)
    world.kill_agent()
    client.ensure_agent(world.home)
    session._channel.close()  # type: ignore[attr-defined]
    assert running.id in {one.id for one in world.engine.instances()}
    assert run(world, "print(open('/data/order').read())", purpose="release") == (0, "ab\n")


def test_other_one_offs_do_not_outlive_their_agent(world: World) -> None:
    session = world.engine.open(make(world, "print('on'); import time; time.sleep(60)"))
    next(session.output())
    [running] = [one for one in world.engine.instances() if one.process == "run"]
    watched = os.pidfd_open(running.pid)
    world.kill_agent()
    session._channel.close()  # type: ignore[attr-defined]
    client.ensure_agent(world.home)
    world.wait_status(running.id, "gone")
    with pytest.raises(ProcessLookupError):
        signal.pidfd_send_signal(watched, 0)
    os.close(watched)
