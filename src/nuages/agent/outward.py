"""Which outward network instances get here: a bridge as root, pasta as a user, or none, said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from nuages.agent.child import Child
from nuages.agent.loop import Loop
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import LocalRunner
from nuages.system.network import BridgeNetwork, read_bridge
from nuages.system.pasta import PastaFiles, find_pasta, open_owner, pasta_argv
from nuages.system.processes import Identity
from nuages.system.spawn import Spawn

# pasta takes 20 ms; an app without a network is better than one that never starts.
_PASTA_SECONDS = 5.0


class Link:
    """One sandbox's connection: its number on the bridge, or the process that copies packets."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.pasta: Child | None = None

    def close(self) -> None:
        """Let go of it; the kernel removes a bridge's link with its namespace."""
        if self.pasta is not None:
            self.pasta.kill()
            self.pasta = None


class Outward:
    """Connects sandboxes. `gateway` is where internal names lead, as a sandbox sees it (empty:
    nowhere); `listens` where the agent can listen for them; `described` is for `status`."""

    def __init__(self, loop: Loop, home: Home, port: int) -> None:
        self._loop = loop
        self._port = port
        self._folder = home.run
        self._bridge: BridgeNetwork | None = None
        self._pasta = ""
        self._next = 0
        self._numbers: set[int] = set()
        self.gateway = self.listens = ""
        self.described = self._choose(home)

    def _choose(self, home: Home) -> str:
        if os.geteuid() == 0:
            try:
                network = BridgeNetwork(read_bridge(home.path), LocalRunner())
                network.ensure()
            except (NuagesError, OSError) as error:
                return f"none: {error}"
            self._bridge = network
            self.gateway = self.listens = network.bridge.gateway
            return f"bridge {network.bridge.name}, {network.bridge.subnet}"
        self._pasta, why = find_pasta()
        if why:
            return f"none: {why}"
        self.gateway = "127.0.0.1" if self._port else ""
        return "pasta"

    def connect(self, pid: int, done: Callable[[str], None]) -> Link:
        """Connect the network namespace of `pid`; then call `done` with what went wrong."""
        link = Link()
        if self._bridge is not None:
            link.number = self._take_number()
            try:
                self._bridge.attach(pid, link.number)
            except NuagesError as error:
                done(f"{error.message} {error.details}".strip())
                return link
            done("")
        elif self._pasta:
            try:
                self._start_pasta(link, pid, done)
            except OSError as error:
                done(f"pasta could not be started: {error}")
        else:
            done("")
        return link

    def adopt(self, number: int | None, pasta: Identity | None) -> Link:
        """The connection of a sandbox that was started by an agent before us."""
        link = Link()
        if number is not None:
            link.number = number
            self._numbers.add(number)
        if pasta is not None:
            link.pasta = Child.adopt(self._loop, pasta, None, lambda _: None)
        return link

    def release(self, link: Link) -> None:
        """The sandbox is gone."""
        link.close()
        if link.number is not None:
            self._numbers.discard(link.number)

    def remove(self) -> None:
        """Take down what was set up, once no instance is left."""
        if self._bridge is not None:
            self._bridge.remove()

    def _take_number(self) -> int:
        while self._next in self._numbers:
            self._next += 1
        number = self._next
        # Not the same one again at once: the kernel removes old links a little later.
        self._next = (number + 1) % 4000
        self._numbers.add(number)
        return number

    def _start_pasta(self, link: Link, pid: int, done: Callable[[str], None]) -> None:
        owner = open_owner(pid)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            wait = _PastaWait(self._loop, self._folder / f"pasta.{pid}", done)
            argv = pasta_argv(self._pasta, pid, PastaFiles(owner, wait.path), self._port)
            env = {"PATH": os.environ.get("PATH", "")}
            spec = Spawn(argv, env, {0: null, 1: null, 2: 2})
            link.pasta = Child.start(self._loop, spec, wait.ended)
            wait.keep(owner)
        finally:
            os.close(null)


class _PastaWait:
    """Waits until pasta has written its pid, has ended, or has taken too long. It writes into a
    named pipe: once it has joined the sandbox's user, it may not open ours in /proc."""

    def __init__(self, loop: Loop, path: Path, done: Callable[[str], None]) -> None:
        self.path = path
        self._loop = loop
        self._done: Callable[[str], None] | None = done
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self._open = [os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)]
        loop.watch(self._open[0], lambda: self._finish(""))
        self._timer = loop.later(_PASTA_SECONDS, lambda: self._finish("pasta took too long"))

    def keep(self, descriptor: int) -> None:
        """Close this too when it is over."""
        self._open.append(descriptor)

    def ended(self, code: int | None) -> None:
        """pasta has ended, which it does at once where it cannot do its work."""
        self._finish(f"pasta ended with {code}")

    def _finish(self, error: str) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        self._timer.cancel()
        self._loop.forget(self._open[0])
        for descriptor in self._open:
            os.close(descriptor)
        self.path.unlink(missing_ok=True)
        if error:
            print(f"nuages agent: no network: {error}", file=sys.stderr, flush=True)  # noqa: T201
        done(error)
