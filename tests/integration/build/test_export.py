"""What `nuages export` writes is built and run by a real engine."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dockerd import Docker
from tests.integration.build.bases import build, import_base

EXAMPLES = Path(__file__).parents[3] / "examples"
IMAGE = "polls:latest"


@pytest.fixture(scope="module")
def base(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The base of all images here."""
    return import_base(docker, tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def project(docker: Docker, base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of an example with a Dockerfile, of which there is an image."""
    folder = tmp_path_factory.mktemp("project") / "polls"
    shutil.copytree(EXAMPLES / "polls", folder)
    export("dockerfile", folder)
    build(docker, folder, IMAGE, "--build-arg", f"BASE={base}")
    return folder


def export(what: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "nuages.cli.main", "export", what, str(folder)],
        check=True,
        capture_output=True,
        timeout=60,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(docker: Docker, volume: str, *options: str) -> Iterator[str]:
    """The address of a container of the image, after its release."""
    port = free_port()
    given = ("--network=host", "-v", f"{volume}:/data", "-e", f"PORT={port}", *options)
    release = ("python", "-m", "nuages_runtime.container", "release")
    docker.run("run", "--rm", *given, IMAGE, *release)
    container = docker.run("run", "--detach", *given, IMAGE).strip()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        docker.run("rm", "--force", container)


def ask(address: str, opener: urllib.request.OpenerDirector | None = None, **form: str) -> str:
    """The page at an address, once anybody answers."""
    data = urllib.parse.urlencode(form).encode() if form else None
    deadline = time.monotonic() + 60
    while True:
        try:
            with (opener or urllib.request.build_opener()).open(address, data, timeout=20) as got:
                text: str = got.read().decode()
                return text
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # until it listens


def await_text(address: str, text: str) -> None:
    """Until a page has the text, which a server looks for at times."""
    deadline = time.monotonic() + 30
    while text not in ask(address):
        assert time.monotonic() < deadline, f"{text} is not there"
        time.sleep(0.2)  # until it has looked again


def test_the_image_is_run_as_the_one_that_build_makes(docker: Docker, project: Path) -> None:
    described = json.loads(docker.run("image", "inspect", IMAGE))[0]["Config"]
    assert described["Entrypoint"] is None
    assert described["Cmd"] == ["/venv/bin/python", "-m", "nuages_runtime.container", "web"]
    assert described["User"] == "1000:1000"
    assert "/data" in described["Volumes"]
    assert "8080/tcp" in described["ExposedPorts"]
    assert described["Healthcheck"]["Test"][-1] == "health"
    listed = docker.run("run", "--rm", "--network=none", IMAGE, "ls", "-A", "/app", "/data")
    assert ".nuages" not in listed
    assert "Dockerfile" not in listed
    assert ".secret_key" not in listed


def test_page_static_file_and_admin(docker: Docker, project: Path) -> None:
    with running(docker, "pages") as address:
        page = ask(f"{address}/polls/")
        assert "No polls are available." in page
        style = re.search(r'href="(/static/[^"]*style[^"]*\.css)"', page)
        assert style
        assert "." in style[1].removesuffix(".css").rpartition("style")[2], "with a digest"
        assert "color: green" in ask(address + style[1])
        container = docker.run("ps", "--quiet", "--latest").strip()
        assert "healthy" in docker.run(
            "exec", container, "python", "-m", "nuages_runtime.container", "health"
        )
        make = (
            "from django.contrib.auth.models import User; "
            "User.objects.create_superuser('root', '', 'polls-polls')"
        )
        docker.run("exec", container, "python", "manage.py", "shell", "-c", make)
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        login = ask(f"{address}/admin/login/", opener)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login)
        assert token
        opener.addheaders.append(("Referer", f"{address}/admin/login/"))
        inside = ask(
            f"{address}/admin/login/?next=/admin/",
            opener,
            csrfmiddlewaretoken=token[1],
            username="root",
            password="polls-polls",
        )
        assert "Site administration" in inside


def test_a_changed_line_is_copied_and_collected_and_nothing_else(
    docker: Docker, project: Path, base: str
) -> None:
    views = project / "polls" / "views.py"
    written = views.read_text()
    views.write_text(f"{written}\n# One line more.\n")
    printed = build(docker, project, "polls:next", "--build-arg", f"BASE={base}")
    views.write_text(written)
    steps = dict(re.findall(r"^(#\d+) (\[[^]]+\] .+)$", printed, re.MULTILINE))
    cached = set(re.findall(r"^(#\d+) CACHED", printed, re.MULTILINE))
    done = [text for number, text in steps.items() if number not in cached]
    again = [text for text in done if "] COPY" in text or "] RUN" in text]
    assert len(again) == 2, printed
    assert "COPY --chown" in again[0]
    assert again[1].endswith("prepare app")


def test_services_of_a_laptop(docker: Docker, project: Path) -> None:
    export("compose", project)
    file, port = project / "docker-compose.yml", free_port()
    file.write_text(file.read_text().replace("8000:8000", f"{port}:8000"))
    environment = {**docker.environment(), "COMPOSE_PROJECT_NAME": "laptop"}

    def compose(*arguments: str) -> str:
        done = subprocess.run(
            ["docker-compose", *arguments],
            cwd=project,
            env={**environment, "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    try:
        compose("up", "--detach", "--no-build")
        address = f"http://127.0.0.1:{port}"
        assert "No polls are available." in ask(f"{address}/polls/")
        assert "color: green" in ask(f"{address}/static/polls/style.css")
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(f"{address}/nothing/")
        assert "DEBUG = True" in caught.value.read().decode()
        template = next(project.rglob("polls/index.html"))
        template.write_text(template.read_text() + "<p>changed here</p>")
        await_text(f"{address}/polls/", "changed here")
        assert "Applying polls.0001_initial" in compose("logs", "release")
    finally:
        compose("down", "--volumes")


def test_a_dockerfile_of_the_projects_own(docker: Docker, base: str, tmp_path: Path) -> None:
    project, archive = tmp_path / "shop", tmp_path / "shop.tar"
    shutil.copytree(EXAMPLES / "polls", project)
    (project / "deploy.toml").write_text("[build]\ndockerfile = true\n")
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(f'FROM {base}\nCOPY manage.py /code/\nENTRYPOINT ["python3"]\n')

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "nuages.cli.main", *arguments],
            env={**docker.environment(), "NUAGES_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    said = run("build", str(project), "-o", str(archive), "--tag", "shop:1")
    assert "ENTRYPOINT (python3)" in said
    assert "$PORT" in said
    described = json.loads(docker.run("image", "inspect", "shop:1"))[0]
    assert described["Id"] in said
    docker.run("rmi", "--force", "shop:1")
    assert "shop:1" in docker.run("load", "-i", str(archive))
    assert "build.E099" in run("build", str(project), "-o", str(tmp_path / "layout"), code=2)
    dockerfile.write_text(f"FROM {base}\nRUN echo it is here && exit 3\n")
    failed = run("build", str(project), code=3)
    assert "build.E097" in failed
    assert "it is here" in failed
    assert "build.E098" in run("check", str(project), "--build", code=3)
