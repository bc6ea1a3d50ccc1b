"""`check --build` builds and starts a project with no platform, and leaves nothing running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_changes import FILES
from tools.own_platform import processes_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small project that works."""
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


def check(folder: Path, cache: Path, *more: str, code: int = 0) -> dict[str, Any]:
    argv = [sys.executable, "-m", "nuages.cli.main", "check", str(folder), "--build", "--json"]
    done = subprocess.run(
        [*argv, *more],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert not processes_of(cache / "nuages/check")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def codes(document: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in document["findings"]}


def test_django_is_asked_and_the_app_started(folder: Path, short_tmp: Path) -> None:
    found = codes(check(folder, short_tmp))

    # It has no middleware for security.
    assert "django.security.W001" in found
    assert not any(code.startswith("inspect.E") for code in found)


def test_what_would_end_a_deployment_is_a_finding(folder: Path, short_tmp: Path) -> None:
    settings = folder / "mysite/settings.py"
    settings.write_text(settings.read_text() + "import os\nPAYMENT = os.environ['PAYMENT_KEY']\n")

    needed = check(folder, short_tmp, code=3)
    assert {"inspect.W122", "inspect.E031"} <= codes(needed)

    urls = folder / "mysite/urls.py"
    urls.write_text(urls.read_text() + "raise RuntimeError('broken on purpose')\n")
    broken = check(folder, short_tmp, "--set", "PAYMENT_KEY=canary", code=3)
    (error,) = [each for each in broken["findings"] if each["severity"] == "error"]
    assert "broken on purpose" in error["message"]
    assert "canary" not in json.dumps(broken)
