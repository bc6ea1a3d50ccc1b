"""A real base of Debian, and what runs in it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.bases.bare import python_paths
from nuages.build.bases.ensure import BaseMeans, bare_base, ensure_base, with_packages
from nuages.build.bases.errors import MIRROR_UNREACHABLE, NO_PACKAGE
from nuages.build.bases.fit import missing_libraries, needs_glibc, require_glibc
from nuages.build.bases.loader import elf_files
from nuages.build.bases.names import parse_base
from nuages.build.bases.trees.difference import tree_difference
from nuages.build.bases.trees.digest import tree_digest
from nuages.core.base import Base
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import Completed
from tools.pythons import find_python

Run = Callable[..., Completed]
IMPORTS = "import ssl, sqlite3, ctypes, zoneinfo, zlib, bz2, lzma, hashlib, uuid"
ASK = (
    f"{IMPORTS}; assert ssl.create_default_context().get_ca_certs();"
    "zoneinfo.ZoneInfo('Europe/Paris'); import mimetypes, socket;"
    "assert mimetypes.guess_type('a.woff2')[0] == 'font/woff2';"
    "print(socket.getservbyname('https'))"
)


@pytest.fixture
def python() -> Path:
    """The installation of a Python that is none of the distribution's."""
    found = find_python("3.12")
    if found is None or found.resolve().is_relative_to("/usr"):
        pytest.skip("no Python 3.12 beside the system's")
    return found.resolve().parent.parent


def test_debian_has_a_python_that_runs(debian: Base, run: Run) -> None:
    assert debian.python is not None
    assert debian.python.minor == "3.11"
    assert (debian.libc, debian.architecture[:3] in ("amd", "arm")) == ("2.36", True)
    done = run(debian.root, debian.python.path, "-c", ASK)
    assert (done.code, done.stdout.strip()) == (0, "443"), done.stderr
    assert {"libc6", "python3", "tzdata"} <= {package.name for package in debian.packages}
    assert all(package.version and package.architecture for package in debian.packages)


def test_its_bytecode_is_used_though_all_times_are_the_same(debian: Base, run: Run) -> None:
    assert debian.python is not None
    done = run(debian.root, debian.python.path, "-v", "-c", "import json")
    assert "json/__pycache__/__init__.cpython-311.pyc matches" in done.stderr
    assert "bytecode is stale" not in done.stderr


def test_nothing_of_this_machine_is_in_it(debian: Base) -> None:
    root = debian.root
    assert tree_digest(root) == debian.digest
    for path in ("etc/resolv.conf", "etc/hostname", "etc/apt/sources.list", "var/lib/apt/lists/x"):
        assert not (root / path).exists(), path
    assert (root / "etc/machine-id").read_bytes() == b""
    modes = [path.lstat().st_mode for path in root.rglob("*")]
    assert not [mode for mode in modes if stat.S_ISCHR(mode) or stat.S_ISBLK(mode)]
    assert not [mode for mode in modes if stat.S_ISREG(mode) and mode & 0o6000]
    assert not list(root.glob("usr/share/man/man1/*"))
    assert (root / "usr/share/doc/libc6/copyright").is_file()


def test_it_is_found_without_being_made_again(debian: Base, home: Home, means: BaseMeans) -> None:
    steps: list[str] = []
    again = ensure_base(parse_base("bookworm"), home, replace(means, report=steps.append))
    assert (again, steps) == (debian, [])


def test_an_interpreter_from_elsewhere_runs_in_it(debian: Base, run: Run, python: Path) -> None:
    files = [python / "bin/python3.12", *elf_files([python])]
    require_glibc(debian, files, "Python 3.12")
    assert needs_glibc(files)
    assert missing_libraries(debian.root, [python]) == ()
    done = run(debian.root, f"{python}/bin/python3.12", "-c", ASK, python=python)
    assert (done.code, done.stdout.strip()) == (0, "443"), done.stderr


def test_a_bare_base_runs_it_with_nothing_else(
    debian: Base, home: Home, means: BaseMeans, run: Run, python: Path
) -> None:
    files = [python / "bin/python3.12", *elf_files([python])]
    bare = bare_base(debian, files, home, means)
    done = run(bare.root, f"{python}/bin/python3.12", "-I", "-c", ASK, python=python)
    assert (done.code, done.stdout.strip()) == (0, "443"), done.stderr
    assert not (bare.root / "usr/bin").exists()
    assert bare == bare_base(debian, files, home, means)
    assert {"libc6", "libssl3", "ca-certificates"} <= {each.name for each in bare.packages}
    size = sum(path.lstat().st_size for path in bare.root.rglob("*") if not path.is_symlink())
    assert size < 25_000_000


def test_a_bare_base_of_this_machine_s_own_root_runs_it_too(
    home: Home, means: BaseMeans, run: Run, python: Path
) -> None:
    files = [python / "bin/python3.12", *elf_files([python])]
    bare = bare_base(None, files, home, means)
    done = run(bare.root, f"{python}/bin/python3.12", "-I", "-c", IMPORTS, python=python)
    assert done.code == 0, done.stderr


def test_a_bare_base_can_have_the_distribution_s_own_python(
    debian: Base, home: Home, means: BaseMeans, run: Run
) -> None:
    assert debian.python is not None
    program = debian.root / debian.python.path.strip("/")
    bare = bare_base(debian, [program], home, means, python_paths(debian.python))
    assert bare.python == debian.python
    done = run(bare.root, "/usr/bin/python3", "-c", ASK)
    assert (done.code, done.stdout.strip()) == (0, "443"), done.stderr


def test_packages_are_a_layer_over_the_base(debian: Base, home: Home, means: BaseMeans) -> None:
    more = with_packages(debian, ["libpq5"], home, means)
    assert more.added == ("libpq5",)
    assert with_packages(more, ["libpq5"], home, means) == more
    difference = tree_difference(debian.root, more.root)
    # Two roots that were made at different times differ in nothing but these packages.
    assert any(path.endswith("/libpq.so.5") for path in difference.changed)
    assert not [path for path in difference.changed if path.startswith("usr/lib/python3")]
    assert difference.removed == ()
    assert len(difference.changed) < 200


def test_a_package_that_does_not_exist_is_one_error(
    debian: Base, home: Home, means: BaseMeans
) -> None:
    with pytest.raises(NuagesError, match="no package 'libpq55'") as caught:
        with_packages(debian, ["libpq55"], home, means)
    assert caught.value.code is NO_PACKAGE
    assert "libpq5" in caught.value.hint


def test_a_mirror_that_cannot_be_reached_is_one_error(
    home: Home, means: BaseMeans, tmp_path: Path
) -> None:
    named = {
        "NUAGES_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
        "NUAGES_BASES": str(tmp_path / "bases"),
    }
    without = replace(means, environment=named, refresh=True)
    with pytest.raises(NuagesError) as caught:
        ensure_base(parse_base("debian@12"), home, without)
    assert caught.value.code is MIRROR_UNREACHABLE
    assert not list((tmp_path / "bases").glob("*[!k]"))
