"""A container's process as an engine starts it, without the container: `nuages_runtime.container`
with an image's document and a port of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

from nuages.core.image import Blueprint
from tests.runtime.environments import RUNTIME
from tests.runtime.instance import PATIENCE, answer, free_port
from tests.runtime.projects import KEY, Project

HOST = "127.0.0.1"


class Container:
    """A project's image, and one process of it at a time. `image` are further keys of the
    image's document; `env` what `docker run -e` gives."""

    def __init__(self, project: Project, **image: object) -> None:
        self.project = project
        self.port = free_port()
        self.log = project.data / "log"
        self._process: subprocess.Popen[bytes] | None = None
        path = project.data / "image.json"
        blueprint = Blueprint("mysite.settings", "wsgi", "mysite.wsgi:application", ())
        keys = {"project": str(project.folder), "static_root": str(project.data / "static")}
        path.write_text(json.dumps({**asdict(blueprint), **keys, **image}))
        self.env = {
            "PATH": f"{project.environment.bin}:/usr/bin:/bin",
            "PYTHONPATH": f"{project.folder}:{RUNTIME}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUAGES_IMAGE": str(path),
            "DJANGO_SETTINGS_MODULE": "mysite.settings",
            "PORT": str(self.port),
            "NUAGES_BIND": HOST,
            "SECRET_KEY": KEY,
            "DATABASE_URL": f"sqlite:///{project.database}",
            "WEB_CONCURRENCY": "2",
            "NUAGES_THREADS": "2",
            "NUAGES_STATSD": "off",
            **project.variables,
        }

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a process type to its end."""
        return self.python("-m", "nuages_runtime.container", *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python to its end, as `docker run IMAGE python …` does."""
        argv = [str(self.project.environment.python), *arguments]
        return subprocess.run(
            argv, cwd=self.project.folder, env=self.env, text=True, timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def begin(self, *arguments: str) -> Container:
        """Start a process type."""
        argv = [str(self.project.environment.python), "-m", "nuages_runtime.container", *arguments]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                argv, cwd=self.project.folder, env=self.env, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return self

    def serve(self, *arguments: str) -> Container:
        """Start the web process, and return when its port is open."""
        self.begin("web", *arguments)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                # Nothing says when another process opens a port.
                time.sleep(0.02)
            else:
                return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def send(self, path: str, headers: str = "", method: str = "GET") -> socket.socket:
        """Send a request as a visitor does; the connection to read the answer from."""
        connection = socket.create_connection((HOST, self.port), timeout=PATIENCE)
        head = f"{method} {path} HTTP/1.1\r\nConnection: close\r\n"
        host = "" if "Host:" in headers else "Host: localhost\r\n"
        connection.sendall(f"{head}{host}{headers}\r\n".encode())
        return connection

    def get(self, path: str, headers: str = "") -> tuple[int, str]:
        """Status and body of one request."""
        return answer(self.send(path, headers))

    def head(self, path: str, headers: str = "", method: str = "GET") -> str:
        """Status line and headers of one answer, in lower case."""
        parts = []
        with self.send(path, headers, method) as connection:
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).partition(b"\r\n\r\n")[0].decode().lower()

    def wait_for_log(self, text: str) -> None:
        """Return when its log has `text`."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            # A file says nothing when it grows.
            time.sleep(0.01)

    def terminate(self) -> int:
        """SIGTERM to its first process, as `docker stop` does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def contents(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
