"""The least that an app needs of a root."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.bases.bare import BareParts, bare_parts, make_bare, python_paths, require_whole
from nuages.build.bases.errors import NO_LIBRARY
from nuages.build.bases.loader import elf_files
from nuages.build.bases.trees.digest import tree_digest
from nuages.build.system.libraries import MissingLibrary
from nuages.core.base import BasePython
from nuages.core.errors import NuagesError

Linker = Callable[..., Path]

ARCH = "usr/lib/x86_64-linux-gnu"


@pytest.fixture
def root(tmp_path: Path, link: Linker) -> Path:
    root = tmp_path / "root"
    for path in (
        "etc/ssl/certs",
        "usr/share/zoneinfo/Europe",
        "usr/share/zoneinfo/right",
        "usr/bin",
    ):
        (root / path).mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    (root / "lib").symlink_to("usr/lib")
    (root / "etc/ssl/certs/ca-certificates.crt").write_text("certificates")
    (root / "etc/passwd").write_text("somebody:x:1000:1000::/:/bin/bash\n")
    (root / "etc/mime.types").write_text("font/woff2 woff2\n")
    (root / "usr/share/zoneinfo/Europe/Paris").write_text("zone")
    (root / "usr/share/zoneinfo/right/UTC").write_text("zone")
    (root / "usr/share/zoneinfo/UTC").symlink_to("Etc/UTC")
    (root / "usr/bin/bash").write_text("shell")
    link(root / ARCH / "libz.so.1.2", soname="libz.so.1")
    (root / ARCH / "libz.so.1").symlink_to("libz.so.1.2")
    return root


@pytest.fixture
def program(tmp_path: Path, root: Path, link: Linker) -> Path:
    return link(tmp_path / "python/lib/module.so", root / ARCH / "libz.so.1")


def test_a_bare_root_has_libraries_certificates_and_zones_and_no_shell(
    root: Path, program: Path, tmp_path: Path
) -> None:
    parts = bare_parts(root, [program])
    assert parts.missing == ()
    bare = tmp_path / "bare"
    make_bare(root, parts.paths, bare)
    found = {path.relative_to(bare).as_posix() for path in bare.rglob("*")}
    assert {
        f"{ARCH}/libz.so.1",
        f"{ARCH}/libz.so.1.2",
        "etc/ssl/certs/ca-certificates.crt",
        "etc/mime.types",
        "usr/share/zoneinfo/Europe/Paris",
        "usr/share/zoneinfo/UTC",
        "lib",
        "tmp",
    } <= found
    assert not {"usr/bin/bash", "usr/share/zoneinfo/right"} & found
    assert (bare / "lib").is_symlink()
    assert (bare / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (bare / "usr/lib/ssl/cert.pem").readlink() == Path("/etc/ssl/certs/ca-certificates.crt")
    assert (bare / ARCH / "libz.so.1.2").samefile(root / ARCH / "libz.so.1.2")


def test_people_of_the_full_root_are_not_named(root: Path, tmp_path: Path) -> None:
    make_bare(root, bare_parts(root, []).paths, tmp_path / "bare")
    assert "somebody" not in (tmp_path / "bare/etc/passwd").read_text()
    assert (root / "etc/passwd").read_text().startswith("somebody")


def test_the_same_parts_have_the_same_digest_under_any_umask(
    root: Path, program: Path, tmp_path: Path
) -> None:
    parts = bare_parts(root, [program])
    make_bare(root, parts.paths, tmp_path / "one")
    before = os.umask(0o077)
    try:
        make_bare(root, parts.paths, tmp_path / "two")
    finally:
        os.umask(before)
    assert tree_digest(tmp_path / "one") == tree_digest(tmp_path / "two")


def test_libraries_out_of_the_way_come_with_the_loader_s_cache(
    root: Path, tmp_path: Path, link: Linker
) -> None:
    (root / "etc/ld.so.conf").write_text("/opt/vendor\n")
    (root / "etc/ld.so.cache").write_text("cache")
    vendor = link(root / "opt/vendor/libv.so.1")
    core = link(tmp_path / "venv/core.so", vendor)
    assert "etc/ld.so.cache" in bare_parts(root, [core]).paths
    assert "etc/ld.so.cache" not in bare_parts(root, []).paths


def test_the_root_s_own_python_is_taken_with_what_its_links_lead_to(
    root: Path, link: Linker
) -> None:
    link(root / "usr/lib/python3.11/lib-dynload/_ssl.so", root / ARCH / "libz.so.1")
    (root / "usr/bin/python3.11").write_text("python")
    (root / "usr/bin/python3").symlink_to("python3.11")
    (root / "etc/python3.11").mkdir()
    (root / "etc/python3.11/sitecustomize.py").touch()
    (root / "usr/lib/python3.11/sitecustomize.py").symlink_to("/etc/python3.11/sitecustomize.py")
    also = python_paths(BasePython("/usr/bin/python3.11", "3.11.2"))
    paths = bare_parts(root, [], also).paths
    assert {
        "usr/bin/python3",
        "usr/bin/python3.11",
        "usr/lib/python3.11/lib-dynload/_ssl.so",
        "etc/python3.11/sitecustomize.py",
        f"{ARCH}/libz.so.1.2",
    } <= set(paths)


def test_an_interpreter_without_a_library_is_refused(tmp_path: Path) -> None:
    python, other = tmp_path / "python3.12", tmp_path / "module.so"
    parts = BareParts((), (MissingLibrary("libz.so.1", str(python)),))
    with pytest.raises(NuagesError, match=r"libz\.so\.1 \(for .*python3\.12\)") as caught:
        require_whole(parts, [python])
    assert caught.value.code is NO_LIBRARY
    require_whole(parts, [other])


def test_this_machine_s_own_root_is_copied_for_a_real_python(tmp_path: Path) -> None:
    python = Path(sys.base_prefix)
    files = [Path(sys.executable).resolve(), *elf_files([python / "lib"])]
    parts = bare_parts(Path("/"), files)
    require_whole(parts, files[:1])
    make_bare(Path("/"), parts.paths, tmp_path / "bare")
    (libc,) = (tmp_path / "bare").rglob("libc.so.6")
    assert libc.stat().st_nlink == 1
    assert not (tmp_path / "bare/usr/bin/bash").exists()
