"""The part of a Dockerfile that installs the packages: the same lines as `nuages build` gives to
uv, with what they are read from copied before the rest of the source. Pure."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable, Iterator

from nuages.build.export.text import copy, run, words
from nuages.build.export.values import Packages
from nuages.core.exported import FOLDER

# Where the files of an installation lie in the build.
SHOWN = f"/app/{FOLDER}/packages"
# Where a uv.lock is turned into a list.
EXPORTED = "/tmp/exported.txt"  # noqa: S108 - of a build's own
_CACHE = "type=cache,target=/root/.cache/uv"
_EXPORT = ("uv", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate")


def install_lines(packages: Packages) -> Iterator[str]:
    """The instructions, in a stage that has uv and an environment at /venv."""
    if _takes_source(packages):
        yield copy(".", "/app/")
    else:
        if packages.files:
            yield copy(f"{FOLDER}/packages/", f"{SHOWN}/")
        yield from _copies(packages.dependencies.files)
    folder = posixpath.normpath(f"/app/{packages.dependencies.root}")
    steps = [] if folder == "/app" else [f"cd {shlex.quote(folder)}"]
    if packages.dependencies.kind == "uv":
        member = ("--package", packages.member) if packages.member else ()
        steps.append(shlex.join((*_EXPORT, *member, "--output-file", EXPORTED)))
    yield run([*steps, _install(packages)], (_CACHE,))


def _takes_source(packages: Packages) -> bool:
    return packages.dependencies.local or bool(packages.dependencies.library)


def _copies(files: Iterable[str]) -> Iterator[str]:
    folders: dict[str, list[str]] = {}
    for path in files:
        folders.setdefault(posixpath.dirname(path), []).append(path)
    for folder, paths in folders.items():
        yield copy(*dict.fromkeys(paths), f"/app/{folder}/" if folder else "/app/")


def _install(packages: Packages) -> str:
    """One command, or several of which the first that succeeds is enough."""
    common = ("uv", "pip", "install", "--python", "/venv/bin/python", *packages.arguments)
    tries = [words((*common, *library, *packages.extra)) for library in packages.library]
    return tries[0] if len(tries) == 1 else f"({' || '.join(tries)})"
