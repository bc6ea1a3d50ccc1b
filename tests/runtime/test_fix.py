"""A new project of each Django is mended: it then passes `check --strict`, and still runs."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from nuages.pipeline.check import check_project
from nuages.pipeline.fix import FixRequest, apply_fix, plan_fix
from tests.runtime.environments import UV, Environment, Environments

LONGEST = 60


@pytest.fixture(params=["4.2-plain", "5.2-plain", "newest-plain"])
def environment(request: pytest.FixtureRequest, environments: Environments) -> Environment:
    """An environment with nothing but a Django."""
    return environments.get(request.param)


def test_a_new_project_is_fit_once_it_is_mended(environment: Environment, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    made = environment.run("-m", "django", "startproject", "shop", ".", cwd=folder, env={})
    assert made.returncode == 0, made.stderr

    plan = plan_fix(FixRequest(folder, strict=True), tmp_path / "scratch")
    apply_fix(folder, plan.changes)

    assert not check_project(folder, None, True, tmp_path / "again").has_errors
    assert plan_fix(FixRequest(folder, strict=True), tmp_path / "third").changes == ()
    argv = [UV, "pip", "install", "-q", "-p", str(environment.python), "-r", "requirements.txt"]
    subprocess.run(argv, cwd=folder, check=True)
    migrated = environment.run("manage.py", "migrate", cwd=folder, env={})
    assert migrated.returncode == 0, migrated.stderr
    assert (folder / "db.sqlite3").exists()
    checked = environment.run("manage.py", "check", cwd=folder, env={})
    assert "no issues" in checked.stdout
    page = _page_of_runserver(environment, folder)
    assert "csrfmiddlewaretoken" in page


def _page_of_runserver(environment: Environment, folder: Path) -> str:
    """The login page of a server as a developer starts it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    argv = [environment.python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL) as server:
        try:
            return _page(port, server)
        finally:
            server.terminate()


def _page(port: int, server: subprocess.Popen[bytes]) -> str:
    limit = time.monotonic() + LONGEST
    while True:
        address = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            with contextlib.closing(address) as connection:
                connection.request("GET", "/admin/login/")
                answer = connection.getresponse()
                page = answer.read().decode()
        except ConnectionError:
            assert server.poll() is None, "runserver has ended"
            assert time.monotonic() < limit
            time.sleep(0.05)
        else:
            assert answer.status == 200, re.sub(r"<[^>]+>", " ", page)
            return page
