"""What people write for a base becomes a `BaseName`; nothing is looked at but the text.

The forms are those of Rockcraft (`ubuntu@24.04`, `ubuntu:24.04`, `bare`), of the distributions'
own code names, and of image references.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nuages.build.bases.errors import UNKNOWN_BASE
from nuages.core.errors import NuagesError

BARE = "bare"
# What `bare` is cut out of where nothing else is named, and what is told as an example.
DEFAULT = "debian@12"
# The name -> the code name, which is what a mirror calls it.
DISTRIBUTIONS: Mapping[str, str] = {
    "debian@12": "bookworm",
    "debian@13": "trixie",
    "ubuntu@22.04": "jammy",
    "ubuntu@24.04": "noble",
}
_BY_CODE_NAME = {suite: name for name, suite in DISTRIBUTIONS.items()}
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,510}")
_SCHEME = re.compile(r"[a-z+]+://")
_RELEASE = re.compile(r'^([A-Z_]+)="?([^"\n]*)"?$', re.MULTILINE)


class BaseKind(StrEnum):
    """What a base is made from: a full root cut down, packages, or an image."""

    BARE = "bare"
    DISTRIBUTION = "distribution"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class BaseName:
    """A base by its one name (`debian@12` for `bookworm`), its kind, and the code name of its
    distribution (empty for the others)."""

    name: str
    kind: BaseKind
    suite: str = ""

    @property
    def distribution(self) -> str:
        """`debian` of `debian@12`."""
        return self.name.partition("@")[0] if self.kind is BaseKind.DISTRIBUTION else ""


def parse_base(text: str) -> BaseName:
    """The base that `text` names. Raises build.E060 with the list and what is meant, maybe."""
    written = text.strip()
    plain = re.sub(r"[:\s]+", "@", written.lower())
    if plain == BARE:
        return BaseName(BARE, BaseKind.BARE)
    for form in (plain, plain.rpartition("@")[2]):
        name = _BY_CODE_NAME.get(form, form)
        if name in DISTRIBUTIONS and plain in (name, form, f"{name.partition('@')[0]}@{form}"):
            return BaseName(name, BaseKind.DISTRIBUTION, DISTRIBUTIONS[name])
    is_reference = "/" in written or "@sha256:" in written
    if is_reference and "://" not in written and _REFERENCE.fullmatch(written):
        return BaseName(written, BaseKind.IMAGE)
    raise NuagesError(UNKNOWN_BASE, f"There is no base '{text}'", hint=_suggest(written, plain))


def host_base(os_release: str) -> BaseName | None:
    """The base that is this machine's own distribution, from the text of /etc/os-release; None
    where it is none of them."""
    values = dict(_RELEASE.findall(os_release))
    name = f"{values.get('ID', '')}@{values.get('VERSION_ID', '')}"
    suite = DISTRIBUTIONS.get(name)
    return BaseName(name, BaseKind.DISTRIBUTION, suite) if suite else None


def _suggest(written: str, plain: str) -> str:
    known = ", ".join((BARE, *DISTRIBUTIONS))
    listed = f"The bases are {known}; an image is named with its registry."
    if _SCHEME.match(written):
        return f'Leave out the scheme: base = "{_SCHEME.sub("", written)}"'
    near = difflib.get_close_matches(plain, (BARE, *DISTRIBUTIONS, *_BY_CODE_NAME), 1, 0.75)
    if near:
        name = _BY_CODE_NAME.get(near[0], near[0])
        return f'Did you mean base = "{name}"? {listed}'
    if re.fullmatch(r"[a-z0-9._-]+:[A-Za-z0-9._-]+", written):
        return f'{listed} For example: base = "registry.example.com/{written}"'
    return listed
