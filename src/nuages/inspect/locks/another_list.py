"""Where the list that is installed from does not name Django, the project's other one that does is
installed too: a group, an extra, another requirements file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nuages.core.facts import Dependencies, Fact, Offer
from nuages.inspect.declared.requirements import TAKEN_TOO
from nuages.inspect.facts.requirements import DependencyRead, Requirement, read_requirements
from nuages.inspect.locks.offers import find_offers
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, parent

DJANGO = "django"
# Distributions that take Django along, by how their names begin.
_WITH_DJANGO = ("django", "wagtail", "mezzanine", "drf-", "dj-", "channels", "cookiecutter")
# What is installed from these may bring anything.
_OPEN = ("requirements", "pyproject", "setup", "conda")
# The likelier ones to run an app with come first.
_RANKS = (
    re.compile(r"prod|deploy|live|server|web|app|django", re.I),
    re.compile(r"example|sandbox|demo|site|project|full|all|main|base|common", re.I),
    re.compile(r"dev|local", re.I),
)
_LISTS = (".txt", ".in", ".pip")
# Lists of what is beside the app.
_OTHERS = re.compile(r"(?:^|/)(?:docs?|node_modules|\.[^/]*)/")


def find_offered(
    tree: Tree, root: str, value: Dependencies, remarks: Remarks
) -> tuple[str, tuple[Offer, ...]]:
    """The place of the list to install besides `value`, and what it has, for the project in
    `root`; nothing where Django is brought already, or no other list names it."""
    offers = find_offers(tree, root, value)
    naming = [each.place for each in offers if each.name == DJANGO and _is_near(each.place, root)]
    if not naming or _brings_django(value):
        return "", ()
    place = min(naming, key=_rank)
    places = {place}
    if place.endswith(_LISTS):
        places |= set(read_requirements(tree, place, Remarks(), parent(place)).files)
    taken = tuple(each for each in offers if each.place in places)
    if value.kind == "none":
        message = f"Only {place} names Django; its packages are installed"
    else:
        named = f"{place[0].upper()}{place[1:]}" if " " in place else place
        message = f"{named} names Django, as {value.files[0]} does not; its packages are added"
    remarks.say(TAKEN_TOO, message, file_of(place), 1)
    return place, taken


def with_offered(read: DependencyRead, taken: Sequence[Offer]) -> DependencyRead:
    """The dependency input with what was taken from a list besides its own."""
    value = read.value.value
    file = file_of(taken[0].place)
    found = tuple(_requirement(each, file_of(each.place)) for each in taken)
    names = value.names | {each.name for each in found}
    pins = {**{each.name: each.pin for each in found if each.pin}, **dict(value.pins)}
    lines = tuple(dict.fromkeys(each.requirement for each in taken))
    if value.kind == "none":
        kind = "pipenv" if file.endswith("Pipfile") else "pyproject"
        value = Dependencies(kind, parent(file), (file,), lines=lines)
        fact = Fact(value, f"{taken[0].place} lists the packages", file=file, line=1)
    else:
        value = replace(value, offers=tuple(replace(each, taken=True) for each in taken))
        fact = replace(read.value, value=value)
    value = replace(value, names=names, pins=tuple(sorted(pins.items())))
    return DependencyRead(replace(fact, value=value), (*read.requirements, *found))


def file_of(place: str) -> str:
    """The file of a place such as `the group dev of pyproject.toml`."""
    return place.rpartition(" of ")[2]


def _requirement(offer: Offer, file: str) -> Requirement:
    specifier = re.sub(r"^[\w.-]+\s*(?:\[[^\]]*\])?\s*", "", offer.requirement)
    return Requirement(offer.name, specifier, file, 1)


def _brings_django(value: Dependencies) -> bool:
    """Whether Django is among what is installed, or may come with it."""
    known = value.names | {name for name, _ in value.pins}
    if DJANGO in known or value.local:
        return True
    return value.kind in _OPEN and any(name.startswith(_WITH_DJANGO) for name in known)


def _is_near(place: str, root: str) -> bool:
    """Whether a list may be of the project in `root`: not a file of another folder's."""
    folder = folder_of(place)
    below = root == "." or f"{folder}/".startswith(f"{root}/")
    above = folder == "." or f"{root}/".startswith(f"{folder}/")
    return (below or above) and not _OTHERS.search(place)


def folder_of(place: str) -> str:
    """The folder of what a list is for: above one that has lists only."""
    folder = parent(file_of(place))
    return parent(folder) if "requirements" in folder.rpartition("/")[2] else folder


def _rank(place: str) -> tuple[int, int]:
    """Small numbers for a list that is likely to be for production; of equals the first is
    taken."""
    ranks = (number for number, words in enumerate(_RANKS) if words.search(_own_name(place)))
    folder = folder_of(place)
    return 0 if folder == "." else folder.count("/") + 1, next(ranks, len(_RANKS))


def _own_name(place: str) -> str:
    """Of a group its name, of a file its path without the word that every one has."""
    group = re.match(r"the (?:group|extra) (\S+) of |(dev-packages) of ", place)
    if group:
        return group[1] or group[2]
    return re.sub(r"requirements?", "", place)
