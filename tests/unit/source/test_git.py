"""What git keeps: tracked files although ignored, and ignore files above the folder."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from nuages.source.directory import take_directory
from nuages.source.git import parse_index


def index(paths: Iterable[str], version: int = 2, *, extended: bool = False) -> bytes:
    """An index as git writes it, with these paths."""
    names = sorted(path.encode() for path in paths)
    body = struct.pack(">4sII", b"DIRC", version, len(names))
    former = b""
    for name in names:
        flags = struct.pack(">H", min(len(name), 0xFFF) | (0x4000 if extended else 0))
        entry = bytes(60) + flags + (bytes(2) if extended else b"")
        if version == 4:
            common = 0
            while common < min(len(former), len(name)) and former[common] == name[common]:
                common += 1
            entry += _varint(len(former) - common) + name[common:] + b"\0"
        else:
            entry += name
            entry += bytes(8 - len(entry) % 8)
        body += entry
        former = name
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _varint(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))


PATHS = {"a", "dist/app.js", "dist/deep/er/app.css", "x" * 300 + "/y", "z.py"}


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("extended", [False, True])
def test_an_index_tells_what_is_tracked(version: int, extended: bool) -> None:
    assert parse_index(index(PATHS, version, extended=extended)) == PATHS


@pytest.mark.parametrize(
    "content",
    [b"", b"DIRC", index(PATHS, 5), index(PATHS)[:-1], index(PATHS)[:40] + b"\0" * 20,
     index(PATHS).replace(b"dist", b"tsid")],
)  # fmt: skip
def test_an_odd_index_tells_nothing(content: bytes) -> None:
    assert parse_index(content) == frozenset()


def paths(folder: Path, store: Path) -> set[str]:
    return {file.path for file in take_directory(folder, store).files}


def test_tracked_files_are_taken_though_they_are_ignored(project, store) -> None:
    files = {".gitignore": "dist/\n*.log\n", "dist/app.js": "x", "dist/other.js": "x",
             "kept.log": "x", "lost.log": "x", "a.py": "x"}  # fmt: skip
    folder = project(files)
    (folder / ".git").mkdir()
    (folder / ".git/index").write_bytes(index([".gitignore", "dist/app.js", "kept.log"]))
    source = take_directory(folder, store)
    assert {file.path for file in source.files} == {".gitignore", "a.py", "dist/app.js", "kept.log"}
    left = {out.path: out.rule for out in source.left_out}
    assert left["dist/other.js"] == ".gitignore:1 dist/"


def test_ignore_files_above_the_folder_hold_up_to_the_repository(project, store) -> None:
    files = {
        ".gitignore": "secret.txt\n/back/build\n/build2\n",
        "back/secret.txt": "x",
        "back/build/a": "x",
        "back/build2/a": "x",
        "back/kept.txt": "x",
        "back/a.py": "x",
    }
    repository = project(files)
    folder = repository / "back"
    assert "secret.txt" in paths(folder, store)
    (repository / ".git").mkdir()
    assert paths(folder, store) == {"build2/a", "kept.txt", "a.py"}
    (repository / ".git/index").write_bytes(index(["back/secret.txt"]))
    assert "secret.txt" in paths(folder, store)


def test_a_repository_that_ignores_the_folder_has_no_say(project, store) -> None:
    repository = project({".gitignore": "*\n", "work/polls/a.py": "x"})
    (repository / ".git").mkdir()
    assert paths(repository / "work/polls", store) == {"a.py"}


def test_code_and_pages_are_taken_though_ignored_where_there_is_no_repository(
    project, store
) -> None:
    files = {
        ".gitignore": "static/\n*.log\nlocal_settings.py\n*.json\nvendor.js\n",
        "shop/static/a.css": "x",
        "shop/static/notes": "x",
        "vendor.js": "x",
        "webpack-stats.json": "{}",
        "client_secret.json": "{}",
        "local_settings.py": "x",
        "a.log": "x",
    }
    folder = project(files)
    taken = {".gitignore", "local_settings.py", "shop/static/a.css", "vendor.js",
             "webpack-stats.json"}  # fmt: skip
    assert paths(folder, store) == taken
    (folder / ".git").mkdir()
    assert paths(folder, store) == {".gitignore"}


def test_of_folders_that_sites_make_what_is_tracked_is_taken(project, store) -> None:
    files = {"manage.py": "x", "media/sample.png": "x", "media/own.png": "x",
             "staticfiles/admin/a": "x", "web/manage.py": "x", "web/media/a.png": "x"}  # fmt: skip
    folder = project(files)
    (folder / ".git").mkdir()
    (folder / ".git/index").write_bytes(index(["manage.py", "media/sample.png"]))
    source = take_directory(folder, store)
    taken = [file.path for file in source.files]
    assert taken == ["manage.py", "media/sample.png", "web/manage.py"]
    left = {out.path: out.rule for out in source.left_out if out.path != ".git"}
    assert left == {
        "media/own.png": "uploads", "staticfiles": "collected static files", "web/media": "uploads"
    }  # fmt: skip


COMMIT = "47b24bf6f5e5e4d7d0d4d2f8f4c4a5d6e7f80912"


@pytest.mark.parametrize(
    "records",
    [
        {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": f"{COMMIT}\n"},
        {"HEAD": "ref: refs/heads/a/b\n", "packed-refs": f"# pack-refs\n{COMMIT} refs/heads/a/b\n"},
        {"HEAD": f"{COMMIT}\n"},
    ],
)
def test_the_commit_is_what_the_repository_has_checked_out(project, store, records) -> None:
    folder = project({"web/a.py": "x"} | {f".git/{path}": text for path, text in records.items()})
    assert take_directory(folder, store).commit == COMMIT
    assert take_directory(folder / "web", store).commit == COMMIT


@pytest.mark.parametrize(
    "records",
    [
        {},
        {"HEAD": "ref: refs/heads/unborn\n"},
        {"HEAD": "ref: refs/../../outside\n"},
        {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": "nonsense\n"},
        {"HEAD": f"{COMMIT}{COMMIT}\n"},
    ],
)
def test_odd_records_tell_no_commit(project, store, records) -> None:
    files = {"a.py": "x", "outside": COMMIT} | {f".git/{at}": text for at, text in records.items()}
    assert take_directory(project(files), store).commit == ""


def test_records_are_not_looked_for_behind_a_link(project, store, tmp_path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/HEAD").write_text(COMMIT)
    folder = project({"a.py": "x"})
    (folder / ".git").symlink_to(tmp_path / "elsewhere")
    assert take_directory(folder, store).commit == ""
