"""How long a redeployment takes after a one-line change, against the app's own cold start.

    python bench/redeploy.py [--rounds N] [--apps polls,wagtail]

Starts a platform of its own on a free loopback port, deploys the polls example and a site made
by `wagtail start`, and then, round by round: starts the app's server by itself (gunicorn to the
first 200, on the same bytecode, packages and interpreter), changes one line of a view, deploys,
and waits for the new page through the proxy; then the same with a migration added. Prints the
medians, the ratio of the platform's own seconds to the cold start, and the steps' shares.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NUAGES = [sys.executable, "-m", "nuages.cli.main"]


@dataclass(frozen=True)
class Subject:
    """A project to measure: where it is, which page to ask, and how to change it."""

    name: str
    folder: Path
    page: str
    settings: str
    application: str
    view: Path
    migrations: Path
    migration: str


@dataclass
class Round:
    """What one deployment took, in seconds, and the cold start measured beside it."""

    cold: float
    platform: float
    command: float
    page: float
    steps: dict[str, float] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nuages(home: Path, *words: str) -> str:
    env = {**os.environ, "NUAGES_HOME": str(home), "NUAGES_HTTP_ADDRESS": "127.0.0.1"}
    done = subprocess.run([*NUAGES, *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"nuages {' '.join(words)} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def platform(port: int) -> Iterator[Path]:
    """A platform of our own, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="nb-"))
    nuages(home, "up", "--detach", "--http-port", str(port))
    try:
        yield home
    finally:
        nuages(home, "down", "--apps")
        shutil.rmtree(home, ignore_errors=True)


def polls(folder: Path) -> Subject:
    shutil.copytree(ROOT / "examples" / "polls", folder)
    migration = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("polls", "{former}")]\n'
        '    operations = [migrations.AddField("question", "note{number}",'
        ' models.CharField(default="", max_length=9))]\n'
    )
    return Subject(
        "polls", folder, "/polls/", "mysite.settings", "mysite.wsgi",
        folder / "polls" / "views.py", folder / "polls" / "migrations", migration,
    )  # fmt: skip


def wagtail(folder: Path) -> Subject:
    made = tempfile.mkdtemp(prefix="nb-wagtail-")
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", f"{made}/venv"], check=True)
    python = f"{made}/venv/bin/python"
    subprocess.run([*uv, "pip", "install", "-q", "--python", python, "wagtail"], check=True)
    folder.mkdir()
    subprocess.run([f"{made}/venv/bin/wagtail", "start", "site1", str(folder)], check=True)
    shutil.rmtree(made)
    migration = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("home", "{former}")]\n'
        '    operations = [migrations.AddField("homepage", "note{number}",'
        ' models.CharField(default="", max_length=9))]\n'
    )
    return Subject(
        "wagtail", folder, "/search/", "site1.settings.production", "site1.wsgi",
        folder / "search" / "views.py", folder / "home" / "migrations", migration,
    )  # fmt: skip


