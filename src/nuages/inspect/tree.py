"""A source as inspection reads it: files by name, their text, their syntax; nothing is run."""

from __future__ import annotations

import ast
import posixpath
import warnings
from collections import defaultdict
from dataclasses import dataclass, field

from nuages.core.source import Source
from nuages.inspect.declared.sources import NOT_PARSED, ODD_ENCODING
from nuages.inspect.remarks import Remarks
from nuages.inspect.text import decode

# A file that a person wrote is smaller; a larger one is data.
_LARGEST = 2 * 1024 * 1024
# A lock file is written by a program.
_LARGEST_LOCK = 64 * 1024 * 1024
# As many as the kernel follows.
_MOST_LINKS = 40
# What walks a syntax tree takes some calls for each level, of which Python allows a thousand.
_DEEPEST = 150


@dataclass(slots=True)
class Tree:
    """The files of a source. Paths are POSIX, below its top; `.` or `` is the top itself."""

    source: Source
    remarks: Remarks
    paths: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _copies: dict[str, str] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)
    _bytes: dict[str, bytes] = field(default_factory=dict)
    _modules: dict[str, ast.Module | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index()

    def _index(self) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        folders = {""}
        for file in self.source.files:
            parent, _, name = file.path.rpartition("/")
            names[name].append(file.path)
            while parent not in folders:
                folders.add(parent)
                parent = parent.rpartition("/")[0]
        self._by_name = names
        self._copies = {file.path: file.of for file in self.source.files if file.of}
        self._links = {file.path: file.link for file in self.source.files if file.link}
        self.paths = frozenset(file.path for file in self.source.files)
        self.folders = frozenset(folders)

    def copy(self, original: str, place: str) -> None:
        """From here on see the source as it is once the file was copied to `place`, too."""
        self.source = self.source.with_copies([(original, place)])
        self._bytes.pop(place, None)
        self._index()

    @property
    def copies(self) -> tuple[tuple[str, str], ...]:
        """Each file that was copied, and where to."""
        return tuple((original, place) for place, original in sorted(self._copies.items()))

    def named(self, name: str) -> list[str]:
        """Every path with this file name, the ones nearest to the top first."""
        return sorted(self._by_name.get(name, ()), key=lambda path: (path.count("/"), path))

    def has(self, path: str) -> bool:
        """Whether `path` is a file of the source."""
        return path in self.paths

    def behind(self, path: str) -> str:
        """The file that `path` is in the end: itself, or what it links to, as far as that is in
        the source; so Python sees a script that it is told to run."""
        for _ in range(_MOST_LINKS):
            target = self._links.get(path, "")
            if not target:
                break
            path = join(parent(path), target)
        return path if path in self.paths else ""

    def read(self, path: str) -> bytes:
        """A file's bytes; empty for one that is absent, dangling or larger than source code."""
        if path not in self._bytes:
            try:
                place = self.source.path / self._copies.get(path, path)
                most = _LARGEST_LOCK if path.endswith((".lock", "pylock.toml")) else _LARGEST
                large = place.stat().st_size > most
                self._bytes[path] = b"" if large or path not in self.paths else place.read_bytes()
            except OSError:
                self._bytes[path] = b""
        return self._bytes[path]

    def text(self, path: str) -> str:
        """A file's text; an encoding that others may stumble over is said once."""
        decoded = decode(self.read(path))
        if decoded.odd:
            message = f"{path} was read as {decoded.encoding}, not UTF-8"
            self.remarks.say(ODD_ENCODING, message, path, 1)
        return decoded.text

    def parse(self, path: str) -> ast.Module | None:
        """A Python file's syntax tree; None, and a finding, where it has none."""
        if path not in self._modules:
            self._modules[path] = self._parse(path)
        return self._modules[path]

    def _parse(self, path: str) -> ast.Module | None:
        try:
            with warnings.catch_warnings():
                # Invalid escapes in somebody's code are no concern of ours.
                warnings.simplefilter("ignore")
                module = ast.parse(self.text(path))
            if not _is_deep(module):
                return module
            message = f"{path} cannot be read: its code is nested over {_DEEPEST} levels deep"
            self.remarks.say(NOT_PARSED, message, path, 1)
        except SyntaxError as error:
            line = error.lineno or 1
            reason = error.msg or "invalid syntax"
            self.remarks.say(NOT_PARSED, f"{path} cannot be parsed: {reason}", path, line)
        except (ValueError, RecursionError, MemoryError) as error:
            self.remarks.say(NOT_PARSED, f"{path} cannot be parsed: {error}", path, 1)
        return None

    def module(self, dotted: str, root: str) -> str:
        """The file of a module that is imported as `dotted` with `root` on the path; else ``."""
        if not dotted or not all(part.isidentifier() for part in dotted.split(".")):
            return ""
        below = join(root, dotted.replace(".", "/"))
        for candidate in (f"{below}/__init__.py", f"{below}.py"):
            if candidate in self.paths:
                return candidate
        return ""


def _is_deep(module: ast.Module) -> bool:
    level: list[ast.AST] = [module]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


def join(folder: str, path: str) -> str:
    """A path below a folder of the source, where the top is `.` or ``."""
    return posixpath.normpath(posixpath.join("" if folder == "." else folder, path))


def parent(path: str) -> str:
    """The folder of a path; `.` for the top."""
    return posixpath.dirname(path) or "."
