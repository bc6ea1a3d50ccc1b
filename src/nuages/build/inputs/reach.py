"""What an installation could not reach gives way: an index to the default one, a repository to a
release of the same name; and a release that cannot be had to a later one. Pure; what is
somebody's own is never looked for elsewhere, since its name on the default index may be anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nuages.core.facts import Dependencies
from nuages.core.package_index import host_of, is_private, without_credentials

# How uv and git say that a host does not answer.
_DEAD = re.compile(
    r"error sending request|dns error|tcp connect error|[Cc]ould not resolve host|Failed to connect"
    r"|unable to access .*(?:timed out|refused)|HTTP status server error",
    re.I,
)
_PLACE = re.compile(r"\w+://[^\s'\"`)]+|(?<=resolve hostname )[\w.-]+|(?<=resolve host: )[\w.-]+")
# Where repositories are public, as a rule.
_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_ADDRESS = re.compile(
    r"(?:-e\s+)?(?:([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*@\s*)?((?:git\+)?(?:https?|ssh)://[^\s;]+)"
    r"\s*(;[^#]*?)?(?:\s--hash.*)?$"
)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?")
_ARCHIVE = re.compile(r"/archive/(?:refs/\w+/)?(.+?)(?:\.tar\.\w+|\.zip)$")
_VERSION = re.compile(
    r"(?:[A-Za-z][\w.]*[-_/])*v?\.?(\d+(?:\.\d+)+(?:(?:a|b|rc|\.?post|\.dev)\d+)?)"
)
# `2.4.0+cpu`: a build that the default index has not.
_LOCAL = re.compile(r"^([^;@\n]*={2,3}\s*[^\s;,+]+)\+[\w.]+(.*)$", re.M)
_MISMATCH = re.compile(r"Hash mismatch for `([\w.-]+)==")
# uv unpacks no tar archive from before POSIX (1988), as some tools wrote them until the 2010s.
_UNPACKED = re.compile(r"Failed to extract archive: ([A-Za-z0-9][\w.-]*)==((\d+)\S*)")
# Old releases ask for versions that are none, as pandas 0.24 for `pytz>=2011k`: pip passed over
# that until its release 24.1.
_MISREAD = re.compile(r"Metadata for `([A-Za-z0-9][\w.-]*)` \(v((\d+)[^)]*)\) could not be parsed")
# `.tar.bz2`, of which uv takes none, as of Twisted 20.3.
_MISNAMED = re.compile(
    r"([A-Za-z0-9][\w.-]*)==((\d+)\S*) has a non-PEP 625-compliant source distribution filename"
)
_UNREAD = (_UNPACKED, _MISREAD, _MISNAMED)
# From here on a number is that of a year, which says nothing of what fits.
_YEARS = 15
_UNBUILT = re.compile(r"Failed to build `([A-Za-z0-9][\w.-]*)==((\d+)[^`]*)`")
# Where a series has a break that an older Django does not go along with: in 2.9 psycopg2 gives time
# zones in another way, which 3.1 was the first to take (Django's ticket 31624).
_BREAKS: Mapping[str, tuple[str, tuple[int, int]]] = {
    "psycopg2": ("2.9", (3, 1)),
    "psycopg2-binary": ("2.9", (3, 1)),
}
_INDEXES = ("--index-url ", "--extra-index-url ", "--find-links http")


@dataclass(frozen=True, slots=True)
class GivenUp:
    """`what` could not be reached, or not be had: the host of an index, or a line of a
    requirements file; `instead` is the requirement that was installed for it (empty: the default
    index was asked)."""

    what: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be installed, and what was given up for it so far. `exported` is what the
    dependencies were turned into; `overrides` are requirements that hold whatever else is asked;
    with `later` what cannot be built gives way too, since no Python is left to try.
    """

    dependencies: Dependencies
    exported: str
    given_up: tuple[GivenUp, ...] = ()
    overrides: tuple[str, ...] = ()
    later: bool = False

    def easier(self, output: str) -> Asked | None:
        """The next to try, after a try that printed this; None where there is nothing."""
        hosts = unreached(output)
        return (
            self._of_default_index(hosts)
            or self._of_releases(hosts)
            or self._without_digests(output)
            or self._of_later_release(output)
            or (None if hosts else self._of_any_release(output))
        )

    def _of_default_index(self, hosts: frozenset[str]) -> Asked | None:
        options = self.dependencies.options
        dead = [each for each in options if _is_open_index(each) and host_of(_value(each)) in hosts]
        if not dead:
            return None
        left = tuple(each for each in options if not _is_open_index(each))
        given_up = tuple(GivenUp(host_of(_value(each))) for each in dead)
        return replace(
            self,
            dependencies=replace(self.dependencies, options=left),
            exported=_LOCAL.sub(_without_local, self.exported),
            given_up=self.given_up + given_up,
        )

    def _of_releases(self, hosts: frozenset[str]) -> Asked | None:
        pins = dict(self.dependencies.pins)
        changed = {
            line: instead
            for line in lines_at(self.exported, hosts)
            if (instead := release_of(line, pins))
        }
        if not changed:
            return None
        lines = [changed.get(line.strip(), line) for line in self.exported.split("\n")]
        given_up = tuple(GivenUp(*pair) for pair in changed.items())
        return replace(self, exported="\n".join(lines), given_up=self.given_up + given_up)

    @property
    def without_index(self) -> bool:
        """Whether an index was given up."""
        return any(not each.instead for each in self.given_up)

    def _without_digests(self, output: str) -> Asked | None:
        """Without the digests of what a lock had from an index that was given up: the default
        one may have another build of the same release."""
        found = _MISMATCH.search(output)
        if found is None or not self.without_index:
            return None
        digests = rf"^({re.escape(found[1])}\s*==[^\n\\]*?)(?:(?:\s*\\\n)?\s+--hash[= ]\S+)+"
        exported = re.sub(digests, r"\1", self.exported, flags=re.M | re.I)
        return replace(self, exported=exported) if exported != self.exported else None

    def _of_later_release(self, output: str) -> Asked | None:
        """With any later release of the same series for one that cannot be had."""
        patterns = (*_UNREAD, *((_UNBUILT,) if self.later else ()))
        found = next(filter(None, (each.search(output) for each in patterns)), None)
        if found is None or any(line.startswith(f"{found[1]}>") for line in self.overrides):
            return None
        instead = f"{found[1]}>={found[2]},<{self._end_of(found[1], int(found[3]))}"
        given_up = (*self.given_up, GivenUp(f"{found[1]}=={found[2]}", instead))
        return replace(self, overrides=(*self.overrides, instead), given_up=given_up)

    def _end_of(self, name: str, major: int) -> str:
        """The first release that is not of the series of a distribution any more; where years
        are its numbers, the year after is of it too."""
        end, first = _BREAKS.get(name, ("", (0, 0)))
        django = re.match(r"(\d+)\.(\d+)", dict(self.dependencies.pins).get("django", ""))
        if end and django and (int(django[1]), int(django[2])) < first:
            return end
        return str(major + (2 if major > _YEARS else 1))

    def _of_any_release(self, output: str) -> Asked | None:
        """Without the versions that the index turned out not to have."""
        changed = {}
        for each in self.given_up:
            name = re.split(r"[\[=;\s]", each.instead)[0]
            if "==" in each.instead and re.search(rf"\b{re.escape(name)}\b", output, re.I):
                changed[each.instead] = re.sub(r"==\S+", "", each.instead)
        if not changed:
            return None
        lines = [changed.get(line.strip(), line) for line in self.exported.split("\n")]
        given_up = tuple(
            replace(each, instead=changed.get(each.instead, each.instead)) for each in self.given_up
        )
        return replace(self, exported="\n".join(lines), given_up=given_up)


