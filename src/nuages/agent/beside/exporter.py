"""The StatsD exporter of an environment: one for all of its instances, kept running beside them.

An instance has a network of its own. So its launcher opens the sockets of StatsD there, and its
programs keep them open; the agent takes duplicates of them (pidfd_getfd) and hands these to the
exporter. Nothing has to run in an instance, no packet leaves it, and an exporter or an agent that
comes later finds them again. An exporter ends with its agent.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable

from nuages.agent.host import STEADY_SECONDS, Host, next_delay
from nuages.agent.instance import Instance
from nuages.agent.loop import Timer
from nuages.agent.program import Descriptors, Hooks, Program
from nuages.core.errors import NuagesError
from nuages.engines.local.protocol import (
    EXPORTER_DOCUMENT_FD,
    HANDED_FD,
    METRICS_FD,
    STATSD_FDS,
    Launch,
)
from nuages.system.logfile import open_log
from nuages.system.processes import identify, open_process, take_descriptor
from nuages.system.sockets import listen_unix

# Who may ask is who may enter the platform's home.
_SOCKET_MODE = 0o600


class Exporters:
    """The exporters by their environment's label; `empty` is called when one has ended."""

    def __init__(self, host: Host, empty: Callable[[], None]) -> None:
        self._host = host
        self._empty = empty
        self._running: dict[str, Exporter] = {}
        self._ending: list[Exporter] = []

    @property
    def is_empty(self) -> bool:
        """Whether none runs."""
        return not self._running and not self._ending

    def keep(self, label: str, launch: Launch) -> None:
        """Have one, which is started in this way from now on. Nothing fails for want of it."""
        exporter = self._running.get(label)
        if exporter is not None:
            exporter.launch = launch
            return
        exporter = self._running[label] = Exporter(self._host, label, launch)
        exporter.start()

    def look(self, instance: Instance) -> None:
        """An instance may have come or gone."""
        exporter = self._running.get(instance.place.label)
        if exporter is not None:
            exporter.look(instance)

    def stop(self, label: str) -> None:
        """End the environment's exporter: nothing is left that sends to it."""
        exporter = self._running.pop(label, None)
        if exporter is not None:
            self._ending.append(exporter)
            exporter.stop(lambda: self._ended(exporter))

    def _ended(self, exporter: Exporter) -> None:
        self._ending.remove(exporter)
        self._empty()


class Exporter:
    """One exporter; it is started again whenever it ends, until `stop`."""

    def __init__(self, host: Host, label: str, launch: Launch) -> None:
        self.launch = launch
        self._host = host
        self._label = label
        self._path = host.home.metrics_socket(label)
        self._listener: socket.socket | None = None
        self._control: socket.socket | None = None
        self._program: Program | None = None
        self._members: dict[str, int] = {}
        self._started = 0.0
        self._attempts = 0
        self._timer: Timer | None = None
        self._stopped: Callable[[], None] | None = None

    def start(self) -> None:
        """Start it, and hand over what is received so far."""
        self._timer = None
        self._started = time.monotonic()
        try:
            self._launch()
        except (OSError, NuagesError) as error:
            self._again(f"could not be started: {error}")
            return
        for name, pid in self._members.items():
            self._hand_over(name, pid)

    def look(self, instance: Instance) -> None:
        """Receive what an instance is sent while it is up, and until its process has ended."""
        name, known = instance.place.id, self._members.get(instance.place.id)
        pid = instance.pid if instance.is_up or instance.status == "stopping" else None
        if known is not None and known != pid:
            del self._members[name]
            self._say(f"drop {name}", [])
        if pid is not None and known != pid:
            self._members[name] = pid
            self._hand_over(name, pid)

    def stop(self, done: Callable[[], None]) -> None:
        """End it for good, then call `done`."""
        self._stopped = done
        if self._timer is not None:
            self._timer.cancel()
        if self._listener is not None:
            # Not later: the next one may have its own there by then.
            self._listener.close()
            self._path.unlink(missing_ok=True)
        if self._program is None:
            done()
        else:
            self._program.kill()

    def _launch(self) -> None:
        if self._listener is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._listener = listen_unix(self._path, _SOCKET_MODE)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Whoever hangs there must not make us wait.
        ours.setblocking(False)
        log = open_log(self._host.home.logs / "platform" / "metrics.log")
        null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        numbers = {0: null, 1: log, 2: log, HANDED_FD: theirs.fileno()}
        numbers[METRICS_FD] = self._listener.fileno()
        descriptors = Descriptors(numbers, EXPORTER_DOCUMENT_FD)
        hooks = Hooks(self._ended, lambda: None)
        name = f"{self._label}.metrics"
        try:
            self._program = Program.start(self._host, name, self.launch, descriptors, hooks)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(log)
            os.close(null)
        self._control = ours

    def _hand_over(self, name: str, pid: int) -> None:
        """Have it receive what the programs of this process are sent."""
        taken: list[int] = []
        who = identify(pid)
        process = open_process(who) if who else None
        if process is None:
            return
        try:
            taken += [take_descriptor(process, number) for number in STATSD_FDS]
            self._say(f"add {name}", taken)
        except OSError:
            # It has closed them, or is one of before there was an exporter.
            return
        finally:
            for descriptor in (process, *taken):
                os.close(descriptor)

    def _say(self, message: str, descriptors: list[int]) -> None:
        """Nothing is lost if it does not hear: the next one is told everything."""
        if self._control is not None:
            with contextlib.suppress(OSError):
                socket.send_fds(self._control, [message.encode()], descriptors)

    def _ended(self, _code: int | None, how: str) -> None:
        self._program = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._stopped is not None:
            self._stopped()
        else:
            self._again(how)

    def _again(self, how: str) -> None:
        with contextlib.suppress(OSError):
            print(f"nuages agent: metrics of {self._label}: {how}", file=sys.stderr, flush=True)  # noqa: T201
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._attempts = 0
        self._timer = self._host.loop.later(next_delay(self._attempts), self.start)
        self._attempts += 1
