"""What dpkg has written down becomes packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.bases.packages import installed_packages, upstream_version
from nuages.core.base import SystemPackage

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.36-9)
Version: 2.36-9+deb12u10
Description: GNU C Library
 Version: 9 is no field
 .

Package: adduser
Status: deinstall ok config-files
Architecture: all
Version: 3.134

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
License: GPL-3+ and ISC

Files: x
License: MIT
 Permission is hereby granted
"""


def test_packages_that_are_installed_are_listed_with_their_licences(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    (tmp_path / "usr/share/doc/bash").mkdir(parents=True)
    (tmp_path / "usr/share/doc/bash/copyright").write_text(COPYRIGHT)
    assert installed_packages(tmp_path) == (
        SystemPackage("bash", "5.2.15-2", "bash", "amd64", ("GPL-3+", "ISC", "MIT")),
        SystemPackage("libc6", "2.36-9+deb12u10", "glibc", "amd64"),
    )


def test_images_with_a_record_for_each_package_are_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "var/lib/dpkg/status.d"
    folder.mkdir(parents=True)
    (folder / "tzdata").write_text("Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n")
    (folder / "tzdata.md5sums").write_text("0 usr/share/zoneinfo/UTC\n")
    assert [package.name for package in installed_packages(tmp_path)] == ["tzdata"]


def test_a_root_without_records_has_none(tmp_path: Path) -> None:
    assert installed_packages(tmp_path) == ()


def test_links_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "status"
    outside.write_text(STATUS)
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").symlink_to(outside)
    assert installed_packages(root) == ()


@pytest.mark.parametrize(
    ("version", "upstream"),
    [("2.36-9+deb12u10", "2.36"), ("1:3.11.2-6", "3.11.2"), ("3.12.3-0ubuntu2", "3.12.3")],
)
def test_the_upstream_version(version: str, upstream: str) -> None:
    assert upstream_version(version) == upstream
