"""The StatsD exporter as a real process, on ports that are free."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from nuages.system.sockets import connect_unix
from tests.runtime.environments import RUNTIME
from tests.runtime.instance import PATIENCE, free_port


class Scraper:
    """Asks the exporter that shows metrics on `metrics_port` of this machine."""

    metrics_port = 0

    def get(self, path: str = "/metrics") -> str:
        """A page of it."""
        address = f"http://127.0.0.1:{self.metrics_port}{path}"
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def value(self, series: str) -> float:
        """The value of a series, 0 where it is not there."""
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.get(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def wait_for(self, series: str, value: float) -> None:
        """Return when a series has that value."""
        deadline = time.monotonic() + PATIENCE
        while self.value(series) != value:
            assert time.monotonic() < deadline, self.get()
            # It tells nobody of what it receives.
            time.sleep(0.02)

    def wait_until(self, *, up: bool) -> None:
        """Return when it answers, or does not any more."""
        deadline = time.monotonic() + PATIENCE
        while self._answers() is not up:
            assert time.monotonic() < deadline
            # Nobody is told that a process has opened its port, or closed it.
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            return bool(self.get("/"))
        except OSError:
            return False


class Exporter(Scraper):
    """`nuages_runtime.statsd` in `python`, once it answers."""

    def __init__(
        self, python: str | Path = sys.executable, variables: Mapping[str, str] | None = None
    ) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(RUNTIME),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUAGES_STATSD_BIND": f"127.0.0.1:{self.port}",
            "NUAGES_METRICS_BIND": f"127.0.0.1:{self.metrics_port}",
            **(variables or {}),
        }
        self.argv = [str(python), "-S", "-m", "nuages_runtime.statsd"]
        self.process = subprocess.Popen(self.argv, env=self.env)

    def __enter__(self) -> Exporter:
        self.wait_until(up=True)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def variables(self) -> dict[str, str]:
        """What an app is told of it."""
        return {"STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(self.port)}

    def send(self, *datagrams: bytes) -> None:
        """Send it datagrams."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for datagram in datagrams:
                sock.sendto(datagram, ("127.0.0.1", self.port))

    def connect(self) -> socket.socket:
        """A connection for StatsD."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Received:
    """Sockets of StatsD as an instance has them."""

    def __init__(self) -> None:
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", 0))
        self.stream = socket.create_server(("127.0.0.1", 0))
        self._address = self.stream.getsockname()

    def send(self, datagram: bytes) -> None:
        """Send a datagram to it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(datagram, self.datagrams.getsockname())

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(self._address, timeout=PATIENCE)

    def close(self) -> None:
        """Close what a test holds of it; the exporter has duplicates."""
        self.datagrams.close()
        self.stream.close()


class Handed:
    """An exporter to which sockets are handed, as the agent does, and which is asked at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._received: list[Received] = []
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-m", "nuages_runtime.statsd"],
            env={
                "PYTHONPATH": str(RUNTIME),
                "NUAGES_STATSD_BIND": f"fd:{theirs.fileno()}",
                "NUAGES_METRICS_BIND": f"fd:{self._listener.fileno()}",
            },
            pass_fds=(theirs.fileno(), self._listener.fileno()),
        )
        theirs.close()

    def __enter__(self) -> Handed:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.process.kill()
        self.process.wait()
        self.control.close()
        self._listener.close()
        for received in self._received:
            received.close()

    def add(self, name: str) -> Received:
        """Hand over the sockets of an instance."""
        received = Received()
        self._received.append(received)
        numbers = [received.datagrams.fileno(), received.stream.fileno()]
        socket.send_fds(self.control, [f"add {name}".encode()], numbers)
        return received

    def wait_for(self, line: str) -> None:
        """Return when the metrics have this line."""
        deadline = time.monotonic() + PATIENCE
        while f"\n{line}\n" not in (page := self._page()):
            assert time.monotonic() < deadline, page
            time.sleep(0.02)

    def seconds(self) -> float:
        """CPU that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _page(self) -> str:
        connection = http.client.HTTPConnection("localhost")
        connection.sock = connect_unix(self.path, PATIENCE)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
        connection.close()
        return page
