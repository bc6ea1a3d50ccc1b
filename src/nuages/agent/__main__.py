"""`python -m nuages.agent HOME`: holds sockets and keeps services and instances running."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

from nuages.agent.agent import Agent
from nuages.agent.host import Host
from nuages.agent.logs import LogKeeper
from nuages.agent.loop import Loop
from nuages.agent.outward import Outward
from nuages.agent.records import Records
from nuages.agent.server import Server
from nuages.core.errors import EXIT_CONFLICT, EXIT_USAGE
from nuages.core.home import Home
from nuages.system.cgroups import find_groups
from nuages.system.spawn import allow_many_descriptors

_LOCK_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Run until told to stop. `HOME [FD]`: one byte is written to FD once requests are taken."""
    if not arguments:
        sys.stderr.write("usage: python -m nuages.agent HOME [FD]\n")
        return EXIT_USAGE
    # Whatever the shell of who started us says: the proxy's user has to enter what we make.
    os.umask(0o022)
    home = Home(Path(arguments[0]).absolute())
    for folder in (home.run, home.agent, home.logs, home.proxy / "releases"):
        folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(home.run / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _lock(lock):
        sys.stderr.write(f"another agent runs on {home.path}\n")
        return EXIT_CONFLICT
    allow_many_descriptors()
    loop = Loop()
    host = _prepare_host(loop, home)
    host.logs.add(home.logs / "platform" / "agent.log")
    agent = Agent(host, loop.stop)
    _handle_signals(loop, agent)
    agent.adopt()
    server = Server(loop, home.agent_socket, agent.handle)
    if arguments[1:]:
        os.write(int(arguments[1]), b"r")
        os.close(int(arguments[1]))
    loop.run()
    server.close()
    return 0


def _lock(descriptor: int) -> bool:
    """Whether we are the only agent. A program that a killed agent was just about to start has
    the lock for a moment longer, so we wait a little."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _LOCK_SECONDS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except TimeoutError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    return True


def _prepare_host(loop: Loop, home: Home) -> Host:
    digest = hashlib.sha256(str(home.path).encode()).hexdigest()[:12]
    return Host(
        loop=loop,
        home=home,
        records=Records(home),
        logs=LogKeeper(loop),
        groups=find_groups(f"nuages-{digest}"),
        outward=Outward(loop, home, _http_port(home)),
    )


def _http_port(home: Home) -> int:
    """The proxy's port; 0 where the platform was never started."""
    try:
        return int(json.loads(home.settings.read_text())["http_port"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _handle_signals(loop: Loop, agent: Agent) -> None:
    """SIGTERM and SIGINT end the services and then the agent; apps run on and are found again."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def stop() -> None:
        os.read(reader, 64)
        agent.stop_services(loop.stop)

    loop.watch(reader, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
