"""Compiled files are read for libraries that nothing brings; real ones, made by a compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nuages.build.system.libraries import MissingLibrary, find_missing, on_machine, read_needed

PREFIX = Path(sys.base_prefix)


@pytest.fixture
def link(tmp_path: Path):
    """Make a shared library at a path below a venv, linked with one of this name."""
    if shutil.which("gcc") is None:
        pytest.skip("no compiler here")

    def make(path: str, needed: str) -> Path:
        folder = tmp_path / "stub"
        folder.mkdir(exist_ok=True)
        (folder / "stub.c").write_text("int stub(void) { return 1; }\n")
        stub = folder / needed
        soname = f"-Wl,-soname,{needed}"
        subprocess.run(
            ["gcc", "-shared", "-fPIC", soname, "-o", stub, folder / "stub.c"], check=True
        )
        (folder / "user.c").write_text("int stub(void);\nint use(void) { return stub(); }\n")
        target = tmp_path / "venv" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-o", target, folder / "user.c", stub], check=True
        )
        return target

    return make


SITE = "lib/python3.12/site-packages"


def test_a_library_that_nothing_brings_is_found_with_the_file_that_needs_it(link, tmp_path) -> None:
    made = link(f"{SITE}/acme/_core.so", "libacme.so.7")
    assert "libacme.so.7" in read_needed(made)[1]
    missing = find_missing(tmp_path / "venv", PREFIX)
    assert missing == (MissingLibrary("libacme.so.7", f"{SITE}/acme/_core.so"),)


def test_a_library_that_the_wheel_brings_along_is_there(link, tmp_path) -> None:
    link(f"{SITE}/acme/_core.so", "libacme.so.7")
    vendored = tmp_path / "venv" / SITE / "acme.libs"
    vendored.mkdir()
    shutil.copy(tmp_path / "stub/libacme.so.7", vendored / "libacme.so.7")
    assert find_missing(tmp_path / "venv", PREFIX) == ()


def test_a_library_beside_the_python_is_there(link, tmp_path) -> None:
    link(f"{SITE}/acme/_core.so", "libacme.so.7")
    (tmp_path / "python/lib").mkdir(parents=True)
    (tmp_path / "python/lib/libacme.so.7").touch()
    assert find_missing(tmp_path / "venv", tmp_path / "python") == ()


def test_what_is_no_library_or_damaged_is_passed_over(link, tmp_path) -> None:
    made = link(f"{SITE}/acme/_core.so", "libacme.so.7")
    content = made.read_bytes()
    for cut in (0, 3, 40, 64, 100, 300, len(content) // 2):
        made.write_bytes(content[:cut])
        read_needed(made)
        find_missing(tmp_path / "venv", PREFIX)
    made.write_bytes(b"\x7fELF\x02\x01" + b"\xff" * 500)
    assert find_missing(tmp_path / "venv", PREFIX) == ()
    made.unlink()
    made.symlink_to("/etc/passwd")
    assert find_missing(tmp_path / "venv", PREFIX) == ()


def test_the_c_library_is_on_this_machine_and_an_invented_one_is_not() -> None:
    assert list(on_machine(["libc.so.6", "libacme.so.7"])) == ["libc.so.6"]
