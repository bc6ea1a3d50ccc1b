"""Deploys, rollbacks, restarts and scale changes in a row under load: how many requests fail.

    python bench/deploy_under_load.py [--changes 20] [--rate 200]

Two apps are deployed to a platform of their own on a free loopback port. Clients that never
retry ask both at the given rate (half on kept connections, half on fresh ones, a tenth POST,
some for a page that takes 2 s) while one of them is changed again and again; among the changes
are the first deployment of a third app and a new domain. Prints a line per change and the
number of requests and failures of each app; exits 1 if one failed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import textwrap
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import Event, Process, Queue
from multiprocessing.synchronize import Event as EventType
from pathlib import Path

from redeploy import free_port, nuages, platform

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "django-insecure-bench"
DEBUG = True
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
"""
URLS = """
import time
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

ROUND = 0

@csrf_exempt
def page(request):
    return HttpResponse(request.body or b"page")

def slow(request):
    time.sleep(2)
    return HttpResponse(b"slow")

urlpatterns = [path("", page), path("slow/", slow)]
"""
MANAGE = """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""


@dataclass
class Tally:
    """What clients saw: answers by kind, and the first few failures in words."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.answers["failed"] += 1
        if len(self.failures) < 10:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")


class Client:
    """Asks one app through the proxy; every kind of failure is counted, nothing is retried."""

    def __init__(self, port: int, host: str, tally: Tally) -> None:
        self.port, self.host, self.tally = port, host, tally

    async def kept(self, pause: float, stop: EventType) -> None:
        """Requests on one connection, for as long as the server keeps it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        number = 0
        while not stop.is_set():
            began = time.perf_counter()
            number += 1
            if not await self._exchange(reader, writer, number, keep=True):
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.sleep(max(0.0, pause - (time.perf_counter() - began)))
        writer.close()

    async def fresh(self, pause: float, stop: EventType, path: str = "/") -> None:
        """Requests on a connection each."""
        number = 0
        while not stop.is_set():
            began = time.perf_counter()
            number += 1
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError as error:
                self.tally.fail(f"connect: {error}")
                continue
            await self._exchange(reader, writer, number, keep=False, path=path)
            writer.close()
            await asyncio.sleep(max(0.0, pause - (time.perf_counter() - began)))

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
        *,
        keep: bool,
        path: str = "/",
    ) -> bool:
        body = b"x" * 200 if number % 10 == 0 and path == "/" else b""
        head = (
            f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        kind = "POST" if body else ("slow" if path != "/" else "GET")
        try:
            writer.write(head.encode() + body)
            await writer.drain()
            async with asyncio.timeout(30):
                raw = await reader.readuntil(b"\r\n\r\n")
                headers = raw.decode("latin-1").lower().split("\r\n")
                lengths = [h.split(":")[1] for h in headers if h.startswith("content-length:")]
                answer = await (
                    reader.readexactly(int(lengths[0]))
                    if lengths
                    else reader.readuntil(b"0\r\n\r\n")
                )
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.tally.fail(f"{kind} {'kept' if keep else 'fresh'}: {error!r}")
            return False
        status = int(headers[0].split()[1])
        if status != 200 or body not in answer:
            self.tally.fail(f"{kind} {'kept' if keep else 'fresh'}: {status}")
        else:
            self.tally.answers[f"{kind} {'kept' if keep else 'fresh'}"] += 1
        return "connection: close" not in headers


def load(port: int, host: str, rate: int, stop: EventType, out: Queue[tuple[str, Tally]]) -> None:
    """Clients of one app, in a process of their own, until `stop`."""
    tally = Tally()
    client = Client(port, host, tally)
    each = 10
    pause = 2 * each / rate

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(each):
                group.create_task(client.kept(pause, stop))
                group.create_task(client.fresh(pause, stop))
            for _ in range(2):
                group.create_task(client.fresh(0, stop, "/slow/"))

    began = time.perf_counter()
    asyncio.run(everything())
    tally.answers["seconds"] = round(time.perf_counter() - began)
    out.put((host, tally))


def write_project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "settings.py").write_text(textwrap.dedent(SETTINGS))
    (folder / "urls.py").write_text(textwrap.dedent(URLS))
    (folder / "manage.py").write_text(textwrap.dedent(MANAGE))
    (folder / "wsgi.py").write_text(
        "import os\nfrom django.core.wsgi import get_wsgi_application\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n'
        "application = get_wsgi_application()\n"
    )
    (folder / "requirements.txt").write_text("Django>=5.2,<6\n")
    return folder


def change(home: Path, work: Path, number: int) -> str:
    """Make one change to the app `first`; what was done."""
    source = work / "first"
    if number == 3:
        nuages(home, "deploy", str(write_project(work / "third")))
        return "first deployment of another app"
    if number == 6:
        nuages(home, "domains", "first", "add", "first.example.org")
        return "new domain"
    kind = number % 4
    if kind == 0:
        urls = source / "urls.py"
        urls.write_text(urls.read_text().replace(f"ROUND = {number - 4}", f"ROUND = {number}"))
        nuages(home, "deploy", str(source))
        return "deploy"
    if kind == 1:
        nuages(home, "rollback", "first")
        return "rollback"
    if kind == 2:
        nuages(home, "restart", "first")
        return "restart"
    nuages(home, "scale", "first", f"web={1 + number // 4 % 2}")
    return "scale"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--rate", type=int, default=240)
    options = parser.parse_args()
    port, stop = free_port(), Event()
    out: Queue[tuple[str, Tally]] = Queue()
    with tempfile.TemporaryDirectory(prefix="nb-src-") as name, platform(port) as home:
        work = Path(name)
        for app in ("first", "second"):
            nuages(home, "deploy", str(write_project(work / app)))
        clients = [
            Process(target=load, args=(port, f"{app}.localhost", options.rate, stop, out))
            for app in ("first", "second")
        ]
        for process in clients:
            process.start()
        for number in range(options.changes):
            began = time.perf_counter()
            what = change(home, work, number)
            print(f"{number + 1:3} {what:34}{time.perf_counter() - began:7.2f} s", flush=True)
        stop.set()
        tallies = [out.get(timeout=60) for _ in clients]
        for process in clients:
            process.join()
    failed = 0
    for host, tally in sorted(tallies, key=lambda pair: pair[0]):
        total = sum(count for kind, count in tally.answers.items() if kind != "seconds")
        rate = total / max(1, tally.answers["seconds"])
        kinds = ", ".join(f"{k} {v}" for k, v in sorted(tally.answers.items()) if k != "seconds")
        print(f"{host}: {total} requests, {rate:.0f}/s, {tally.answers['failed']} failed ({kinds})")
        print("".join(f"    {line}\n" for line in tally.failures), end="")
        failed += tally.answers["failed"]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
