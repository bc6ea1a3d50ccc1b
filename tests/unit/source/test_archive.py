"""A zip becomes a source; hostile ones are refused and leave nothing."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.core.errors import NuagesError
from nuages.source import errors
from nuages.source.archive import ArchiveLimits, take_archive
from nuages.source.directory import take_directory

SMALL = ArchiveLimits(total=10_000, single=5_000, count=20, ratio=100, ratio_from=1_000_000)


def refused(file: Path, store: Path, limits: ArchiveLimits = SMALL) -> NuagesError:
    """The error; whatever it is, nothing is left in the store and nothing beside it."""
    around = {path for path in file.parent.rglob("*") if store not in path.parents}
    with pytest.raises(NuagesError) as caught:
        take_archive(file, store, limits=limits)
    assert not store.exists() or list(store.iterdir()) == []
    after = {path for path in file.parent.rglob("*") if store not in path.parents}
    assert after - around <= {store, store.parent}
    return caught.value


def test_a_zip_and_its_folder_are_the_same_source(project, archive, store) -> None:
    folder = project({"manage.py": "a", "polls/views.py": "b"})
    (folder / "manage.py").chmod(0o755)
    zipped = archive(("polls/views.py", "b"), ("manage.py", "a", stat.S_IFREG | 0o755))
    assert take_archive(zipped, store).digest == take_directory(folder, store).digest


def test_identity_and_name_come_from_the_file(archive, store) -> None:
    source = take_archive(archive(("manage.py", "a"), name="My Shop.zip"), store)
    assert (source.identity, source.name) == ("archive:My Shop.zip", "my-shop")


def test_a_single_folder_around_everything_is_stripped(archive, store) -> None:
    source = take_archive(archive(("polls-main/manage.py", "a"), ("polls-main/p/v.py", "b")), store)
    assert [file.path for file in source.files] == ["manage.py", "p/v.py"]


def test_a_single_folder_that_is_a_package_is_kept(archive, store) -> None:
    source = take_archive(archive(("mysite/__init__.py", ""), ("mysite/wsgi.py", "")), store)
    assert [file.path for file in source.files] == ["mysite/__init__.py", "mysite/wsgi.py"]


def test_what_macos_adds_is_dropped_before_the_folder_is_stripped(archive, store) -> None:
    zipped = archive(("polls/manage.py", "a"), ("__MACOSX/polls/._manage.py", "x"),
                     ("polls/.DS_Store", "y"))  # fmt: skip
    source = take_archive(zipped, store)
    assert [file.path for file in source.files] == ["manage.py"]


def test_ignore_rules_hold_in_archives_and_are_said(archive, store) -> None:
    zipped = archive(("manage.py", "a"), (".env", "S=1"), ("node_modules/a.js", "x"),
                     (".gitignore", "*.log"), ("a.log", "x"), ("venv/pyvenv.cfg", ""))  # fmt: skip
    source = take_archive(zipped, store)
    assert [file.path for file in source.files] == [".gitignore", "manage.py"]
    assert [left.path for left in source.left_out] == [".env", "a.log", "node_modules", "venv"]


def test_what_is_left_out_by_name_counts_against_no_limit(archive, store) -> None:
    many = [(f"node_modules/{number}.js", "x" * 600) for number in range(40)]
    assert len(take_archive(archive(("manage.py", "a"), *many), store, limits=SMALL).files) == 1


def test_a_link_inside_is_kept(archive, store) -> None:
    zipped = archive(("a/f", "x"), ("b", "a/f", stat.S_IFLNK | 0o777))
    source = take_archive(zipped, store)
    assert (source.path / "b").readlink() == Path("a/f")


def test_unchanged_files_are_linked_from_a_former_source(archive, store) -> None:
    first = take_archive(archive(("a", "x"), ("b", "y")), store)
    second = take_archive(archive(("a", "x"), ("b", "z"), name="b.zip"), store, previous=first)
    assert (first.path / "a").samefile(second.path / "a")


def test_nothing_but_the_tree_stays_in_the_store(archive, store) -> None:
    source = take_archive(archive(("a", "x")), store)
    assert list(store.iterdir()) == [source.path]


class _Unmarked(zipfile.ZipInfo):
    """An entry whose name is bytes, and no word on their encoding: as Info-ZIP writes it."""

    name = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 the library's own
        return self.name, 0


@pytest.mark.parametrize(
    ("name", "path"),
    [("élan/日本.py".encode(), "élan/日本.py"), ("é.py".encode("cp437"), "é.py"),
     (b"plain.py", "plain.py")],
)  # fmt: skip
def test_names_are_read_as_they_were_meant(tmp_path, store, name: bytes, path: str) -> None:
    file = tmp_path / "polls.zip"
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("manage.py", "x")
        entry = _Unmarked("placeholder")
        entry.name = name
        zipped.writestr(entry, "x")
    assert {each.path for each in take_archive(file, store).files} == {"manage.py", path}


def test_backslashes_of_windows_are_folders(tmp_path, store) -> None:
    path = tmp_path / "w.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for name, text in (("p\\v.py", "b"), ("p\\", ""), ("manage.py", "a")):
            info = zipfile.ZipInfo(name)
            info.create_system = 0
            zipped.writestr(info, text)
    assert [file.path for file in take_archive(path, store).files] == ["manage.py", "p/v.py"]


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "a/..", "C:/evil", "C:\\evil", "\\\\host\\x"]
)
def test_a_path_that_climbs_out_is_refused(archive, store, name) -> None:
    error = refused(archive(("manage.py", "a"), (name, "x")), store)
    assert error.code == errors.UNSAFE_PATH
    assert "evil" in error.message or ".." in error.message or "host" in error.message


def test_a_backslash_climb_of_windows_is_refused(tmp_path, store) -> None:
    path = tmp_path / "w.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        info = zipfile.ZipInfo("..\\evil")
        info.create_system = 0
        zipped.writestr(info, "x")
    assert refused(path, store).code == errors.UNSAFE_PATH


def test_a_name_with_a_nul_is_refused(archive, store) -> None:
    path = archive(("manage.py@evil", "x"))
    path.write_bytes(path.read_bytes().replace(b"manage.py@evil", b"manage.py\0evil"))
    assert refused(path, store).code == errors.UNSAFE_PATH


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "d/../../outside"])
def test_a_link_that_leads_out_is_refused(archive, store, target) -> None:
    zipped = archive(("manage.py", "a"), ("d/f", "x"), ("l", target, stat.S_IFLNK | 0o777))
    error = refused(zipped, store)
    assert error.code == errors.UNSAFE_LINK
    assert target in error.message


def test_a_link_that_leads_out_after_stripping_is_refused(archive, store) -> None:
    zipped = archive(("top/manage.py", "a"), ("top/l", "../x", stat.S_IFLNK | 0o777))
    assert refused(zipped, store).code == errors.UNSAFE_LINK


def test_a_file_below_a_link_is_refused(archive, store) -> None:
    zipped = archive(("l", "d", stat.S_IFLNK | 0o777), ("l/f", "x"), ("d/g", "y"))
    assert refused(zipped, store).code == errors.OVERLAPPING


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_a_device_pipe_or_socket_is_refused(archive, store, kind) -> None:
    error = refused(archive(("manage.py", "a"), ("dev", "", kind | 0o666)), store)
    assert error.code == errors.SPECIAL_FILE


def test_two_entries_of_one_name_are_refused(archive, store) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped = archive(("manage.py", "a"), ("manage.py", "b"))
    assert refused(zipped, store).code == errors.OVERLAPPING


def test_a_file_where_a_folder_is_needed_is_refused(archive, store) -> None:
    assert refused(archive(("a", "x"), ("a/b", "y")), store).code == errors.OVERLAPPING


def test_entries_that_share_bytes_are_refused(archive, store) -> None:
    path = archive(("first", "x" * 100), ("second", "y" * 100))
    content = bytearray(path.read_bytes())
    directory = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 1)
    content[directory + 42 : directory + 46] = struct.pack("<L", 0)
    path.write_bytes(bytes(content))
    assert refused(path, store).code == errors.OVERLAPPING


def test_an_encrypted_entry_is_refused(archive, store) -> None:
    path = archive(("manage.py", "a"))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    assert refused(path, store).code == errors.ENCRYPTED


def test_a_file_beyond_the_limit_is_refused_and_named(archive, store) -> None:
    error = refused(archive(("big", os.urandom(5_001))), store)
    assert error.code == errors.FILE_TOO_LARGE
    assert "big" in error.message


def test_contents_beyond_the_limit_are_refused(archive, store) -> None:
    files = [(f"f{number}", os.urandom(4_000)) for number in range(3)]
    assert refused(archive(*files), store).code == errors.ARCHIVE_TOO_LARGE


def test_too_many_entries_are_refused(archive, store) -> None:
    files = [(f"f{number}", "x") for number in range(21)]
    assert refused(archive(*files), store).code == errors.TOO_MANY


def test_a_file_compressed_beyond_belief_is_refused(archive, store) -> None:
    limits = ArchiveLimits(ratio_from=100_000)
    error = refused(archive(("zeros", b"\0" * 1_000_000)), store, limits)
    assert error.code == errors.BOMB
    assert "zeros" in error.message


def test_many_files_compressed_beyond_belief_are_refused(archive, store) -> None:
    limits = ArchiveLimits(ratio_from=100_000, ratio=50)
    files = [(f"z{number}", b"\0" * 90_000) for number in range(20)]
    assert refused(archive(*files), store, limits).code == errors.BOMB


def test_small_files_of_zeros_are_no_bomb(archive, store) -> None:
    assert len(take_archive(archive(("zeros", b"\0" * 1_000_000)), store).files) == 1


def test_what_is_written_is_counted_whatever_the_archive_claims(archive, store) -> None:
    path = _claiming(archive(("big", os.urandom(6_000))), 100)
    assert refused(path, store).code in (errors.FILE_TOO_LARGE, errors.DAMAGED)


def test_a_bomb_that_claims_to_be_small_is_refused(archive, store) -> None:
    limits = ArchiveLimits(ratio_from=10_000)
    path = _claiming(archive(("zeros", b"\0" * 3_000_000)), 100)
    assert refused(path, store, limits).code in (errors.BOMB, errors.DAMAGED)


def test_another_compression_is_refused(tmp_path, store) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as zipped:
        zipped.writestr("a", "x" * 100)
    assert refused(path, store).code == errors.NOT_A_ZIP


def test_a_damaged_entry_is_refused(archive, store) -> None:
    path = archive(("a", "hello hello hello"))
    content = bytearray(path.read_bytes())
    content[33] ^= 0xFF
    path.write_bytes(bytes(content))
    assert refused(path, store).code == errors.DAMAGED


def test_a_zip_cut_short_is_refused(archive, store) -> None:
    path = archive(("a", os.urandom(1000)))
    path.write_bytes(path.read_bytes()[:-40])
    assert refused(path, store).code == errors.NOT_A_ZIP


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", zlib.compress(b"x")])
def test_what_is_no_zip_is_refused(tmp_path, store, content) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert refused(path, store).code == errors.NOT_A_ZIP


def test_a_missing_archive_is_said(tmp_path, store) -> None:
    assert refused(tmp_path / "no.zip", store).code == errors.MISSING


def test_an_empty_zip_is_said(archive, store) -> None:
    assert refused(archive(), store).code == errors.EMPTY


def test_a_full_disk_is_said_and_leaves_nothing(archive, store, monkeypatch) -> None:
    zipped = archive(("a", "x"))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    assert refused(zipped, store).code == errors.DISK_FULL


@given(st.data())
def test_a_zip_with_flipped_bytes_is_taken_or_refused(tmp_path_factory, data) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("manage.py", "print('hello')" * 5)
        zipped.writestr("polls/views.py", "x = 1\n" * 5)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "a.zip").write_bytes(bytes(content))
    try:
        source = take_archive(folder / "a.zip", folder / "store")
    except NuagesError:
        assert not (folder / "store").exists() or list((folder / "store").iterdir()) == []
    else:
        assert source.files


def _claiming(path: Path, size: int) -> Path:
    """Let the archive claim that its first entry is `size` bytes long."""
    content = bytearray(path.read_bytes())
    content[22:26] = struct.pack("<L", size)
    directory = content.find(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<L", size)
    path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize(("comment", "commit"), [(b"4" * 40, "4" * 40), (b"made by \xff", "")])
def test_the_commit_is_what_git_archive_wrote_beside_the_files(
    archive, store, comment, commit
) -> None:
    zipped = archive(("manage.py", "a"))
    with zipfile.ZipFile(zipped, "a") as opened:
        opened.comment = comment
    assert take_archive(zipped, store).commit == commit
