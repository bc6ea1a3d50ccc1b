"""A folder is mended: its own files, whole, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.inspect.edits.changes import Change, change_files
from nuages.pipeline.check import check_project
from nuages.pipeline.fix import FixPlan, FixRequest, apply_fix, changed_already, plan_fix
from nuages.system.command import LocalRunner
from tests.conftest import as_nobody
from tests.unit.inspect.projects import plain

UNFIT = (
    "import os\nSECRET_KEY = 'x'\nDEBUG = True\nALLOWED_HOSTS = []\nROOT_URLCONF = 'mysite.urls'\n"
    "STATIC_URL = '/static/'\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with settings that are not fit for the public."""
    top = tmp_path / "project"
    files = plain({"mysite/settings.py": UNFIT, "requirements.txt": "Django==5.2.1\n"})
    for path, content in files.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return top


def planned(folder: Path, *codes: str) -> FixPlan:
    scratch = folder.parent / f"scratch{len(list(folder.parent.iterdir()))}"
    return plan_fix(FixRequest(folder, strict=True, codes=codes), scratch)


def test_what_is_mended_is_found_no_more(folder: Path) -> None:
    plan = planned(folder)
    apply_fix(folder, plan.changes)

    checked = check_project(folder, None, True, folder.parent / "again")

    assert not checked.has_errors
    assert planned(folder).changes == ()


def test_planning_writes_nothing(folder: Path) -> None:
    planned(folder)

    assert (folder / "mysite/settings.py").read_text() == UNFIT


def test_only_the_wanted_codes_are_mended(folder: Path) -> None:
    plan = planned(folder, "inspect.W011")

    assert [change.file for change in plan.changes] == ["mysite/settings.py"]
    assert b"SECRET_KEY = 'x'" in plan.changes[0].after


def test_a_file_keeps_its_mode(folder: Path) -> None:
    place = folder / "mysite/settings.py"
    place.chmod(0o751)

    apply_fix(folder, planned(folder).changes)

    assert place.stat().st_mode & 0o777 == 0o751


def test_a_folder_behind_a_link_is_left_alone(folder: Path, tmp_path: Path) -> None:
    plan = planned(folder)
    (folder / "mysite").rename(tmp_path / "elsewhere")
    (folder / "mysite").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NuagesError, match="mysite is a symbolic link") as caught:
        apply_fix(folder, plan.changes)
    assert caught.value.code.code == "pipeline.E031"
    assert (tmp_path / "elsewhere/settings.py").read_text() == UNFIT


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    plan = planned(folder)
    (folder / "mysite/settings.py").write_text("DEBUG = 1\n")

    with pytest.raises(NuagesError, match="changed meanwhile"):
        apply_fix(folder, plan.changes)
    assert (folder / "mysite/settings.py").read_text() == "DEBUG = 1\n"


def test_nothing_outside_of_the_folder_is_touched(folder: Path) -> None:
    with pytest.raises(NuagesError, match="outside"):
        apply_fix(folder, [Change("../other.py", None, b"x")])
    assert not (folder.parent / "other.py").exists()


def test_a_folder_that_cannot_be_written_is_an_error(folder: Path, short_tmp: Path) -> None:
    plan = planned(folder)
    closed = shutil.copytree(folder, short_tmp / "project")
    (closed / "mysite").chmod(0o555)
    short_tmp.chmod(0o755)

    with as_nobody(), pytest.raises(NuagesError, match="ermission") as caught:
        apply_fix(closed, plan.changes)
    assert str(closed / "mysite") in str(caught.value)
    assert (closed / "mysite/settings.py").read_text() == UNFIT


def test_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")

    with pytest.raises(NuagesError) as caught:
        plan_fix(FixRequest(tmp_path / "a.zip"), tmp_path / "scratch")
    assert caught.value.code.code == "pipeline.E030"


def test_changes_that_are_not_committed_are_known(folder: Path) -> None:
    plan = planned(folder)
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", *author, "commit", "-qm", "x"], cwd=folder, check=True)

    assert changed_already(folder, plan.changes, LocalRunner()) == []
    (folder / "requirements.txt").write_text("Django==5.2.2\n")
    assert changed_already(folder, plan.changes, LocalRunner()) == ["requirements.txt"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\n", b"a\nx\n"),
        (b"a", b"a\nx\n"),
        (b"a\r\nb", b"a\r\nb\r\nx\r\n"),
        (b"", b"x\n"),
        ("a\r\n".encode("utf-16"), "a\r\nx\r\n".encode("utf-16")),
    ],
)
def test_a_line_is_added_as_the_file_has_its_lines(before: bytes, after: bytes) -> None:
    from nuages.core.finding import Edit, EditKind

    edit = Edit(EditKind.REQUIREMENT, "requirements.txt", "x")

    changes, refused = change_files([edit, edit], lambda _: before)

    assert [change.after for change in changes] == [after]
    assert refused == []
