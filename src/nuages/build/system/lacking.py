"""What a compiler, a build tool or an import prints becomes the system packages that it lacked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.system_packages import (
    COMPILER,
    DISTRIBUTIONS,
    GEODJANGO,
    HEADERS,
    PKG_CONFIG,
    PROGRAMS,
    library_package,
    ways_to_install,
)

_COMPILERS = r"(?:[\w-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang)(?:-\d+)?"
_HEADER = re.compile(r"fatal error: ['\"]?([\w./+-]+\.h(?:pp)?)['\"]?(?:: No such file| file not)")
_NO_COMPILER = re.compile(
    rf"(?:command |unable to execute )'(?:\S*/)?{_COMPILERS}'(?: failed)?: No such file"
    rf"|No such file or directory: '{_COMPILERS}'"
    rf"|\b{_COMPILERS}: (?:command )?not found"
    r"|Unknown compiler\(s\)|no acceptable C compiler|No CMAKE_C(?:XX)?_COMPILER could be found"
    r"|you need a C compiler"
)
_NO_PROGRAM = re.compile(
    r"\b([\w+-]+): (?:command )?not found\b"
    r"|No such file or directory: '([\w+-]+)'"
    r"|Could not find ([\w-]+-config)\b|\b(pg_config) executable not found"
    r"|\b(git) executable not found|(?:Program|command) '?([\w+-]+)'? not found",
    re.IGNORECASE,
)
_NO_LIBRARY = re.compile(r"\bcannot find -l([\w+.-]+)")
_PKG = re.compile(
    r"Package '?([\w.+-]+)'?,? (?:required by '[^']*', )?(?:was )?not found"
    r"|No package '([\w.+-]+)' found|Dependency \"?([\w.+-]+)\"? not found"
)
_FAILED = re.compile(
    r"[Ff]ailed to (?:download and )?build `([A-Za-z0-9._-]+)(?:==([^`]+)| @ [^`]*)?`"
)
_NOT_LOADED = re.compile(r"\b((?:lib|mod_)[\w+.-]*?\.so[\w.]*): cannot open shared object file")
# What distributions say themselves where something of the system is not there, and what that is.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Can not find valid pkg-config name", ("pkg-config", "default-libmysqlclient-dev")),
    ("mysql_config not found", ("default-libmysqlclient-dev",)),
    ("libxml2 and libxslt development packages", ("libxml2-dev", "libxslt1-dev")),
    ("headers or library files could not be found for jpeg", ("libjpeg-dev",)),
    ("headers or library files could not be found for zlib", ("zlib1g-dev",)),
    ("CMake must be installed", ("cmake",)),
    ("can't find Rust compiler", ("cargo",)),
    ("Rust toolchain", ("cargo",)),
    ("unable to find apxs", ("apache2-dev",)),
    ("'apxs' command appears not to be installed", ("apache2-dev",)),
    ("Could not find the GDAL library", GEODJANGO),
    ("Could not find the GEOS library", GEODJANGO),
    ("Unable to load the SpatiaLite library", ("libsqlite3-mod-spatialite",)),
    ("failed to find libmagic", ("libmagic1",)),
    ('no library called "cairo', ("libcairo2",)),
    ("cannot load library 'gobject-2.0", ("libpango-1.0-0", "libpangoft2-1.0-0")),
    ("cannot load library 'libgobject-2.0", ("libpango-1.0-0", "libpangoft2-1.0-0")),
    ("cannot load library 'pango", ("libpango-1.0-0", "libpangoft2-1.0-0")),
    ("cannot load library 'libpango", ("libpango-1.0-0", "libpangoft2-1.0-0")),
    ("cannot load library 'cairo", ("libcairo2",)),
    ("MagickWand shared library not found", ("imagemagick",)),
    ("Unable to find zbar shared library", ("libzbar0",)),
    ("sndfile library not found", ("libsndfile1",)),
    ("no pq wrapper available", ("libpq5",)),
    ("libpq library not found", ("libpq5",)),
)


class LackingError(NuagesError):
    """build.E030 or E033, with the `packages` that would help."""

    def __init__(
        self, code: ErrorCode, message: str, packages: tuple[str, ...], details: str
    ) -> None:
        super().__init__(code, message, details=details, hint=_fix(packages))
        self.packages = packages


def _fix(packages: tuple[str, ...]) -> str | None:
    if not packages:
        return None
    return "\n".join(ways_to_install(packages))


@dataclass(frozen=True, slots=True)
class Lacking:
    """`packages` that bring what was lacked, `unknown` headers, libraries and programs that no
    table of ours has, and what could not be built for it: `mysqlclient 2.1.1`, or empty."""

    packages: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    distribution: str = ""

    def __bool__(self) -> bool:
        return bool(self.packages or self.unknown)


def read_lacking(output: str, minor: str = "", system_python: bool = False) -> Lacking:
    """What `output` shows to be lacked; false in itself where it shows nothing of that kind.

    `minor` is the Python's (`3.12`), `system_python` whether its headers come with a package.
    """
    packages: list[str] = []
    unknown: list[str] = []
    for thing, package in _things(output):
        if thing == "Python.h":
            packages.append(f"python{minor}-dev" if system_python and minor else package)
        elif package:
            packages.append(package)
        else:
            unknown.append(thing)
    for words, named in _WORDS:
        if words in output:
            packages += named
    failed = _FAILED.search(output)
    distribution = " ".join(filter(None, failed.groups())) if failed else ""
    if failed and (packages or unknown):
        # All that it takes at once: a compiler names one thing at a time.
        packages += usual_packages(failed[1])
    return Lacking(tuple(dict.fromkeys(packages)), tuple(dict.fromkeys(unknown)), distribution)


def failed_distribution(output: str) -> str:
    """The name of what uv could not build; empty where it names none."""
    failed = _FAILED.search(output)
    return failed[1] if failed else ""


def usual_packages(distribution: str) -> tuple[str, ...]:
    """What compiling a distribution takes, as far as the table knows it."""
    name = re.sub(r"[-_.]+", "-", distribution).lower()
    needs = DISTRIBUTIONS.get(name)
    return needs.build if needs else ()


def _things(output: str) -> Iterator[tuple[str, str]]:
    """Each header, program or library that is named as missing, with its package."""
    if _NO_COMPILER.search(output):
        yield "a compiler", COMPILER
    for header in _HEADER.findall(output):
        yield header, HEADERS.get(header, "")
    for name in map(str.lower, _groups(_NO_PROGRAM, output)):
        if name in PROGRAMS:
            yield name, PROGRAMS[name]
    for name in _groups(_PKG, output):
        yield f"{name}.pc", PKG_CONFIG.get(name, "")
    for name in _NO_LIBRARY.findall(output):
        yield f"lib{name}.so", _development(library_package(f"lib{name}.so"))
    for soname in _NOT_LOADED.findall(output):
        yield soname, library_package(soname)


def _development(package: str) -> str:
    """The package with the headers beside a library's own: linking takes that one."""
    if not package or package.endswith("-dev"):
        return package
    stem = re.sub(r"(?:-?\d[\d.]*)+$", "", package)
    return next((each for each in HEADERS.values() if each == f"{stem}-dev"), package)


def _groups(pattern: re.Pattern[str], output: str) -> Iterable[str]:
    for match in pattern.finditer(output):
        yield next(filter(None, match.groups()), "")