def cold_start(home: Path, subject: Subject) -> float:
    """Seconds from spawning gunicorn to the first 200, from the deployed image's own trees."""
    info = json.loads(nuages(home, "info", subject.name, "--json"))
    manifest = home / "images" / str(info["image"]).removeprefix("sha256:")
    image = json.loads((manifest / "image.json").read_text())
    python = home / "environments" / image["environment"] / "venv" / "bin" / "python"
    with tempfile.TemporaryDirectory(prefix="nb-cold-") as folder:
        path = f"{folder}/web.sock"
        database = f"{folder}/db.sqlite3"
        shutil.copyfile(home / "volumes" / subject.name / "db.sqlite3", database)
        app, static = Path(folder, "app"), home / "proxy" / "static" / image["static"]
        shutil.copytree(manifest / "app", app, copy_function=os.link)
        root = Path(image["report"]["static_root"])
        if root.is_relative_to("/app"):
            (app / root.relative_to("/app")).symlink_to(static)
        env = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": subject.settings,
            "DATABASE_URL": f"sqlite:///{database}",
            "SECRET_KEY": "cold" * 13,
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUAGES_OVERLAY": json.dumps(
                {"enabled": True, "hosts": ["localhost"], "phase": "run", "scheme": "http",
                 "settings": subject.settings, "static_root": str(static),
                 "project": str(app), "keep": [], "origins": [], "debug": False,
                 "reads": []}
            ),
            "PYTHONPATH": f"{app}:{home / 'runtimes' / image['runtime']}",
        }  # fmt: skip
        argv = [
            str(python), "-m", "gunicorn", subject.application, "--bind", f"unix:{path}",
            "--workers", "2", "--worker-class", "gthread", "--threads", "4",
            "--chdir", str(app), "--no-control-socket",
        ]  # fmt: skip
        began = time.perf_counter()
        server = subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL)
        try:
            while ask_socket(path, subject.page) != 200:
                if server.poll() is not None:
                    sys.exit(f"gunicorn ended with {server.returncode}: {' '.join(argv)}")
                if time.perf_counter() - began > 30:
                    sys.exit("gunicorn did not answer with 200 within 30 s")
                time.sleep(0.001)  # what is measured: when the first 200 can be had
            return time.perf_counter() - began
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def ask_socket(path: str, page: str) -> int:
    """The status of one request over a unix socket; 0 where nobody answers."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
            client.sendall(f"GET {page} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            head = client.recv(64)
        except OSError:
            return 0
    return int(head.split()[1]) if head.startswith(b"HTTP/") else 0


def ask(port: int, host: str, page: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", page, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().read().decode(errors="replace")
    finally:
        connection.close()


def redeploy(home: Path, port: int, subject: Subject, number: int, migrate: bool) -> Round:
    cold = cold_start(home, subject)
    change_view(subject, number)
    if migrate:
        add_migration(subject, number)
    began = time.perf_counter()
    deployed = json.loads(nuages(home, "deploy", str(subject.folder), "--json"))
    command = time.perf_counter() - began
    release = f"round-{number}"
    while release not in ask(port, f"{subject.name}.localhost", "/round/"):
        if time.perf_counter() - began > 60:
            sys.exit("the new page did not appear within 60 s")
    page = time.perf_counter() - began
    return Round(cold, deployed["seconds"], command, page, steps_of(home, subject))


def change_view(subject: Subject, number: int) -> None:
    """One line of the view module: the text of a page that says which round it is."""
    lines = [
        line for line in subject.view.read_text().splitlines() if not line.startswith("ROUND =")
    ]
    subject.view.write_text("\n".join([*lines, f'ROUND = "round-{number}"']) + "\n")


def add_round_page(subject: Subject) -> None:
    """Give the project a page that shows the line which the rounds change."""
    module = f"{subject.view.parent.name}.views"
    urls = subject.folder / subject.settings.split(".")[0] / "urls.py"
    urls.write_text(
        f"from django.http import HttpResponse as _Page\nimport {module} as _views\n"
        f"from django.urls import path as _path\n{urls.read_text()}\n"
        'urlpatterns = [_path("round/", lambda request: _Page(_views.ROUND)), *urlpatterns]\n'
    )


def add_migration(subject: Subject, number: int) -> None:
    former = sorted(p.stem for p in subject.migrations.glob("0*.py"))[-1]
    text = subject.migration.replace("{former}", former).replace("{number}", str(number))
    following = int(former[:4]) + 1
    (subject.migrations / f"{following:04d}_note{number}.py").write_text(text)


def steps_of(home: Path, subject: Subject) -> dict[str, float]:
    events = json.loads(nuages(home, "events", subject.name, "--json"))
    steps: dict[str, float] = {}
    for event in reversed(events):
        if event["kind"] == "step.done" and event["step"] not in ("drain", "clean"):
            steps.setdefault(event["step"], event["seconds"])
    return steps


def show(name: str, rounds: list[Round]) -> None:
    def median(values: list[float]) -> float:
        return statistics.median(values)

    cold = median([r.cold for r in rounds])
    own = median([r.platform for r in rounds])
    ratio = median([r.platform / r.cold for r in rounds])
    command, page = median([r.command for r in rounds]), median([r.page for r in rounds])
    print(f"{name:26}{cold:8.3f}{own:10.3f}{ratio:8.2f}{command:10.3f}{page:10.3f}")
    names = list(rounds[0].steps)
    shares = {n: median([r.steps.get(n, 0.0) for r in rounds]) for n in names}
    print("    " + " · ".join(f"{n} {s:.3f}" for n, s in shares.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--apps", default="polls,wagtail")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nb-src-") as work, platform(port) as home:
        print(f"{'medians, seconds':26}{'cold':>8}{'platform':>10}{'ratio':>8}", end="")
        print(f"{'command':>10}{'page':>10}")
        for name in options.apps.split(","):
            subject = {"polls": polls, "wagtail": wagtail}[name](Path(work) / name)
            add_round_page(subject)
            change_view(subject, 0)
            nuages(home, "deploy", str(subject.folder))
            plain = [redeploy(home, port, subject, n + 1, False) for n in range(options.rounds)]
            show(f"{name}, a view", plain)
            moved = [redeploy(home, port, subject, n + 100, True) for n in range(options.rounds)]
            show(f"{name}, and a migration", moved)


if __name__ == "__main__":
    main()
