"""Requests per second and p99 through the proxy, against nginx in its place.

    python bench/load.py [--rounds 5] [--seconds 3] [--connections 16]

Two gunicorn workers with a small Django project accept from one unix socket. In front of them
stand, in turn, the platform's proxy (its real document, in its sandbox) and nginx; a static file
is asked of the proxy, of a Caddy with a three-line Caddyfile and of nginx. Every round asks each
of them with each kind of request, so that a busy machine hits all alike; the ratios are medians
of the rounds. Needs wrk and nginx (Debian's packages); as root the proxy has its own user.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redeploy import free_port

from nuages.build.assets import publish_static
from nuages.core.app import EnvironmentName
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.platform import PlatformSettings
from nuages.core.release import Release
from nuages.route import sites
from nuages.route.service import PROXY_UID, find_caddy, prepare_proxy, proxy_service
from nuages.system.command import LocalRunner
from nuages.system.scheduling import set_scheduling
from nuages.system.sockets import listen_tcp, listen_unix
from nuages.system.spawn import Spawn, spawn

HOST = "bench.localhost"
APP = """
import time
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
# The middleware of every project that `startproject` made: it says how long the answer is.
COMMON = "django.middleware.common.CommonMiddleware"
settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="bench", MIDDLEWARE=[COMMON]
)

def work(request):
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        pass
    return HttpResponse(b"work")

urlpatterns = [path("work/", work), path("nothing/", lambda request: HttpResponse(b"nothing"))]
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
NGINX = """
worker_processes auto; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; include /etc/nginx/mime.types;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location /static/ {{ alias {static}/; gzip_static on; {cache} }}
    location / {{
      proxy_pass http://unix:{socket};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }}
  }}
}}
"""
CACHE = "open_file_cache max=1000; open_file_cache_valid 30s;"
CADDYFILE = """{{
admin off
}}
http://:{port} {{
root * {static}
file_server{options}
}}
"""


@dataclass(frozen=True)
class Case:
    """One thing to ask for, of whom (name -> address), and the ratio to reach of the second."""

    name: str
    urls: dict[str, str]
    headers: tuple[str, ...] = ()
    goal: float = 0.0


@dataclass(frozen=True)
class Result:
    """Requests per second, the 99th percentile in milliseconds, and answers that were errors."""

    rate: float
    p99: float
    errors: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args()
    missing = [name for name in ("wrk", "nginx") if shutil.which(name) is None]
    if missing:
        print(f"missing: {', '.join(missing)} (apt-get install {' '.join(missing)})")
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nl-")))
        folder.chmod(0o755)
        cases = [case for case in start(folder, stack) if options.only in case.name]
        results: dict[tuple[str, str], list[Result]] = {}
        for number in range(options.rounds):
            for case in cases:
                # Who goes first changes, so that nobody always finds the machine warm.
                names = list(case.urls)
                for name in names[number % len(names) :] + names[: number % len(names)]:
                    result = measure(case, name, options)
                    results.setdefault((case.name, name), []).append(result)
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return report(cases, results)


def start(folder: Path, stack: ExitStack) -> list[Case]:
    """Everything that answers; the cases to ask."""
    static = publish(folder)
    home = Home(folder / "home")
    digest = publish_static(static, [], home.static)
    address, release, nice = start_proxy(home, digest, stack)
    socket_path = release / "web.sock"
    start_app(folder, socket_path, stack)
    served = home.static / digest
    nginx = start_nginx(folder, served, socket_path, nice, stack)
    plain = start_caddy(folder, served, "", nice, stack)
    packed = start_caddy(folder, served, " {\nprecompressed zstd br gzip\n}", nice, stack)
    both = {"proxy": address, "nginx": nginx}
    gzip = ("Accept-Encoding: gzip",)
    return [
        Case("5 ms of work", {k: f"{v}/work/" for k, v in both.items()}, goal=0.95),
        Case("nothing", {k: f"{v}/nothing/" for k, v in both.items()}, goal=0.65),
        static_case("static file", (address, plain, nginx), ()),
        static_case("static file, gzip", (address, packed, nginx), gzip),
    ]


def static_case(name: str, addresses: tuple[str, str, str], headers: tuple[str, ...]) -> Case:
    ours, caddy, nginx = addresses
    urls = {
        "proxy": f"{ours}/static/base.css",
        "3-line Caddy": f"{caddy}/base.css",
        "nginx": f"{nginx}/static/base.css",
    }
    return Case(name, urls, headers, goal=0.95)


def publish(folder: Path) -> Path:
    """A stylesheet of about 20 kB, as large as the one of Django's admin."""
    static = folder / "collected"
    static.mkdir()
    rules = "".join(f".rule-{n} {{ margin: {n % 7}px; color: #{n:06x} }}\n" for n in range(500))
    (static / "base.css").write_text(rules)
    return static


