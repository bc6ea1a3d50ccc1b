"""Ignore files are read as git and Docker read them; git itself is the judge."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nuages.source.directory import take_directory
from nuages.source.ignore import parse_dockerignore, parse_gitignore

FILES = ["a", "b.log", "d/a", "d/b.log", "d/e/a", "d/e/keep.log", "x y/a", "[z]"]


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("*.log", "d/b.log", True),
        ("/*.log", "d/b.log", False),
        ("d/b.log", "d/b.log", True),
        ("d/", "d", False),
        ("d/*.log", "d/e/keep.log", False),
        ("d/**/*.log", "d/e/keep.log", True),
        ("**/keep.log", "d/e/keep.log", True),
        ("# a", "a", False),
        ("\\#a", "#a", True),
        ("a\\ ", "a ", True),
        ("[!b].log", "b.log", False),
        ("", "a", False),
        ("/", "a", False),
    ],
)
def test_a_gitignore_line_speaks_of_a_file(pattern: str, path: str, ignored: bool) -> None:
    parsed = parse_gitignore(pattern.encode(), ".gitignore", "")
    verdict = parsed.verdict(path, path.rpartition("/")[2], folder=False)
    assert (verdict is not None and verdict[0]) == ignored


def test_the_last_line_wins() -> None:
    parsed = parse_gitignore(b"*.log\n!keep.log\n", ".gitignore", "")
    assert parsed.verdict("d/keep.log", "keep.log", folder=False) == (
        False,
        ".gitignore:2 !keep.log",
    )


def test_a_folder_pattern_speaks_of_folders_only() -> None:
    parsed = parse_gitignore(b"build/\n", ".gitignore", "")
    assert parsed.verdict("d/build", "build", folder=True) is not None
    assert parsed.verdict("d/build", "build", folder=False) is None


def test_a_pattern_of_stars_speaks_of_every_folder() -> None:
    parsed = parse_gitignore(b"*/\n", "d/.gitignore", "d")
    assert parsed.verdict("d/e", "e", folder=True) is not None
    assert parsed.verdict("d/a", "a", folder=False) is None


def test_a_folder_that_is_taken_back_keeps_what_is_in_it() -> None:
    parsed = parse_gitignore(b"/*/\n!d/\n", ".gitignore", "")
    assert parsed.verdict("d", "d", folder=True) == (False, ".gitignore:2 !d/")
    assert parsed.verdict("d/a", "a", folder=False) is None


def test_crlf_and_a_byte_order_mark_are_no_part_of_a_pattern() -> None:
    parsed = parse_gitignore(b"\xef\xbb\xbf*.log\r\n", ".gitignore", "")
    assert parsed.verdict("b.log", "b.log", folder=False) is not None


@pytest.mark.parametrize(
    ("text", "path", "ignored"),
    [
        ("a", "a", True),
        ("a", "d/a", False),
        ("**/a", "d/a", True),
        ("d", "d/e/a", True),
        ("./d/", "d/a", True),
        ("/d", "d/a", True),
        ("d/../a", "a", True),
        ("*\n!d/a", "d/a", False),
        ("*\n!d/a", "d/b.log", True),
        ("!a\n*", "a", True),
        ("#a", "#a", False),
        (".", "a", False),
    ],
)
def test_dockerignore_follows_dockers_rules(text: str, path: str, ignored: bool) -> None:
    assert bool(parse_dockerignore(text.encode()).ignored(path)) == ignored


def test_a_hostile_pattern_is_not_compiled() -> None:
    assert parse_gitignore(b"*a" * 200, ".gitignore", "").patterns == ()


_LINE = st.text("adebkx.log/*!?[]z \\", min_size=1, max_size=8)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(top=st.lists(_LINE, max_size=4), nested=st.lists(_LINE, max_size=2))
def test_the_same_files_are_ignored_as_by_git(tmp_path_factory, top, nested) -> None:
    # git and pathspec differ on a backslash before nothing, and on a range that is not closed.
    assume(not any("\\" in line or "[" in line or "]" in line for line in [*top, *nested]))
    folder = tmp_path_factory.mktemp("project")
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x")
    (folder / ".gitignore").write_text("\n".join(top))
    (folder / "d" / ".gitignore").write_text("\n".join(nested))
    (folder / "manage.py").write_text("x")
    (folder / ".dockerignore").write_text("")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "-z", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    expected = sorted(filter(None, listed.split("\0")))
    assume(expected)
    source = take_directory(folder, tmp_path_factory.mktemp("store"))
    assert [file.path for file in source.files] == expected
