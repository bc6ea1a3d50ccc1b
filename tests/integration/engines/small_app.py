"""An image with a tiny web program instead of Django, so that engine tests depend on no other
stage: a server on descriptor 3 that reports ready on 4 and honours the gate on 5."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nuages_runtime
from nuages.core.app import EnvironmentName
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, Placed, ProbeReport
from nuages.core.process import Kind, Limits, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret

SERVER = r"""
import json, os, signal, socket, sys, threading, time
os.write(1, b"server starts\n")
version = os.environ.get("NUAGES_RELEASE", "")
if os.environ.get("BROKEN") == "import":
    raise RuntimeError("this project is broken")
gate = os.read(5, 1)
if gate != b"g":
    sys.exit(3)
if os.environ.get("BROKEN") == "ready":
    os.write(4, b"failed OperationalError: no such table: polls\n")
    sys.exit(1)
listener = socket.socket(fileno=3)
listener.settimeout(0.05)
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
hog = []

def look():
    status = open("/proc/self/status").read()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {
        "pid": os.getpid(), "uid": os.getuid(), "version": version,
        "caps": fields["CapEff"].strip(), "bounding": fields["CapBnd"].strip(),
        "inheritable": fields["CapInh"].strip(), "privs": fields["NoNewPrivs"].strip(),
        "groups": os.getgroups(), "env": sorted(os.environ), "cwd": os.getcwd(),
        "hosts": open("/etc/hosts").read(), "secret": os.environ.get("CANARY"),
    }

def attempt(path):
    try:
        with open(path, "w") as stream:
            stream.write("x")
        return "written"
    except OSError as error:
        return error.strerror

def reach(place):
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 2).close()
        return "reached"
    except OSError as error:
        return "not reached: %s" % error

def answer(path):
    name, _, rest = path.lstrip("/").partition("?")
    if name == "look": return 200, json.dumps(look())
    if name == "write": return 200, attempt(rest)
    if name == "exists": return 200, str(os.path.exists(rest))
    if name == "reach": return 200, reach(rest)
    if name == "sleep": time.sleep(float(rest)); return 200, "slept " + version
    if name == "print": print(rest, flush=True); return 200, "printed"
    if name == "die": os._exit(9)
    if name == "count":
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.sendto(rest.encode(), ("127.0.0.1", 9125))
        return 200, "counted"
    if name == "eat":
        for _ in range(64): hog.append(bytearray(os.urandom(1024)) * 16384)
        return 200, "ate"
    if os.environ.get("BROKEN") == "answer": return 500, "broken"
    return 200, "hello from " + version

def serve(connection):
    with connection:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part: return
            data += part
        status, body = answer(data.split()[1].decode())
        body = body.encode()
        head = "HTTP/1.1 %d X\r\nContent-Length: %d\r\n" % (status, len(body))
        head += "Connection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

os.write(4, b"ready\n")
threads = []
while not stopping.is_set():
    try:
        connection, _ = listener.accept()
    except (BlockingIOError, socket.timeout):
        continue
    connection.settimeout(None)
    thread = threading.Thread(target=serve, args=(connection,))
    thread.start()
    threads.append(thread)
for thread in threads:
    thread.join()
print("server ends", flush=True)
"""
WORKER = r"""
import os, socket, sys, time
print("worker", os.environ.get("NUAGES_RELEASE"), flush=True)
if os.environ.get("COUNTS"):
    counter = socket.create_connection(("127.0.0.1", 9125))
    counter.sendall(b"worker.starts:1|c\n")
if os.environ.get("BROKEN") == "worker":
    sys.exit("no broker")
while True:
    time.sleep(60)
"""


def make_image(folder: Path) -> Image:
    """An image below `folder`, with an environment of this interpreter without packages."""
    app, venv, runtime, static = (folder / n for n in ("app", "venv", "runtime", "static"))
    app.mkdir(parents=True)
    app.chmod(0o777)
    (app / "server.py").write_text(SERVER)
    (app / "worker.py").write_text(WORKER)
    (app / "inner").mkdir()
    (app / "inner").chmod(0o777)
    static.mkdir()
    (static / "style.css").write_text("body {}")
    base = Path(sys.base_prefix)
    python = base / "bin" / "python3"
    if os.geteuid() != 0 or not python.exists():
        base, python = Path("/usr"), Path("/usr/bin/python3")
    subprocess.run([python, "-m", "venv", "--without-pip", venv], check=True)
    shutil.copytree(
        Path(nuages_runtime.__file__).parent,
        runtime / "nuages_runtime",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return Image(
        digest="sha256:" + "0" * 64,
        app=app,
        venv=venv,
        runtime=runtime,
        static=static,
        static_digest="0" * 64,
        python=None if base.is_relative_to("/usr") else Placed(base, base),
        python_version="3.11.7",
        project=".",
        report=ProbeReport("5.2", "3.11.7", "mysite.settings", static_url="/static/"),
        blueprint=Blueprint("mysite.settings", "wsgi", "", ()),
        source_digest="sha256:" + "1" * 64,
    )


def make_release(image: Image, version: int = 1, name: str = "polls", **env: str) -> Release:
    """v`version` of an app with one web instance and no worker."""
    variables = {"PATH": "/venv/bin:/usr/bin:/bin", "NUAGES_RELEASE": f"v{version}", **env}
    return Release(
        environment=EnvironmentName.parse(name),
        version=version,
        image=image,
        env={key: Secret(value) for key, value in variables.items()},
        processes=(
            ProcessSpec("web", ("/venv/bin/python", "/app/server.py"), Kind.WEB, 1),
            ProcessSpec("worker", ("/venv/bin/python", "/app/worker.py"), Kind.WORKER, 1),
        ),
        hosts=(f"{name}.localhost",),
        limits=Limits(memory=256 * 1024 * 1024),
        health_timeout=20.0,
        peers=("shop", "polls"),
    )


def log_of(home: Home, name: str, log: str = "web.1.log") -> str:
    """What an instance has printed."""
    return (home.logs / name / log).read_text(errors="replace")
