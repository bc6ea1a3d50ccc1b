"""Files that are ignored and yet belong to the project, where git's index is not there to tell."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nuages.core.source import Source
from nuages.source.archive import take_archive
from nuages.source.directory import take_directory
from nuages.source.exported import is_kept

IGNORES = "dist/\n*.log\n*.mo\nsettings.py\nsecrets.json\n"
TRACKED = {
    "conf/settings.py": "DEBUG = False",
    "locale/de/LC_MESSAGES/django.mo": "x",
    "static/vendor/dist/chart.js": "x",
}
OTHER = {"debug.log": "x", "secrets.json": "{}", "static/vendor/dist/notes.txt": "x"}
FILES = {".gitignore": IGNORES, "manage.py": "", **TRACKED, **OTHER}


def paths(source: Source) -> set[str]:
    return {file.path for file in source.files}


def test_what_a_site_is_made_of_is_taken_from_an_export(project, store) -> None:
    source = take_directory(project(FILES), store)

    assert paths(source) == {".gitignore", "manage.py", *TRACKED}
    left = {out.path: out.rule for out in source.left_out}
    assert left == {
        "debug.log": ".gitignore:2 *.log",
        "secrets.json": ".gitignore:5 secrets.json",
        "static/vendor/dist/notes.txt": ".gitignore:1 dist/",
    }


@pytest.mark.parametrize(
    "sign",
    ["conf/__pycache__/settings.cpython-312.pyc", "manage.pyc", "node_modules/a/index.js",
     "env/pyvenv.cfg", "venv/bin/python", ".mypy_cache/x", ".DS_Store"],
)  # fmt: skip
def test_where_somebody_has_worked_ignore_files_hold(sign: str, project, store) -> None:
    source = take_directory(project({**FILES, sign: "x"}), store)

    assert paths(source) == {".gitignore", "manage.py"}


def test_a_committed_database_and_env_file_are_no_signs_of_work(project, store) -> None:
    source = take_directory(project({**FILES, "db.sqlite3": "x", ".env": "A=1"}), store)

    assert paths(source) >= set(TRACKED)


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({}, True),
        ({".env": "A=1"}, True),
        ({"__pycache__/a.pyc": "x"}, False),
        ({".git/x": ""}, False),
    ],
)
def test_a_zip_is_judged_as_its_folder(
    more: dict[str, str], taken: bool, tmp_path: Path, store
) -> None:
    place = tmp_path / "site-main.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for path, content in {**FILES, **more}.items():
            archive.writestr(f"site-main/{path}", content)

    kept = paths(take_archive(place, store)) & set(TRACKED)

    assert kept == (set(TRACKED) if taken else set())


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("shop/settings.py", True),
        ("agenda/templates/agenda/schedule.xml", True),
        ("shop/templates/mail/welcome.txt", True),
        ("data/export.xml", False),
        ("shop/templates/debug.log", False),
        ("conf/secrets.json", False),
        ("shop/templates/token.json", False),
    ],
)
def test_pages_and_code_are_kept_and_what_is_left_behind_is_not(path: str, kept: bool) -> None:
    assert is_kept(path) == kept
