"""fix: the command line's part of mending a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Nuages
from tests.unit.cli.test_project import MANAGE

SETTINGS = "DEBUG = True\nSECRET_KEY = 'x'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with settings that can be mended."""
    folder = tmp_path / "polls"
    (folder / "site1").mkdir(parents=True)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "requirements.txt").write_text("Django==5.2\n")
    (folder / "site1/__init__.py").write_text("")
    (folder / "site1/settings.py").write_text(SETTINGS)
    return folder


def test_a_dry_run_shows_the_diff_and_writes_nothing(nuages: Nuages, project: Path) -> None:
    ended = nuages("fix", str(project), "--dry-run")

    assert ended.code == 0
    assert "--- a/site1/settings.py\n+++ b/site1/settings.py\n" in ended.out
    assert "-DEBUG = True" in ended.out
    assert "would be changed" in ended.err
    assert (project / "site1/settings.py").read_text() == SETTINGS


def test_files_are_changed_and_the_diff_is_shown(nuages: Nuages, project: Path) -> None:
    ended = nuages("fix", str(project))

    assert "-DEBUG = True" in ended.out
    assert "pip install -r requirements.txt" in ended.err
    assert "DEBUG = True" not in (project / "site1/settings.py").read_text()
    assert nuages("fix", str(project)).out == ""


def test_a_code_may_be_written_short(nuages: Nuages, project: Path) -> None:
    nuages("fix", str(project), "w011")

    assert "SECRET_KEY = 'x'" in (project / "site1/settings.py").read_text()
    assert "DEBUG = os." in (project / "site1/settings.py").read_text()


def test_a_code_alone_means_this_folder(nuages: Nuages, project: Path, monkeypatch) -> None:
    monkeypatch.chdir(project)

    assert "-DEBUG = True" in nuages("fix", "inspect.W011", "--dry-run").out


def test_an_unknown_code_is_an_error(nuages: Nuages, project: Path) -> None:
    ended = nuages("fix", str(project), "W999")

    assert ended.code == 4
    assert "No finding has the code 'W999'" in ended.err


def test_json_is_one_document(nuages: Nuages, project: Path) -> None:
    document = nuages("fix", str(project), "--dry-run", "--json").json

    assert document["status"] == "planned"
    assert {change["file"] for change in document["changes"]} == {
        "site1/settings.py",
        "site1/wsgi.py",
        "requirements.txt",
    }
    assert document["mended"][0]["edits"]


def test_check_says_what_fix_would_mend(nuages: Nuages, project: Path) -> None:
    ended = nuages("check", str(project))

    assert "  Mended by: nuages fix\n" in ended.out
    findings = nuages("check", str(project), "--json").json["findings"]
    assert any(finding["edits"] for finding in findings)
