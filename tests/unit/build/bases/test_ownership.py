"""Which package a file came with."""

from __future__ import annotations

from pathlib import Path

from nuages.build.bases.ownership import file_owners, owning_packages


def test_files_are_known_by_where_they_lie_since_usr_was_merged(tmp_path: Path) -> None:
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (info / "libc6:amd64.list").write_text("/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n")
    (info / "tzdata.list").write_text("/.\n/usr/share/zoneinfo/UTC\n")
    (info / "tzdata.md5sums").write_text("0  usr/share/other\n")
    paths = ["usr/lib/x86_64-linux-gnu/libc.so.6", "usr/share/zoneinfo/UTC", "usr/share/other"]
    assert owning_packages(tmp_path, paths) == {"libc6", "tzdata"}
    assert owning_packages(tmp_path, ["etc/ssl/certs/ca-certificates.crt"]) == {"ca-certificates"}


def test_a_root_without_lists_knows_next_to_nothing(tmp_path: Path) -> None:
    assert "usr/bin/python3" not in file_owners(tmp_path)