def start_proxy(home: Home, digest: str, stack: ExitStack) -> tuple[str, Path, int]:
    """The platform's proxy with one site; its address, the folder for the site's socket, and its
    niceness."""
    settings = PlatformSettings(free_port(), "127.0.0.1")
    uid = PROXY_UID if os.geteuid() == 0 else None
    prepare_proxy(home, settings, uid)
    nowhere = Path("/nowhere")
    report = ProbeReport("5.2", "3.11", "s", static_url="/static/")
    image = Image(
        "sha256:0", nowhere, nowhere, nowhere, None, digest, None, "3.11", ".", report,
        Blueprint("s", "wsgi", "w", ()),
    )  # fmt: skip
    release = Release(EnvironmentName("bench"), 1, image, {}, (), (HOST,))
    folder = sites.publish_release(home, release, media=False)
    sites.set_hosts(home, "bench", [HOST])
    sites.switch(home, "bench", 1)
    spec = proxy_service(home, settings, uid)
    listener = listen_tcp(settings.listen)
    stack.callback(listener.close)
    log = os.open(home.path / "caddy.log", os.O_WRONLY | os.O_CREAT)
    descriptors = {0: os.open(os.devnull, os.O_RDONLY), 1: log, 2: log, 3: listener.fileno()}
    prepare = partial(set_scheduling, spec.nice, spec.timer_slack)
    pid = spawn(Spawn(spec.argv, dict(spec.env), descriptors, prepare))
    stack.callback(end, pid)
    return f"http://{settings.listen}", folder, spec.nice


def end(pid: int) -> None:
    """End a program, and what bubblewrap runs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in children or [str(pid)]:
        os.kill(int(one), signal.SIGTERM)
    os.waitpid(pid, 0)


def start_app(folder: Path, path: Path, stack: ExitStack) -> None:
    """Two gunicorn workers in an environment of their own."""
    venv = folder / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, venv], check=True)
    packages = ["gunicorn", "django>=5.2,<6"]
    subprocess.run([uv, "pip", "install", "-q", "-p", venv, *packages], check=True)
    (folder / "app.py").write_text(APP)
    listener = listen_unix(path, 0o666)
    stack.callback(listener.close)
    python = str(venv / "bin" / "python")
    code = (
        "import os; os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
        "from gunicorn.app.wsgiapp import run; run()"
    )
    argv = (python, "-c", code, "--workers", "2", "--chdir", str(folder), "app:application")
    log = os.open(folder / "gunicorn.log", os.O_WRONLY | os.O_CREAT)
    descriptors = {0: os.open(os.devnull, os.O_RDONLY), 1: log, 2: log, 3: listener.fileno()}
    pid = spawn(Spawn(argv, {"PATH": os.environ["PATH"], "HOME": str(folder)}, descriptors))

    def stop() -> None:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)

    stack.callback(stop)


def start_nginx(folder: Path, static: Path, path: Path, nice: int, stack: ExitStack) -> str:
    port = free_port()
    own = folder / "nginx"
    own.mkdir()
    # nginx's workers have a user of their own too, and no sandbox that shows them the files.
    for parent in (static, *static.parents[: len(static.relative_to(folder).parts)]):
        parent.chmod(0o755)
    text = NGINX.format(folder=own, port=port, static=static, socket=path, cache=CACHE)
    (own / "nginx.conf").write_text(text)
    argv = ["nginx", "-p", str(own), "-c", str(own / "nginx.conf")]
    stack.enter_context(running(argv, port, nice))
    return f"http://127.0.0.1:{port}"


def start_caddy(folder: Path, static: Path, options: str, nice: int, stack: ExitStack) -> str:
    port = free_port()
    own = folder / f"caddy-{port}"
    own.mkdir()
    (own / "Caddyfile").write_text(CADDYFILE.format(port=port, static=static, options=options))
    argv = [find_caddy(LocalRunner()), "run", "--config", str(own / "Caddyfile")]
    env = {"HOME": str(own), "XDG_DATA_HOME": str(own), "XDG_CONFIG_HOME": str(own)}
    stack.enter_context(running(argv, port, nice, env))
    return f"http://127.0.0.1:{port}"


@contextmanager
def running(
    argv: list[str], port: int, nice: int, env: dict[str, str] | None = None
) -> Iterator[None]:
    """A program that listens on a port, with the proxy's niceness, until the end of the block."""
    quiet = subprocess.DEVNULL
    # A session of its own, as the proxy has: Linux shares the cores out among sessions.
    argv = ["nice", "-n", str(nice), *argv]
    process = subprocess.Popen(argv, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


def measure(case: Case, name: str, options: argparse.Namespace) -> Result:
    """One run of wrk."""
    argv = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency"]
    for header in (f"Host: {HOST}", *case.headers):
        argv += ["-H", header]
    out = subprocess.run(
        [*argv, case.urls[name]], capture_output=True, text=True, check=True
    ).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    errors = sum(int(n) for n in re.findall(r"(?:Non-2xx or 3xx responses|read|write): (\d+)", out))
    return Result(rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit], errors)


def report(cases: list[Case], results: dict[tuple[str, str], list[Result]]) -> int:
    """Print the table; 1 where a goal is missed or a request failed."""
    missed = 0
    print(f"{'case':20} {'through':14} {'req/s':>9} {'p99 ms':>8} {'errors':>7}  median ratio")
    for case in cases:
        ours = results[case.name, "proxy"]
        for name in case.urls:
            runs = results[case.name, name]
            errors = sum(run.errors for run in runs)
            line = (
                f"{case.name:20} {name:14} {statistics.median(r.rate for r in runs):9.0f}"
                f" {statistics.median(r.p99 for r in runs):8.2f} {errors:7}"
            )
            if name != "proxy":
                ratios = [a.rate / max(b.rate, 0.001) for a, b in zip(ours, runs, strict=True)]
                ratio = statistics.median(ratios)
                line += f"  proxy / {name}: {ratio:.2f}"
                if name == list(case.urls)[1]:
                    line += f" (goal {case.goal})"
                    missed += ratio < case.goal
            missed += errors > 0
            print(line)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
