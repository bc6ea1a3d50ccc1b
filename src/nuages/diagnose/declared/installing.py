"""Causes of packages that cannot be installed, as uv tells them."""

from __future__ import annotations

import re

from nuages.core.system_packages import ways_to_install
from nuages.diagnose.cause import Cause, Found, Values, said

# What a header or a program is in, on Debian and Ubuntu.
_DEBIAN = {
    "pg_config": "libpq-dev",
    "libpq-fe.h": "libpq-dev",
    "mysql_config": "default-libmysqlclient-dev pkg-config",
    "mysql.h": "default-libmysqlclient-dev",
    "lber.h": "libldap2-dev libsasl2-dev",
    "ldap.h": "libldap2-dev",
    "sasl/sasl.h": "libsasl2-dev",
    "ffi.h": "libffi-dev",
    "openssl/ssl.h": "libssl-dev",
    "openssl/opensslv.h": "libssl-dev",
    "libxml/xmlversion.h": "libxml2-dev libxslt1-dev",
    "libxml/xpath.h": "libxml2-dev libxslt1-dev",
    "xmlsec": "libxmlsec1-dev pkg-config",
    "jpeglib.h": "libjpeg-dev",
    "zlib.h": "zlib1g-dev",
    "cairo.h": "libcairo2-dev",
    "gdal-config": "libgdal-dev",
    "gcc": "build-essential",
    "cc": "build-essential",
    "g++": "build-essential",
    "x86_64-linux-gnu-gcc": "build-essential",
}  # fmt: skip
_BUILT = (
    re.compile(r"Failed to build `(?P<name>[\w.-]+)[^`]*`"),
    re.compile(r"install a library that provides `[^`]+` for `(?P<name>[\w.-]+)[^`]*`"),
)


def _built(found: Found) -> str:
    """The distribution that was being built; empty where none was."""
    lines = [proof.line for proof in found.output.all]
    found_in = (expression.search(line) for expression in _BUILT for line in lines)
    return next((match["name"] for match in found_in if match), "")


def _headers(found: Found) -> Values | None:
    name = _built(found) or "A package"
    packages = _DEBIAN.get(found.groups["what"], "")
    ways = "; ".join(ways_to_install(packages.split()))
    install = ways if packages else f"Install what has {found.groups['what']}"
    binary = {"psycopg2": f"; or take the wheel: {found.context.add('psycopg2-binary')}"}
    return {"package": name, "install": f"{install}{binary.get(name, '')}"}


def _in_build(found: Found) -> Values | None:
    name = _built(found)
    return {"package": name} if name else None


def _other_wish(found: Found) -> Values | None:
    """What the project asks of the package that another one needs otherwise."""
    name, needs = found.groups["name"], found.groups["needs"]
    wish = re.compile(rf"you require (?P<asks>{re.escape(name)}[<>=!~]\S+?),? ")
    matches = (wish.search(proof.line) for proof in found.output.all)
    asks = next((m["asks"] for m in matches if m and m["asks"] != needs), "")
    return {"asks": asks} if asks else None


def _no_index(found: Found) -> Values | None:
    """Where the certificate is not what is wrong."""
    if any("invalid peer certificate" in proof.line for proof in found.output.all):
        return None
    return {"address": _without_password(found.groups["address"])}


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//", address)


