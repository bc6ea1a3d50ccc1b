"""Layers are laid over a tree, and never beside it."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from nuages.build.bases.errors import LAYER_BROKEN, LAYER_TOO_LARGE
from nuages.build.bases.trees.unpack import Limits, Unpacker
from nuages.core.errors import NuagesError

Entry = tuple[str, str, bytes | str, int]


def tar(*entries: Entry) -> io.BytesIO:
    """A tar of (name, kind, content or target, mode); kinds: f, d, l(ink), h(ard link), c, p."""
    kinds = {
        "f": tarfile.REGTYPE,
        "d": tarfile.DIRTYPE,
        "l": tarfile.SYMTYPE,
        "h": tarfile.LNKTYPE,
        "c": tarfile.CHRTYPE,
        "p": tarfile.FIFOTYPE,
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, kind, content, mode in entries:
            member = tarfile.TarInfo(name)
            member.type, member.mode, member.mtime, member.uid = kinds[kind], mode, 7, 1234
            data = content if isinstance(content, bytes) else b""
            if isinstance(content, str):
                member.linkname = content
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    stream.seek(0)
    return stream


def lay(root: Path, *layers: io.BytesIO, limits: Limits | None = None) -> Path:
    unpacker = Unpacker(root, limits)
    for number, layer in enumerate(layers):
        unpacker.lay(layer, f"Layer {number}")
    unpacker.finish()
    return root


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


def test_files_folders_and_links_come_with_their_modes_and_times(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "root",
        tar(
            ("./", "d", "", 0o755),
            ("usr", "d", "", 0o555),
            ("usr/tool", "f", b"tool", 0o4755),
            ("usr/again", "h", "usr/tool", 0o755),
            ("bin", "l", "usr", 0o777),
            ("tmp/", "d", "", 0o1777),
            ("made/for/it", "f", b"", 0o640),
            ("dev/null", "c", "", 0o666),
            ("run/pipe", "p", "", 0o666),
        ),
    )
    assert (root / "usr/tool").read_bytes() == b"tool"
    # Nobody becomes root by a tree that lies about.
    assert (root / "usr/tool").stat().st_mode & 0o7777 == 0o755
    assert (root / "usr/again").samefile(root / "usr/tool")
    assert (root / "usr").stat().st_mode & 0o7777 == 0o755
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (root / "made/for/it").stat().st_mode & 0o7777 == 0o640
    assert (root / "usr/tool").stat().st_mtime == 7
    assert (root / "usr").stat().st_mtime == 7
    assert (root / "usr/tool").stat().st_uid == os.geteuid()
    assert not {"dev/null", "run/pipe"} & names(root)


def test_a_later_layer_replaces_adds_and_removes(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "root",
        tar(
            ("etc/a", "f", b"1", 0o644),
            ("etc/b", "f", b"1", 0o644),
            ("opt/old/file", "f", b"1", 0o644),
            ("srv/one", "f", b"1", 0o644),
            ("srv/sub/two", "f", b"1", 0o644),
            ("var/link", "l", "/etc", 0o777),
            ("folder/x", "f", b"1", 0o644),
        ),
        tar(
            ("etc/a", "f", b"2", 0o600),
            ("etc/.wh.b", "f", b"", 0o644),
            ("opt/.wh.old", "f", b"", 0o644),
            # The spec's whiteouts hide what is below, wherever they stand in their own layer.
            ("srv/sub/three", "f", b"3", 0o644),
            ("srv/.wh..wh..opq", "f", b"", 0o644),
            ("srv/four", "f", b"4", 0o644),
            ("var/link", "d", "", 0o755),
            ("var/link/inside", "f", b"", 0o644),
            ("folder", "f", b"now a file", 0o644),
        ),
    )
    assert (root / "etc/a").read_bytes() == b"2"
    assert names(root) == {
        "etc", "etc/a", "opt", "srv", "srv/sub", "srv/sub/three", "srv/four", "var", "var/link",
        "var/link/inside", "folder",
    }  # fmt: skip
    assert (root / "folder").read_bytes() == b"now a file"


def test_a_replaced_file_does_not_change_its_other_names(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "root",
        tar(("a", "f", b"1", 0o644), ("b", "h", "a", 0o644)),
        tar(("a", "f", b"2", 0o644)),
    )
    assert (root / "b").read_bytes() == b"1"


def test_links_in_the_tree_are_followed_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    root = lay(
        tmp_path / "root",
        tar(
            ("usr/lib", "d", "", 0o755),
            ("lib", "l", "usr/lib", 0o777),
            ("out", "l", "../../../../../lib", 0o777),
            ("absolute", "l", str(tmp_path), 0o777),
        ),
        tar(
            ("lib/new", "f", b"new", 0o644),
            ("out/too", "f", b"too", 0o644),
            ("absolute/file", "f", b"in", 0o644),
        ),
    )
    assert (root / "usr/lib/new").read_bytes() == b"new"
    assert (root / "usr/lib/too").read_bytes() == b"too"
    assert not any((tmp_path / "lib").iterdir())
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    "entries",
    [
        (("../evil", "f", b"", 0o644),),
        (("a/../../evil", "f", b"", 0o644),),
        (("a", "h", "../outside", 0o644),),
        (("link", "l", "..", 0o777), ("a", "h", "link/outside", 0o644)),
        (("a", "h", "/outside", 0o644),),
        (("circle", "l", "circle", 0o777), ("circle/a", "f", b"", 0o644)),
        (("file", "f", b"", 0o644), ("file/a", "f", b"", 0o644)),
        (("folder", "d", "", 0o755), ("a", "h", "folder", 0o644)),
        (("n" * 300, "f", b"", 0o644),),
        (("empty", "l", "", 0o777),),
    ],
)
def test_what_leads_out_or_cannot_be_is_refused(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    (tmp_path / "outside").write_text("secret")
    with pytest.raises(NuagesError) as caught:
        lay(tmp_path / "root", tar(*entries))
    assert caught.value.code is LAYER_BROKEN
    assert {path.name for path in tmp_path.iterdir()} <= {"outside", "root"}


def test_an_absolute_name_is_below_the_root(tmp_path: Path) -> None:
    assert names(lay(tmp_path / "root", tar(("/etc/x", "f", b"", 0o644)))) == {"etc", "etc/x"}


def test_whiteouts_of_the_folder_itself_or_above_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "beside").touch()
    layer = tar(("etc/.wh..", "f", b"", 0o644), ("etc/.wh.", "f", b"", 0o644))
    root = lay(tmp_path / "root", tar(("etc/a", "f", b"", 0o644)), layer)
    assert names(root) == {"etc", "etc/a"}
    assert (tmp_path / "beside").exists()


def test_sizes_and_numbers_are_limited(tmp_path: Path) -> None:
    for limits in (Limits(size=10), Limits(entries=1)):
        with pytest.raises(NuagesError) as caught:
            lay(
                tmp_path / "root",
                tar(("a", "f", b"12345678", 0o644), ("b", "f", b"12345678", 0o644)),
                limits=limits,
            )
        assert caught.value.code is LAYER_TOO_LARGE


def test_a_name_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    with pytest.raises(NuagesError, match="8589934592 bytes"):
        lay(tmp_path / "root", io.BytesIO(header.tobuf(tarfile.GNU_FORMAT)))


def test_what_is_no_tar_or_ends_too_early_is_refused(tmp_path: Path) -> None:
    whole = tar(("a", "f", b"x" * 5000, 0o644)).getvalue()
    for data in (b"no tar" * 200, whole[:1600]):
        with pytest.raises(NuagesError) as caught:
            lay(tmp_path / "root", io.BytesIO(data))
        assert caught.value.code is LAYER_BROKEN


def test_what_is_not_wanted_is_left_out_with_its_other_names(tmp_path: Path) -> None:
    unpacker = Unpacker(tmp_path / "root", keep=lambda path: not path.startswith("var/"))
    layer = tar(
        ("var/log", "f", b"", 0o644), ("copy", "h", "var/log", 0o644), ("a", "f", b"", 0o644)
    )
    unpacker.lay(layer, "Layer")
    unpacker.finish()
    assert names(tmp_path / "root") == {"a"}
