"""Which Python the project asks for, in any of the places where projects say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nuages.core.facts import Fact
from nuages.inspect.declared.packages import ODD_PYTHON
from nuages.inspect.documents import load_json, load_toml
from nuages.inspect.locks.constraints import specifier
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, join, parent

DEFAULT = "3.12"
_VERSION = re.compile(
    r"(?:c?python|cpython)?[-@ =v]*(\d)\.(\d+)(?:\.(?:\d+|x|\*)\w*)?", re.IGNORECASE
)
# `FROM python:3.9-slim`, with a registry before it and options too.
_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(?:\S+/)?python:3\.(\d+)", re.IGNORECASE)
# Older ones cannot read nuages_runtime.
_OLDEST_MINOR = 6
_REQUIRES = re.compile(r"^\s*python_requires\s*=\s*[\"']?([^\"'\n#]+)", re.MULTILINE)
_POETRY = re.compile(r'^python-versions = "([^"]*)"', re.MULTILINE)
_CONDA = re.compile(r"^\s*-\s*[\"']?python\s*={1,2}\s*(\d\.\d+)", re.MULTILINE)
_RANGE = re.compile(r"[<>=!~^]")


def find_python(tree: Tree, root: str, said: Said, remarks: Remarks) -> Fact[str]:
    """A version request: `3.12`, or a range. The patch of a version is dropped: patches only
    mend, and the exact one is seldom installed."""
    if said.config.python:
        wanted = _request(said.config.python)
        if wanted:
            return said.fact(wanted, "build.python")
        message = f"[build] python is '{said.config.python}', which is no version"
        remarks.say(ODD_PYTHON, message, said.file, said.line("build.python"))
    for folder in _folders(root):
        for name, reader in _READERS:
            path = join(folder, name)
            if not tree.has(path):
                continue
            text, line = reader(tree, path, remarks)
            wanted = _request(text)
            if wanted:
                return Fact(wanted, f"{path} asks for {text}", file=path, line=line)
            if text:
                remarks.say(
                    ODD_PYTHON, f"{path} asks for '{text}', which is no version", path, line
                )
    hint = _image(tree)
    if hint is not None:
        return hint
    return Fact(DEFAULT, "the project does not say; 3.12 is the default", "default")


def _image(tree: Tree) -> Fact[str] | None:
    """The version of the first image of Python that a Dockerfile begins with, the nearest to the
    top first: a hint, since it was not said to Nuages."""
    kept = ((path, tree.text(path)) for path in tree.named("Dockerfile"))
    for path, text in (*kept, *sorted(tree.source.dockerfiles, key=lambda each: each[0])):
        for number, line in enumerate(text.split("\n"), start=1):
            found = _FROM.match(line)
            if found and int(found[1]) >= _OLDEST_MINOR:
                reason = f"{path} begins with Python 3.{found[1]}"
                return Fact(f"3.{found[1]}", reason, file=path, line=number)
    return None


def _folders(root: str) -> Iterator[str]:
    yield root
    while root != ".":
        root = parent(root)
        yield root


def _request(text: str) -> str:
    """A version or range as a request; empty for what is neither."""
    text = text.strip().strip("\"'")
    exact = _VERSION.fullmatch(text)
    if exact:
        return f"{exact[1]}.{exact[2]}"
    if not _RANGE.search(text):
        return ""
    # Loaded here: only projects that give a range need it.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    try:
        specifiers = SpecifierSet(specifier(text))
    except InvalidSpecifier:
        return ""
    minor = re.fullmatch(r"={2,3}\s*(\d\.\d+)(?:\.[\d*]+)?", text)
    if minor:
        return minor[1]
    return str(specifiers)


def _first_line(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    """The first line that is no comment: .python-version and runtime.txt."""
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        word = line.partition("#")[0].strip()
        if word:
            return word.split()[0], number
    return "", 1


def _tool_versions(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        words = line.partition("#")[0].split()
        if len(words) > 1 and words[0] == "python":
            return words[1], number
    return "", 1


def _pipfile(tree: Tree, path: str, remarks: Remarks) -> tuple[str, int]:
    return _pipfile_version(load_toml(tree, path, remarks).get("requires")), 1


def _pipfile_lock(tree: Tree, path: str, remarks: Remarks) -> tuple[str, int]:
    meta = load_json(tree, path, remarks).get("_meta")
    return _pipfile_version(meta.get("requires") if isinstance(meta, Mapping) else None), 1


def _pipfile_version(requires: object) -> str:
    if not isinstance(requires, Mapping):
        return ""
    return str(requires.get("python_version") or requires.get("python_full_version") or "")


def _uv_lock(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    found = re.search(r'^requires-python = "([^"]*)"', tree.text(path)[:500], re.MULTILINE)
    return (found[1], 2) if found else ("", 1)


def _pyproject(tree: Tree, path: str, remarks: Remarks) -> tuple[str, int]:
    document = load_toml(tree, path, remarks)
    project: Any = document.get("project")
    if isinstance(project, Mapping) and isinstance(project.get("requires-python"), str):
        return project["requires-python"], _line(tree, path, "requires-python")
    tool: Any = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, Mapping) else None
    wanted = poetry.get("dependencies") if isinstance(poetry, Mapping) else None
    python = wanted.get("python") if isinstance(wanted, Mapping) else None
    return (python, _line(tree, path, "python")) if isinstance(python, str) else ("", 1)


def _poetry_lock(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    # At the end, and the packages before it have keys of this name.
    text = tree.text(path)
    at = text.rfind("[metadata]")
    wanted, line = _found(_POETRY, text[at:]) if at >= 0 else ("", 1)
    return wanted, line + text.count("\n", 0, max(at, 0))


def _setup(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    return _found(_REQUIRES, tree.text(path))


def _conda(tree: Tree, path: str, _remarks: Remarks) -> tuple[str, int]:
    return _found(_CONDA, tree.text(path))


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, int]:
    found = pattern.search(text)
    return (found[1].strip(), text.count("\n", 0, found.start(1)) + 1) if found else ("", 1)


def _line(tree: Tree, path: str, word: str) -> int:
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        if line.strip().startswith(word):
            return number
    return 1


_Reader = Callable[[Tree, str, Remarks], tuple[str, int]]
_READERS: tuple[tuple[str, _Reader], ...] = (
    (".python-version", _first_line),
    ("runtime.txt", _first_line),
    (".tool-versions", _tool_versions),
    ("Pipfile", _pipfile),
    ("Pipfile.lock", _pipfile_lock),
    ("uv.lock", _uv_lock),
    ("pyproject.toml", _pyproject),
    ("poetry.lock", _poetry_lock),
    ("setup.cfg", _setup),
    ("setup.py", _setup),
    ("environment.yml", _conda),
    ("environment.yaml", _conda),
)
