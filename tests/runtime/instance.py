"""A web instance as the agent starts it: an inherited socket, a ready pipe and a gate."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from tests.runtime.projects import Project

HOST = "polls.localhost"
# Seconds; a limit for what is broken, never a pause.
PATIENCE = 30


class Instance:
    """`nuages_runtime.serve` with these arguments; the gate is closed until `open_gate()`."""

    def __init__(self, project: Project, *arguments: str, path: str = "/", workers: int = 1,
                 threads: int = 1, scheme: str = "http", most: int = 9) -> None:  # fmt: skip
        self.path = project.data / "web.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(128)
        self._listener = listener
        self._ready, ready = os.pipe()
        gate, self._gate = os.pipe()
        readiness = {"host": HOST, "scheme": scheme, "path": path}
        env = {
            **project.env(),
            "PATH": f"{project.environment.bin}:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LISTEN_FDS": "1",
            "NUAGES_READY_FD": "4",
            "NUAGES_GATE_FD": "5",
            "NUAGES_READINESS": json.dumps(readiness),
            "WEB_CONCURRENCY": str(workers),
            "NUAGES_THREADS": str(threads),
            "NUAGES_MOST_WORKERS": str(most),
        }
        self.log = project.data / "log"
        # A shell puts the descriptors where the agent would: Python cannot without forking
        # itself, which a test with threads must not do.
        script = f'exec 3<&{listener.fileno()} 4>&{ready} 5<&{gate}; exec "$@"'
        argv = [str(project.environment.python), "-m", "nuages_runtime.serve", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", script, "bash", *argv],
                cwd=project.folder,
                env=env,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(), ready, gate),
            )
        os.close(ready)
        os.close(gate)

    def __enter__(self) -> Instance:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.process.poll() is None:
            for child in self.children():
                os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        os.close(self._ready)
        self.close_gate()
        self._listener.close()

    def open_gate(self) -> None:
        """As the agent does when the release commands are done."""
        assert self.process.poll() is None, self.log.read_text()
        os.write(self._gate, b"g")

    def close_gate(self) -> None:
        """As happens when the release is given up."""
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1

    def said(self, timeout: float = PATIENCE) -> str:
        """What comes through the ready pipe within `timeout` seconds; empty for nothing."""
        readable, _, _ = select.select([self._ready], [], [], timeout)
        return os.read(self._ready, 4096).decode() if readable else ""

    def ready(self) -> Instance:
        """Open the gate; the instance has to become ready."""
        self.open_gate()
        said = self.said()
        assert said == "ready\n", said + self.log.read_text()
        return self

    def connect(self) -> socket.socket:
        """A connection to its socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.path))
        return connection

    def send(self, path: str, headers: str = "") -> socket.socket:
        """Send a request as the proxy would; the connection to read the answer from."""
        connection = self.connect()
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: http\r\n"
            f"Connection: close\r\n{headers}\r\n".encode()
        )
        return connection

    def get(self, path: str, headers: str = "") -> tuple[int, str]:
        """Status and body of one request."""
        return answer(self.send(path, headers))

    def queue(self) -> bool:
        """Whether a connection waits to be accepted."""
        return bool(select.select([self._listener], [], [], 0)[0])

    def wait_for_log(self, text: str, times: int = 1) -> None:
        """Return when its log has `text`, that often."""
        deadline = time.monotonic() + PATIENCE
        while self.log.read_text().count(text) < times:
            assert time.monotonic() < deadline, self.log.read_text()
            # A file says nothing when it grows.
            time.sleep(0.01)

    def wait_for_children(self, number: int) -> None:
        """Return when it has so many worker processes."""
        deadline = time.monotonic() + PATIENCE
        while len(self.children()) != number:
            assert time.monotonic() < deadline, self.log.read_text()
            # The kernel tells only a parent of its children.
            time.sleep(0.01)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def children(self) -> list[int]:
        """Its worker processes."""
        pid = self.process.pid
        try:
            return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []


def answer(connection: socket.socket) -> tuple[int, str]:
    """Status and body that arrive on a connection until it is closed."""
    parts = []
    with connection:
        while part := connection.recv(65536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def free_port() -> int:
    """A TCP port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_of(started: float) -> float:
    """How long ago `started` (time.monotonic) was."""
    return time.monotonic() - started
