"""What lies where in an image, part by part: interpreter, packages, static files, the app, our
runtime. Each part changes at a rate of its own and is a layer of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.build.oci.entries import Entry, copied_entry, file_entry, folder_entry, tree_entries

# The user of everything that the app may change, and that it runs as.
USER = (1000, 1000)
USER_NAME = "app"
DOCUMENT = "nuages/image.json"
# A distribution from this size on, in bytes, is a layer of its own, the largest first; of so many.
_LARGE = 4 * 1024 * 1024
_MOST_LARGE = 8
# Only what is compiled needs them.
_NOT_RUN = ("include", "share")


@dataclass(frozen=True, slots=True)
class Group:
    """Packages that are one layer: what they are called together, and their names in the folder of
    all packages; of the last group, the names that are not in it."""

    name: str
    names: frozenset[str]
    rest: bool = False


def account_entries(passwd: str, group: str) -> Iterator[Entry]:
    """The app's user, who can write into a few folders; `passwd` and `group` are those of the
    base."""
    uid, gid = USER
    users = [line for line in passwd.splitlines() if not line.startswith(f"{USER_NAME}:")]
    groups = [line for line in group.splitlines() if not line.startswith(f"{USER_NAME}:")]
    users.append(f"{USER_NAME}:x:{uid}:{gid}::/home/{USER_NAME}:/usr/sbin/nologin")
    groups.append(f"{USER_NAME}:x:{gid}:")
    yield file_entry("etc/passwd", "".join(f"{line}\n" for line in users).encode())
    yield file_entry("etc/group", "".join(f"{line}\n" for line in groups).encode())
    yield folder_entry(f"home/{USER_NAME}", USER)
    yield folder_entry("data", USER)


def interpreter_entries(python: Path) -> Iterator[Entry]:
    """An interpreter's installation, at /python."""

    def wanted(path: str) -> bool:
        first, _, rest = path.partition("/")
        return first not in _NOT_RUN and not rest.startswith("pkgconfig") and "/config-" not in path

    return tree_entries(python, "python", wanted=wanted)


def package_groups(site: Path) -> list[Group]:
    """The packages in the folder `site`, in groups: each of the largest alone, so that another
    release of one does not send the others again, and all the rest."""
    owned = _names_of_distributions(site)
    shared = _shared(owned)
    large: list[tuple[int, str, frozenset[str]]] = []
    for name, names in owned.items():
        own = frozenset(names - shared)
        size = sum(_size(site / one) for one in own)
        if size >= _LARGE:
            large.append((size, name, own))
    largest = sorted(large, key=lambda each: (-each[0], each[1]))[:_MOST_LARGE]
    groups = [Group(name, names) for _, name, names in sorted(largest, key=lambda each: each[1])]
    taken = frozenset(name for group in groups for name in group.names)
    return [*groups, Group("", taken, rest=True)]


def package_entries(venv: Path, site: Path, group: Group) -> Iterator[Entry]:
    """The part of the environment at `venv` that is this group's; all that is none's is in the
    last one."""
    below = str(site.relative_to(venv))

    def is_of_rest(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return not (folder == below and name in group.names)

    if group.rest:
        yield from tree_entries(venv, "venv", wanted=is_of_rest)
        return
    for name in sorted(group.names):
        if (site / name).is_dir():
            yield from tree_entries(site / name, f"venv/{below}/{name}")
        else:
            yield copied_entry(site / name, f"venv/{below}/{name}")


def static_entries(tree: Path, files: Iterable[str], place: str) -> Iterator[Entry]:
    """Collected static files, by their paths below `tree`, at the absolute path `place`."""
    top = place.strip("/")
    paths = set(files)
    folders = {parent for path in paths for parent in _folders_above(path)}
    return tree_entries(tree, top, wanted=lambda path: path in paths or path in folders)


def app_entries(app: Path, document: Mapping[str, object]) -> Iterator[Entry]:
    """The app's tree at /app, and beside it the document that says how it is run."""
    yield from tree_entries(app, "app", owner=USER)
    text = json.dumps(document, sort_keys=True, indent=1)
    yield file_entry(DOCUMENT, f"{text}\n".encode())


def runtime_entries(runtime: Path, tag: str) -> Iterator[Entry]:
    """Our own part, with the bytecode of one Python (`cpython-312`)."""

    def wanted(path: str) -> bool:
        return not path.startswith(".") and (not path.endswith(".pyc") or f".{tag}." in path)

    return tree_entries(runtime, "nuages", wanted=wanted)


def _names_of_distributions(site: Path) -> dict[str, set[str]]:
    """The names in `site` that each distribution's list of files begins with."""
    owned: dict[str, set[str]] = {}
    for record in sorted(site.glob("*.dist-info/RECORD")):
        names = {record.parent.name}
        for line in record.read_text("utf-8", errors="replace").splitlines():
            first = line.removeprefix('"').partition("/")[0].partition(",")[0]
            if first not in ("", "..", "__pycache__"):
                names.add(first)
        owned[record.parent.name.partition("-")[0].lower()] = {
            name for name in names if (site / name).exists()
        }
    return owned


def _shared(owned: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    shared: set[str] = set()
    for names in owned.values():
        shared |= seen & names
        seen |= names
    return shared


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.stat().st_size
    return sum(
        Path(folder, name).lstat().st_size for folder, _, names in os.walk(path) for name in names
    )


def _folders_above(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