HEADERS = Cause(
    "diagnose.C160",
    "{package} has to be compiled, and {what} is not on this machine",
    "There is no wheel of this version for this Python, so it is built from source, which takes "
    "the headers of the library that it uses.",
    "{install}",
    (
        said(r"fatal error: (?P<what>[\w./+-]+\.h): No such file or directory"),
        said(r"Error: (?P<what>pg_config) executable not found"),
        said(r"(?P<what>mysql_config): (?:command )?not found"),
        said(r"error: command '(?P<what>[\w.+-]*(?:gcc|cc|g\+\+))' failed: No such file"),
        said(r"install a library that provides `(?P<what>[^`]+)` for `"),
        said(r"No such file or directory: '(?P<what>(?:[\w-]+-)?gcc|cc|g\+\+)'"),
        said(r"No such file or directory: '(?P<what>gdal-config|pg_config|mysql_config)'"),
    ),
    _headers,
)
MYSQL_HEADERS = Cause(
    "diagnose.C161",
    "mysqlclient has to be compiled, and the headers of MySQL are not on this machine",
    "There is no wheel of this version for this Python, so it is built from source.",
    "; ".join(ways_to_install(("default-libmysqlclient-dev", "pkg-config")))
    + "; or take the driver that needs no compiler: PyMySQL",
    (said(r"Command 'pkg-config --exists mysqlclient' returned non-zero"),),
)
OLD_BUILD = Cause(
    "diagnose.C162",
    "{package} cannot be built with today's setuptools",
    "This version comes as source code, and its setup.py was written for an older setuptools or "
    "an older Python.",
    "Take a newer version of {package} in {requirements}, or an older Python in deploy.toml: "
    '[build] python = "3.9"',
    (
        said(r"ModuleNotFoundError: No module named '(?:pkg_resources|distutils|imp)'"),
        said(r"ImportError: cannot import name '\w+' from 'setuptools"),
        said(r"error in \S+ setup command: use_2to3 is invalid"),
        said(r"AttributeError: module 'pkgutil' has no attribute 'ImpImporter'"),
        said(r"AttributeError: .*'SafeConfigParser'"),
        said(r"AttributeError: cython_sources"),
    ),
    _in_build,
)
TWO_VERSIONS = Cause(
    "diagnose.C163",
    "{one} and {other} are both required",
    "Two lines name different versions of one package.",
    "Keep one of the two lines in {requirements}",
    (
        said(
            r"Because you require (?P<one>(?P<name>[\w.-]+)==\S+) and (?P<other>(?P=name)==\S+?), "
            r"we can conclude"
        ),
    ),
)
CONFLICT = Cause(
    "diagnose.C164",
    "{package} needs {needs}, and the project asks for {asks}",
    "No version fits both.",
    "Change one of the two in {requirements}: another version of {package}, or of {name}",
    (
        said(
            r"Because (?P<package>\S+) depends on (?P<needs>(?P<name>[\w.-]+?)[<>=!~]\S+) and you "
            r"require (?P<asks>(?P=name)[<>=!~]\S+?), we can conclude"
        ),
        said(
            r"Because you require (?P<asks>(?P<name>[\w.-]+?)[<>=!~]\S+) and (?P<package>\S+) "
            r"depends on (?P<needs>(?P=name)[<>=!~]\S+?), we can conclude"
        ),
    ),
)
CONFLICT_INDIRECT = Cause(
    "diagnose.C173",
    "{package} needs {needs}, and the project asks for {asks}",
    "No version fits both.",
    "Change one of the two in {requirements}: another version of {package}, or of {name}",
    (
        said(
            r"Because (?P<package>\S+) depends on (?P<needs>(?P<name>[\w.-]+?)[<>=!~]\S+) and you "
            r"require (?P=package), we can conclude that you require"
        ),
    ),
    _other_wish,
)
CONFLICT_OF_TWO = Cause(
    "diagnose.C174",
    "{package} needs {needs}, and {other} needs {otherwise}",
    "No version of what both need fits.",
    "Change one of the two in {requirements}: another version of {package}, or of {other}",
    (
        said(
            r"Because (?P<package>\S+) depends on (?P<needs>(?P<name>[\w.-]+?)[<>=!~]\S+) and "
            r"(?P<other>\S+) depends on (?P<otherwise>(?P=name)[<>=!~]\S+?), we can conclude"
        ),
    ),
)
PYTHON = Cause(
    "diagnose.C165",
    "{package} needs Python {wanted}, and Python {version} is used",
    "The version of the package is for other Pythons than the one that the project asks for.",
    'Write in deploy.toml: [build] python = "{first}"; or another version of {package} in '
    "{requirements}",
    (
        said(
            r"Python version \((?P<version>[\d.]+)\) does not satisfy Python(?P<wanted>[<>=!~]\S+) "
            r"and (?P<package>\S+) depends on Python"
        ),
    ),
    lambda found: {"first": _first(found.groups["wanted"])},
)
NO_VERSION = Cause(
    "diagnose.C166",
    "There is no {package}",
    "The package is there, this version is not: it is misspelt, withdrawn, or still to come.",
    "Name a version that there is in {requirements}",
    (said(r"there (?:is|are) no versions? of (?P<package>[\w.-]+[<>=!~]\S+?),? and you require"),),
)
NOT_FOUND = Cause(
    "diagnose.C167",
    "There is no package {package}",
    "No package index that is asked has it. The name is misspelt, or it is a private package.",
    "Correct the name in {requirements}, or remove the line",
    (
        said(r"Because (?P<package>[\w.-]+) was not found in the package registry"),
        said(r"\b(?P<package>[\w.-]+) was not found in the package registry and"),
    ),
    # It is no index that it was to come from, but a repository out of reach.
    lambda found: None if "could not be fetched" in found.output.message else {},
)
OTHER_SYSTEM = Cause(
    "diagnose.C168",
    "{package} has nothing for this system: its wheels are for {systems}",
    "The dependency file was written on another system, most often by pip freeze on Windows.",
    'Remove the line from {requirements}, or limit it: {name}; sys_platform == "win32"',
    (
        said(r"Wheels are available for `(?P<name>[\w.-]+)` \((?P<v>\S+)\) on the following "
             r"platforms?: (?P<systems>.+)"),
    ),
    lambda found: {
        "package": f"{found.groups['name']} {found.groups['v'].removeprefix('v')}",
        "systems": found.groups["systems"].replace("`", ""),
    },
)  # fmt: skip
GIT = Cause(
    "diagnose.C169",
    "The repository {address} cannot be fetched",
    "A line of the dependency file names a git repository. It is private, has moved, or the "
    "machine has no way to it.",
    "Correct the address in {requirements}, or take a release of the package instead",
    (
        said(r"unable to access '(?P<address>[^']+)'"),
        said(r"[Rr]epository '(?P<address>[^']+)' not found"),
        said(r"could not read Username for '(?P<address>[^']+)'"),
        said(r"'(?P<address>[^']+)' does not appear to be a git repository"),
    ),
    lambda found: {"address": _without_password(found.groups["address"])},
)
BAD_LINE = Cause(
    "diagnose.C170",
    "A line of {file} is no requirement: {words}",
    "A line is a name with versions, such as Django>=5.2, or an address.",
    "Mend the line in {file}",
    (said(r"Couldn't parse requirement in `(?P<file>[^`]+)` at position \d+"),),
    lambda found: {"words": _next_cause(found), "file": found.groups["file"].removeprefix("/app/")},
)
HASH = Cause(
    "diagnose.C171",
    "A package is not the one whose hash the file names: {package}",
    "The file on the index has changed, or the hashes were made for other files.",
    "Make the hashes anew, for example: uv pip compile --generate-hashes",
    (said(r"Hash mismatch for `(?P<package>[^`]+)`"),),
)
NO_FOLDER = Cause(
    "diagnose.C175",
    "The dependency file names the folder {folder}, which is not in the source",
    "An entry with a path, such as -e ./libs/x, is installed from the source itself.",
    "Add the folder to the source, or correct the line in {requirements}",
    (said(r"Distribution not found at: file:///app/(?P<folder>\S+)"),),
)
NOT_UTF8 = Cause(
    "diagnose.C176",
    "{file} is not in UTF-8",
    "The installer reads dependency files as UTF-8.",
    "Save {file} as UTF-8",
    (said(r"failed to decode file `(?:/app/)?(?P<file>[^`]+)`: stream did not contain"),),
)
INDEX_TLS = Cause(
    "diagnose.C172",
    "The certificate of a package index is not trusted",
    "The address leads to a server whose certificate is of an unknown authority or has run out.",
    "Correct the line with the index in {requirements}, or remove it",
    (said(r"invalid peer certificate: \w+"),),
)
NO_INDEX = Cause(
    "diagnose.C177",
    "The package index at {address} does not answer",
    "The address of the index is wrong, its server is down, or this machine has no way to it.",
    "Correct the line with the index in {requirements}; without one, mend this machine's network",
    (said(r"error sending request for url \((?P<address>[^)]+)\)"),),
    _no_index,
)


def _first(wanted: str) -> str:
    """A version that `>=3.10` or `<3.13,>=3.9` allows; what was asked for, where none is seen."""
    least = re.search(r">=\s*(\d+\.\d+)", wanted)
    return least[1] if least else "VERSION"


def _next_cause(found: Found) -> str:
    lines = [each.line.strip() for each in found.output.all]
    causes = [line for line in lines if line.startswith("cause: ")]
    return causes[0].removeprefix("cause: ") if causes else "it cannot be read"
