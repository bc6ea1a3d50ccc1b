"""Which outward network instances get here: a bridge as root, pasta as a user, or none, said."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nuages.agent.child import Child
from nuages.agent.host import STEADY_SECONDS, next_delay
from nuages.agent.loop import Loop, Timer
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import LocalRunner
from nuages.system.network import BridgeNetwork, read_bridge
from nuages.system.pasta import PastaFiles, find_pasta, open_owner, pasta_argv
from nuages.system.processes import Identity
from nuages.system.spawn import Spawn

# pasta takes 20 ms; an app without a network is better than one that never starts.
_PASTA_SECONDS = 5.0

# Is told what went wrong with a connection, or "" once it is there.
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PastaSetup:
    """How pasta is run: the program, the folder for its named pipes, and the proxy's port."""

    loop: Loop
    program: str
    folder: Path
    port: int


class Pasta:
    """The process that copies packets for the sandbox of `pid`; it is started again whenever it
    ends, until `close`."""

    def __init__(self, setup: PastaSetup, pid: int, told: Told) -> None:
        self._setup = setup
        self._pid = pid
        self._told = told
        self._child: Child | None = None
        self._started = 0.0
        self._why = ""
        self._attempts = 0
        self._closed = False
        self._open: list[int] = []
        self._timer: Timer | None = None
        self._fifo = setup.folder / f"pasta.{pid}"

    @property
    def process(self) -> Identity | None:
        return self._child.outer if self._child else None

    def start(self) -> None:
        """Start it; `told` is called once it works, or fails."""
        self._started, self._why = time.monotonic(), ""
        try:
            self._start()
        except OSError as error:
            self._forget()
            self._again(f"pasta could not be started: {error}")

    def adopt(self, process: Identity) -> None:
        """Take over the one of the agent before us, or start another one."""
        self._started = time.monotonic()
        self._child = Child.adopt(self._setup.loop, process, None, self._ended)
        if self._child is None:
            self.start()

    def close(self) -> None:
        """The sandbox is gone."""
        self._closed = True
        self._forget()
        if self._child is not None:
            self._child.kill()

    def _start(self) -> None:
        """It writes its pid into a named pipe: once it has joined the sandbox's user, it may not
        open ours in /proc."""
        loop, path = self._setup.loop, self._fifo
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._open.append(reader)
        owner = open_owner(self._pid)
        self._open.append(owner)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            files = PastaFiles(owner, path)
            argv = pasta_argv(self._setup.program, self._pid, files, self._setup.port)
            env = {"PATH": os.environ.get("PATH", "")}
            self._child = Child.start(loop, Spawn(argv, env, {0: null, 1: null, 2: 2}), self._ended)
        finally:
            os.close(null)
        loop.watch(reader, lambda: self._read(reader))
        self._timer = loop.later(_PASTA_SECONDS, lambda: self._fail("pasta took too long"))

    def _read(self, reader: int) -> None:
        if not os.read(reader, 64):
            self._fail("pasta has said nothing")
            return
        self._forget()
        self._told("")

    def _fail(self, why: str) -> None:
        """It does not work: another one is started when it has ended."""
        self._forget()
        self._why = why
        if self._child is not None:
            self._child.kill()

    def _ended(self, code: int | None) -> None:
        self._child = None
        self._forget()
        if not self._closed:
            self._again(self._why or f"pasta ended with {code}")

    def _again(self, why: str) -> None:
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._attempts = 0
        self._timer = self._setup.loop.later(next_delay(self._attempts), self.start)
        self._attempts += 1
        self._told(why)

    def _forget(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for descriptor in self._open:
            self._setup.loop.forget(descriptor)
            os.close(descriptor)
        self._open = []
        self._fifo.unlink(missing_ok=True)


class Link:
    """One sandbox's connection: its number on the bridge, or the process that copies packets."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.pasta: Pasta | None = None

    @property
    def process(self) -> Identity | None:
        """The process that copies packets, to be remembered."""
        return self.pasta.process if self.pasta else None


class Outward:
    """Connects sandboxes. `gateway` is where internal names lead, as a sandbox sees it (empty:
    nowhere); `listens` where the agent can listen for them; `described` is for `status`."""

    def __init__(self, loop: Loop, home: Home, port: int) -> None:
        self._loop = loop
        self._bridge: BridgeNetwork | None = None
        self._pasta: PastaSetup | None = None
        self._next = 0
        self._numbers: set[int] = set()
        self._said = ""
        self.gateway = self.listens = ""
        for left in home.run.glob("pasta.*"):
            left.unlink(missing_ok=True)
        self.described = self._choose(home, port)

    def _choose(self, home: Home, port: int) -> str:
        if os.geteuid() == 0:
            try:
                network = BridgeNetwork(read_bridge(home.path), LocalRunner())
                network.ensure()
            except (NuagesError, OSError) as error:
                return f"none: {error}"
            self._bridge = network
            self.gateway = self.listens = network.bridge.gateway
            return f"bridge {network.bridge.name}, {network.bridge.subnet}"
        program, why = find_pasta()
        if why:
            return f"none: {why}"
        self._pasta = PastaSetup(self._loop, program, home.run, port)
        self.gateway = "127.0.0.1" if port else ""
        return "pasta"

    def connect(self, pid: int, told: Told) -> Link:
        """Connect the network namespace of `pid`; then call `told` with what went wrong. It is
        called again when a connection is lost, and when it is there again."""
        link = Link()
        if self._bridge is not None:
            link.number = self._take_number()
            told(self._attach(self._bridge, pid, link.number))
        elif self._pasta is not None:
            link.pasta = Pasta(self._pasta, pid, lambda error: self._tell(error, told))
            link.pasta.start()
        else:
            told("")
        return link

    def adopt(self, pid: int, number: int | None, pasta: Identity | None, told: Told) -> Link:
        """The connection of a sandbox that was started by an agent before us."""
        link = Link()
        if number is not None:
            link.number = number
            self._numbers.add(number)
        if pasta is not None and self._pasta is not None:
            link.pasta = Pasta(self._pasta, pid, lambda error: self._tell(error, told))
            link.pasta.adopt(pasta)
        return link

    def discard(self, pasta: Identity | None) -> None:
        """End the process that copied packets for a sandbox that is gone."""
        left = None if pasta is None else Child.adopt(self._loop, pasta, None, lambda _: None)
        if left is not None:
            left.kill()

    def release(self, link: Link) -> None:
        """The sandbox is gone; the kernel removes a bridge's link with its namespace."""
        if link.pasta is not None:
            link.pasta.close()
        if link.number is not None:
            self._numbers.discard(link.number)

    def remove(self) -> None:
        """Take down what was set up, once no instance is left."""
        if self._bridge is not None:
            self._bridge.remove()

    def _attach(self, bridge: BridgeNetwork, pid: int, number: int) -> str:
        try:
            bridge.attach(pid, number)
        except NuagesError as error:
            why = f"{error.message} {error.details}".strip()
        except OSError as error:
            why = str(error)
        else:
            return ""
        self._say(why)
        return why

    def _tell(self, error: str, told: Told) -> None:
        if error:
            self._say(error)
        else:
            self._said = ""
        told(error)

    def _say(self, error: str) -> None:
        """In the agent's log; the same again and again is said once."""
        if error != self._said:
            with contextlib.suppress(OSError):
                print(f"nuages agent: no network: {error}", file=sys.stderr, flush=True)  # noqa: T201
        self._said = error

    def _take_number(self) -> int:
        while self._next in self._numbers:
            self._next += 1
        number = self._next
        # Not the same one again at once: the kernel removes old links a little later.
        self._next = (number + 1) % 4000
        self._numbers.add(number)
        return number
