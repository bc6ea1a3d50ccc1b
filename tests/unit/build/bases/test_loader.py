"""Libraries are found as the loader finds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.bases.loader import elf_files, library_closure, loader_folders

Linker = Callable[..., Path]

ARCH = "usr/lib/x86_64-linux-gnu"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / ARCH).mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    (root / "etc/ld.so.conf.d").mkdir(parents=True)
    (root / "etc/ld.so.conf").write_text("include /etc/ld.so.conf.d/*.conf\n")
    (root / "etc/ld.so.conf.d/b.conf").write_text(f"# more\n/{ARCH}\n")
    (root / "etc/ld.so.conf.d/a.conf").write_text("/opt/vendor/lib # first\n")
    return root


def test_what_a_file_needs_is_taken_with_its_links_and_what_that_needs(
    root: Path, tmp_path: Path, link: Linker
) -> None:
    inner = link(root / ARCH / "libinner.so.1")
    real = link(root / ARCH / "libouter.so.2.5", inner, soname="libouter.so.2")
    (root / ARCH / "libouter.so.2").symlink_to("libouter.so.2.5")
    core = link(tmp_path / "venv/core.so", real)
    closure = library_closure(root, [core])
    assert closure.missing == ()
    # The architecture's folder is named by ld.so.conf, so the link at the top is not on the way.
    assert closure.paths == (
        f"{ARCH}/libinner.so.1",
        f"{ARCH}/libouter.so.2",
        f"{ARCH}/libouter.so.2.5",
    )


def test_the_folders_come_in_the_loader_s_order(root: Path, tmp_path: Path, link: Linker) -> None:
    assert list(loader_folders(root))[:3] == ["opt/vendor/lib", ARCH, "lib/x86_64-linux-gnu"]
    usual = link(root / ARCH / "liba.so.1")
    link(root / "opt/vendor/lib/liba.so.1")
    core = link(tmp_path / "venv/core.so", usual)
    assert library_closure(root, [core]).paths == ("opt/vendor/lib/liba.so.1",)


def test_folders_that_a_library_names_itself_go_first(
    root: Path, tmp_path: Path, link: Linker
) -> None:
    link(root / ARCH / "libpart.so.1")
    private = link(root / ARCH / "private/libpart.so.1")
    whole = link(root / ARCH / "libwhole.so.1", private, runpath="$ORIGIN/private")
    core = link(tmp_path / "venv/core.so", whole)
    assert f"{ARCH}/private/libpart.so.1" in library_closure(root, [core]).paths
    assert f"{ARCH}/libpart.so.1" not in library_closure(root, [core]).paths


def test_what_a_wheel_brings_is_not_taken_of_the_root(
    root: Path, tmp_path: Path, link: Linker
) -> None:
    link(root / ARCH / "libz-1a2b.so.1")
    vendored = link(tmp_path / "venv/acme.libs/libz-1a2b.so.1")
    core = link(tmp_path / "venv/acme/core.so", vendored)
    closure = library_closure(root, elf_files([tmp_path / "venv"]))
    assert core in elf_files([tmp_path / "venv"])
    assert (closure.paths, closure.missing) == ((), ())


def test_what_is_nowhere_is_told_with_the_file(root: Path, tmp_path: Path, link: Linker) -> None:
    gone = link(root / ARCH / "libgone.so.1")
    core = link(tmp_path / "venv/core.so", gone)
    gone.unlink()
    gone.symlink_to("/etc/passwd")
    (missing,) = library_closure(root, [core]).missing
    assert (missing.library, missing.file) == ("libgone.so.1", str(core))


def test_links_out_of_the_root_lead_nowhere(root: Path, tmp_path: Path, link: Linker) -> None:
    outside = link(tmp_path / "outside/libx.so.1")
    (root / ARCH / "libx.so.1").symlink_to(outside)
    core = link(tmp_path / "venv/core.so", outside)
    assert [each.library for each in library_closure(root, [core]).missing] == ["libx.so.1"]


def test_libraries_that_need_each_other_end(root: Path, tmp_path: Path, link: Linker) -> None:
    first = link(root / ARCH / "libone.so.1")
    second = link(root / ARCH / "libtwo.so.1", first)
    link(root / ARCH / "libone.so.1", second)
    core = link(tmp_path / "venv/core.so", second)
    assert len(library_closure(root, [core]).paths) == 2


def test_screens_are_left_out(tmp_path: Path, link: Linker) -> None:
    link(tmp_path / "lib-dynload/_tkinter.cpython-312-x86_64-linux-gnu.so")
    kept = link(tmp_path / "lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so")
    (tmp_path / "lib-dynload/link.so").symlink_to(kept)
    assert elf_files([tmp_path / "lib-dynload"]) == [kept]


def test_a_configuration_that_includes_itself_ends(root: Path) -> None:
    (root / "etc/ld.so.conf.d/c.conf").write_text("include /etc/ld.so.conf.d/c.conf\n/opt/c\n")
    assert "opt/c" in list(loader_folders(root))
