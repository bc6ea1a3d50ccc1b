"""What uv, compilers and imports print is read for the system packages that they lacked."""

from __future__ import annotations

import pytest

from nuages.build.system.lacking import read_lacking

HEAD = "  x Failed to build `{}`\n  -> The build backend returned an error\n"


@pytest.mark.parametrize(
    ("output", "package"),
    [
        ("Error: pg_config executable not found.\n", "libpq-dev"),
        ("/bin/sh: 1: mysql_config: not found\n", "default-libmysqlclient-dev"),
        ("Exception: Can not find valid pkg-config name.\n", "default-libmysqlclient-dev"),
        ("/bin/sh: 1: pkg-config: not found\n", "pkg-config"),
        ("Modules/common.h:15:10: fatal error: lber.h: No such file or directory", "libldap2-dev"),
        ("a.c:1:10: fatal error: 'ldap.h' file not found", "libldap2-dev"),
        ("a.c:2:10: fatal error: Python.h: No such file or directory", "python3-dev"),
        ("error: command 'gcc' failed: No such file or directory", "build-essential"),
        ("error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory",
         "build-essential"),
        ("unable to execute 'gcc': No such file or directory", "build-essential"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'gcc'", "build-essential"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'gdal-config'", "libgdal-dev"),
        ("Could not find gdal-config. Make sure you have installed it", "libgdal-dev"),
        ("../meson.build:31:12: ERROR: Dependency \"cairo\" not found, tried pkgconfig",
         "libcairo2-dev"),
        ("No package 'xmlsec1' found", "libxmlsec1-dev"),
        ("Package libpq was not found in the pkg-config search path.", "libpq-dev"),
        ("/usr/bin/ld: cannot find -lpq: No such file or directory", "libpq-dev"),
        ("Error: Please make sure the libxml2 and libxslt development packages are installed.",
         "libxml2-dev"),
        ("error: can't find Rust compiler", "cargo"),
        ("Git executable not found. Ensure that Git is installed and available.", "git"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
         "libgl1"),
        ('ImproperlyConfigured: Could not find the GDAL library (tried "gdal").', "gdal-bin"),
        ("ImportError: failed to find libmagic.  Check your installation", "libmagic1"),
        ("OSError: no library called \"cairo-2\" was found", "libcairo2"),
        ("OSError: cannot load library 'gobject-2.0-0': gobject-2.0-0: cannot open",
         "libpango-1.0-0"),
    ],
)  # fmt: skip
def test_a_package_is_known_by_what_is_printed(output: str, package: str) -> None:
    assert package in read_lacking(output).packages


def test_what_failed_is_named_with_all_that_it_takes() -> None:
    output = HEAD.format("mysqlclient==2.1.1") + "/bin/sh: 1: mysql_config: not found\n"
    lacking = read_lacking(output)
    assert lacking.distribution == "mysqlclient 2.1.1"
    assert set(lacking.packages) == {
        "default-libmysqlclient-dev", "build-essential", "pkg-config",
    }  # fmt: skip


def test_a_package_of_the_projects_own_is_named_too() -> None:
    output = HEAD.format("needy @ file:///app/libs/needy") + "fatal error: x.h: No such file"
    assert read_lacking(output).distribution == "needy"


def test_the_headers_of_the_systems_own_python_have_its_version() -> None:
    output = "fatal error: Python.h: No such file or directory"
    assert read_lacking(output, "3.11", system_python=True).packages == ("python3.11-dev",)


def test_a_header_that_nobody_knows_is_named() -> None:
    lacking = read_lacking("x.c:1:10: fatal error: acme/foo.h: No such file or directory")
    assert (lacking.packages, lacking.unknown) == ((), ("acme/foo.h",))
    assert lacking


@pytest.mark.parametrize(
    "output",
    [
        "error: 'PyUnicode_AsUTF8' undeclared",
        HEAD.format("lxml==4.2") + "etree.c:9:1: error: too few arguments",
        "FileNotFoundError: [Errno 2] No such file or directory: 'README.md'",
        "No solution found when resolving dependencies",
        "ModuleNotFoundError: No module named 'shop'",
    ],
)
def test_other_failures_are_none_of_that(output: str) -> None:
    assert not read_lacking(output)
