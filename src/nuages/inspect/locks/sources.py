"""The package indexes that Pipenv, Poetry, PDM and uv are told of become options for all lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nuages.core.package_index import host_of, is_default_index
from nuages.inspect.documents import load_json, load_toml
from nuages.inspect.locks.lines import tables, text
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join


def source_options(tree: Tree, folder: str, kind: str) -> tuple[str, ...]:
    """`--extra-index-url …` for each index besides the default one that the project in `folder`
    names for its package manager `kind`. One whose address is filled in from the environment is
    passed over: a build has no keys. Mistakes in the files are said where they are installed
    from."""
    found = _pipenv(tree, folder) if kind == "pipenv" else _pyproject(tree, folder, kind)
    wanted = (
        each
        for each in map(str, found)
        if host_of(each) and "$" not in each and " " not in each and not is_default_index(each)
    )
    return tuple(dict.fromkeys(f"--extra-index-url {each}" for each in wanted))


def _pipenv(tree: Tree, folder: str) -> Iterator[str]:
    lock, pipfile = join(folder, "Pipfile.lock"), join(folder, "Pipfile")
    if tree.has(lock):
        meta = load_json(tree, lock, Remarks()).get("_meta")
        listed = meta.get("sources") if isinstance(meta, Mapping) else None
    else:
        listed = load_toml(tree, pipfile, Remarks()).get("source")
    yield from (text(each, "url") for each in tables(listed))


def _pyproject(tree: Tree, folder: str, kind: str) -> Iterator[str]:
    tool = load_toml(tree, join(folder, "pyproject.toml"), Remarks()).get("tool")
    own: Any = tool.get(kind) if isinstance(tool, Mapping) else None
    if isinstance(own, Mapping):
        # uv writes `index`, the others `source`.
        listed = own.get("index" if kind == "uv" else "source")
        yield from (text(each, "url") for each in tables(listed))
        # Its older form.
        more = own.get("extra-index-url")
        yield text(own, "index-url")
        yield from (each for each in (more if isinstance(more, list) else ()) if each)