def unreached(output: str) -> frozenset[str]:
    """The hosts that did not answer, as uv and git say it."""
    if not _DEAD.search(output):
        return frozenset()
    return frozenset(host_of(each) or each for each in _PLACE.findall(output))


def lines_at(exported: str, hosts: frozenset[str]) -> list[str]:
    """The lines whose address is on one of the hosts."""
    lines = [line.strip() for line in exported.split("\n")]
    found = ((line, _ADDRESS.match(line)) for line in lines)
    return [line for line, address in found if address and host_of(address[3]) in hosts]


def release_of(line: str, pins: Mapping[str, str]) -> str:
    """The requirement of a release that stands for a public repository or its archive: in the
    version that the tag or the lock names, else any; empty where its name is not known."""
    found = _ADDRESS.match(line)
    if found is None or is_private(found[3]) or host_of(found[3]) not in _FORGES:
        return ""
    name, extras, address, marker = found.groups()
    path, _, fragment = address.partition("#")
    repository, _, reference = path.partition("://")[2].partition("@")
    archive = _ARCHIVE.search(repository)
    if archive:
        repository, reference = repository[: archive.start()], archive[1]
    egg = _EGG.search(f"#{fragment}")
    if not name and egg:
        name, extras = egg[1], egg[2]
    parts = repository.removesuffix(".git").strip("/").split("/")
    if not name and len(parts) == 3 and "subdirectory=" not in fragment:
        name = parts[2]
    if not name:
        return ""
    version = _VERSION.fullmatch(reference)
    wanted = pins.get(re.sub(r"[-_.]+", "-", name).lower()) or (version[1] if version else "")
    pin = f"=={wanted}" if wanted else ""
    return f"{name}{extras or ''}{pin}{f' {marker.strip()}' if marker else ''}"


def shown(line: str) -> str:
    """A line as it may be printed."""
    return without_credentials(line)


def _is_open_index(option: str) -> bool:
    return option.startswith(_INDEXES) and not is_private(option)


def _value(option: str) -> str:
    return option.partition(" ")[2]


def _without_local(found: re.Match[str]) -> str:
    # The digests are those of that build.
    return found[1] + re.sub(r"\s--hash[= ]\S+|\s\\$", "", found[2])
