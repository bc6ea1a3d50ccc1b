"""Whether compiled files run on a base."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.bases.errors import NOT_FITTING
from nuages.build.bases.fit import (
    LackingLibrary,
    missing_libraries,
    needs_glibc,
    require_glibc,
)
from nuages.build.system.elf import read_elf
from nuages.core.base import Base
from nuages.core.errors import NuagesError

Linker = Callable[..., Path]

PYTHON = Path(sys.executable).resolve()


def test_a_real_interpreter_says_which_c_library_it_takes() -> None:
    elf = read_elf(PYTHON)
    assert elf is not None
    assert elf.interpreter.startswith("/lib")
    major, minor = needs_glibc([PYTHON]).split(".")
    assert (int(major), int(minor)) >= (2, 2)


def test_what_takes_nothing_of_a_c_library_fits_everywhere(tmp_path: Path, link: Linker) -> None:
    assert needs_glibc([link(tmp_path / "a.so"), tmp_path / "none"]) == ""


def test_an_interpreter_of_a_newer_system_is_refused_with_a_base_that_fits() -> None:
    needed = needs_glibc([PYTHON])
    base = Base("ubuntu@22.04", "sha256:0", Path("/nowhere"), libc="2.1")
    with pytest.raises(NuagesError) as caught:
        require_glibc(base, [PYTHON], "Python 3.12.1")
    assert caught.value.code is NOT_FITTING
    assert caught.value.message == f"Python 3.12.1 needs glibc {needed}, and ubuntu@22.04 has 2.1"
    assert 'base = "ubuntu@' in caught.value.hint


def test_a_base_that_is_new_enough_is_taken() -> None:
    for libc in (needs_glibc([PYTHON]), "3.0"):
        require_glibc(Base("x/y", "sha256:0", Path("/nowhere"), libc=libc), [PYTHON], "Python")


def test_a_base_with_another_c_library_is_refused() -> None:
    with pytest.raises(NuagesError, match="and x/alpine has none") as caught:
        require_glibc(Base("x/alpine", "sha256:0", Path("/nowhere")), [PYTHON], "Python 3.12.1")
    assert 'base = "' in caught.value.hint


def test_a_library_that_nobody_brings_is_told_with_its_package(
    tmp_path: Path, link: Linker
) -> None:
    root, venv, full = tmp_path / "root", tmp_path / "venv", tmp_path / "full"
    root.mkdir()
    link(venv / "site/one.so", link(tmp_path / "libpq.so.5"))
    link(venv / "site/two.so", link(tmp_path / "libacme.so.7"))
    link(venv / "site/three.so", link(tmp_path / "libunknown.so.7"))
    info = full / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "libacme7:amd64.list").write_text("/.\n/usr/lib/libacme.so.7\n")
    assert missing_libraries(root, [venv], full) == (
        LackingLibrary("libacme.so.7", "site/two.so", "libacme7"),
        LackingLibrary("libpq.so.5", "site/one.so", "libpq5"),
        LackingLibrary("libunknown.so.7", "site/three.so", ""),
    )
