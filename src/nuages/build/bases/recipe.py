"""A distribution and the packages wanted of it become the arguments of mmdebstrap. Pure.

Sources: mmdebstrap(1); the packages of Debian 12 and 13 and of Ubuntu 22.04 and 24.04.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.build.bases.names import BaseName

# Raise it when a base would be made otherwise, so that nobody takes an older one for it.
VERSION = 1
MIRRORS = {"debian": "NUAGES_DEBIAN_MIRROR", "ubuntu": "NUAGES_UBUNTU_MIRROR"}
_COMPONENTS = {"debian": "main", "ubuntu": "main,universe"}
# A root whose /bin is a link from the start needs no usrmerge, a package that brings Perl; since
# Ubuntu 24.04 base-files has the link itself, and the hook would fail.
MERGED = "/usr/share/mmdebstrap/hooks/maybe-merged-usr"
_MERGED_ALREADY = ("noble",)

# It ends with whoever started it, and so do all that it started; what it mounts is its own, or a
# kill would leave /proc and /sys mounted below a folder that somebody removes then.
_DIES = ("setpriv", "--pdeathsig", "KILL")
_ALONE = (
    "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
    "--mount-proc",
)  # fmt: skip

KEYRINGS = Path("/usr/share/keyrings")
# The distribution whose packages have the keys of Ubuntu; Debian 12 has none.
KEY_SUITE = "trixie"
_KEY_PACKAGE = "ubuntu-archive-keyring"

# What any Django app expects, and every library that a CPython made elsewhere is linked with.
_EVERYWHERE = (
    "ca-certificates", "media-types", "netbase", "python3", "tzdata",
    "libbz2-1.0", "libcrypt1", "libexpat1", "libffi8", "liblzma5", "libncursesw6", "libnsl2",
    "libsqlite3-0", "libstdc++6", "libuuid1", "zlib1g",
)  # fmt: skip
_BEFORE_T64 = ("libdb5.3", "libgdbm-compat4", "libgdbm6", "libreadline8", "libssl3", "libtirpc3")
# Debian 13 and Ubuntu 24.04 named libraries anew whose times have 64 bits.
_T64 = tuple(f"{name}t64" for name in _BEFORE_T64)
_BY_SUITE: Mapping[str, tuple[str, ...]] = {
    # Before Python 3.12 the standard library's distutils is a package of its own.
    "bookworm": (*_BEFORE_T64, "python3-distutils"),
    "jammy": (*_BEFORE_T64, "python3-distutils"),
    # `US/Eastern` and its like.
    "trixie": (*_T64, "tzdata-legacy"),
    "noble": (*_T64, "tzdata-legacy"),
}
# Left out while packages are unpacked; licences are kept.
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/lintian/*",
             "/usr/share/locale/*", "/usr/share/man/*")  # fmt: skip
_INCLUDED = ("/usr/share/doc/*/copyright",)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a root is made: the distribution, the packages besides those of every base, the lines
    of apt's sources (empty: mmdebstrap knows them), and where the distributions' keys are.
    `key_sources` are those of Debian 13, which has the keys of Ubuntu as a package."""

    name: BaseName
    packages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    keyrings: Path = KEYRINGS
    key_sources: tuple[str, ...] = ()

    @property
    def keyring(self) -> Path:
        """The file with the keys of the distribution."""
        return self.keyrings / f"{self.name.distribution}-archive-keyring.gpg"

    @property
    def key(self) -> str:
        """The name of what comes out, for who looks whether it is there: the same packages of the
        same distribution for the same processor."""
        words = (str(VERSION), platform.machine(), *sorted(set(self.packages)))
        digest = hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
        return f"{self.name.name}-{digest}"


def base_packages(suite: str) -> tuple[str, ...]:
    """The packages of every base of that distribution."""
    return (*_EVERYWHERE, *_BY_SUITE[suite])


def mmdebstrap_argv(
    recipe: Recipe, mode: str, target: Path, hooks: tuple[str, ...] = (MERGED,)
) -> tuple[str, ...]:
    """The arguments that make the recipe's root, as a tar at `target`; `mode` is `root` or
    `unshare`, `hooks` those of its own folders of hooks that this mmdebstrap has."""
    suite, distribution = recipe.name.suite, recipe.name.distribution
    wanted = dict.fromkeys((*base_packages(suite), *recipe.packages))
    return (
        *_started(mode),
        "--variant=essential",
        "--format=tar",
        f"--components={_COMPONENTS[distribution]}",
        f"--keyring={recipe.keyring}",
        *(f"--hook-dir={hook}" for hook in hooks if suite not in _MERGED_ALREADY),
        f"--include={','.join(wanted)}",
        # No name is a pattern (`g++` is a package), and what is lacking is said once.
        "--aptopt=APT::Cmd::Pattern-Only true",
        "--aptopt=Acquire::Retries 2",
        *(f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED),
        *(f"--dpkgopt=path-include={path}" for path in _INCLUDED),
        suite,
        str(target),
        *recipe.sources,
    )


def keyring_argv(recipe: Recipe, mode: str, target: Path) -> tuple[str, ...]:
    """The arguments that unpack the package with Ubuntu's keys, as a tar at `target`: taken from
    Debian, and signed by the keys of Debian."""
    return (
        *_started(mode),
        "--variant=extract",
        "--format=tar",
        f"--keyring={recipe.keyrings / 'debian-archive-keyring.gpg'}",
        f"--include={_KEY_PACKAGE}",
        KEY_SUITE,
        str(target),
        *recipe.key_sources,
    )


def _started(mode: str) -> tuple[str, ...]:
    # An ordinary user's mmdebstrap makes namespaces of its own.
    alone = _ALONE if mode == "root" else ()
    return (*_DIES, *alone, "mmdebstrap", f"--mode={mode}")


def mirror_sources(name: BaseName, mirror: str) -> tuple[str, ...]:
    """The lines for a mirror that has all parts of a distribution; that of Debian has the security
    updates beside the archive, as the distribution's own ones do."""
    components = _COMPONENTS[name.distribution].replace(",", " ")
    base = mirror.rstrip("/")
    security = f"{base}-security" if name.distribution == "debian" else base
    return (
        f"deb {base} {name.suite} {components}",
        f"deb {base} {name.suite}-updates {components}",
        f"deb {security} {name.suite}-security {components}",
    )


def host_sources(name: BaseName, targets: str) -> tuple[str, ...]:
    """This machine's own sources of the distribution, from what `apt-get indextargets` prints of
    them (address, release, component); none where it lacks the archive or its security updates."""
    wanted = (name.suite, f"{name.suite}-updates", f"{name.suite}-security")
    components = set(_COMPONENTS[name.distribution].split(","))
    lines = [line.split() for line in targets.split("\n")]
    found = {
        (wanted.index(words[1]), words[0], words[2])
        for words in lines
        if len(words) == 3
        and words[1] in wanted
        and words[2] in components
        and re.match(r"https?://", words[0])
    }
    places = {place for place, _, _ in found}
    if not {0, 2} <= places:
        return ()
    return tuple(f"deb {uri} {wanted[place]} {part}" for place, uri, part in sorted(found))


def keyring_package(distribution: str, host: str) -> str:
    """The package that brings a distribution's keys, on a machine with `host`."""
    if distribution == "ubuntu":
        return "ubuntu-keyring" if host == "ubuntu" else _KEY_PACKAGE
    return f"{distribution}-archive-keyring"
