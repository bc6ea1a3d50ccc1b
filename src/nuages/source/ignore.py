"""The project's own ignore files: `.gitignore` in every folder, `.dockerignore` at the top."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

# Beyond these an ignore file is not written by a person; the rest of it is not read.
_LONGEST_FILE = 256 * 1024
_LONGEST_LINE = 500
_MOST_STARS = 12


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line that says something: its number, its text, `!` or not, and its expression.

    `floating` patterns have no slash but a last one, so only a name is matched, at any depth.
    """

    line: int
    text: str
    ignores: bool
    floating: bool
    expression: re.Pattern[str]


@dataclass(slots=True)
class IgnoreFile:
    """A parsed ignore file: `base` is its folder below the source, `` for the top; or `above`
    is the source's folder below its own."""

    file: str
    base: str
    patterns: tuple[_Pattern, ...]
    above: str = ""
    _by_name: dict[str, int] = field(default_factory=dict)

    def verdict(self, path: str, name: str, *, folder: bool) -> tuple[bool, str] | None:
        """(ignored, the rule's place and text) by the last line that speaks of `path`, which
        is relative to the source; None when no line does."""
        mark = "/" if folder else ""
        index = self._last_floating(name + mark)
        relative = path[len(self.base) + 1 :] if self.base else path
        if self.above:
            relative = f"{self.above}/{path}"
        for position in range(len(self.patterns) - 1, index, -1):
            pattern = self.patterns[position]
            if not pattern.floating and pattern.expression.match(relative + mark):
                index = position
                break
        if index < 0:
            return None
        found = self.patterns[index]
        return found.ignores, f"{self.file}:{found.line} {found.text}"

    def _last_floating(self, name: str) -> int:
        known = self._by_name.get(name)
        if known is None:
            known = -1
            for position in range(len(self.patterns) - 1, -1, -1):
                pattern = self.patterns[position]
                if pattern.floating and pattern.expression.match(name):
                    known = position
                    break
            self._by_name[name] = known
        return known


def parse_gitignore(content: bytes, file: str, base: str) -> IgnoreFile:
    """A `.gitignore` that lies in the folder `base`. A line that git could not read either is
    passed over."""
    return IgnoreFile(file, base, tuple(_git_patterns(_lines(content))))


@dataclass(slots=True)
class DockerIgnore:
    """A `.dockerignore` at the top: anchored patterns, and a later `!` may take back something
    below an ignored folder, which git never does."""

    file: str
    patterns: tuple[_Pattern, ...]

    @property
    def takes_back(self) -> bool:
        """Whether some line begins with `!`, so that ignored folders have to be entered."""
        return any(not pattern.ignores for pattern in self.patterns)

    def ignored(self, path: str) -> str:
        """The line that leaves out `path`: the last that matches it or a folder above it."""
        for pattern in reversed(self.patterns):
            if pattern.expression.match(path):
                return f"{self.file}:{pattern.line} {pattern.text}" if pattern.ignores else ""
        return ""


def parse_dockerignore(content: bytes, file: str = ".dockerignore") -> DockerIgnore:
    """A `.dockerignore`, by the rules of Docker's build context."""
    patterns = []
    for number, line in _lines(content):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        ignores = not text.startswith("!")
        body = _clean(text.removeprefix("!").strip())
        if body in ("", "."):
            continue
        # git's own language anchors a pattern by a leading slash; a match of a folder above
        # is a match in both.
        expression = _translate("/" + body)
        if expression is not None:
            patterns.append(_Pattern(number, text, ignores, False, expression))
    return DockerIgnore(file, tuple(patterns))


def _clean(pattern: str) -> str:
    """As Go's filepath.Clean would: no empty parts, no `.`, and `..` at the top dropped."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _git_patterns(lines: Iterable[tuple[int, str]]) -> Iterable[_Pattern]:
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        ignores = not text.startswith("!")
        expression = _whole(line.removeprefix("!"))
        if expression is None:
            continue
        body = text.removeprefix("!")
        floating = "/" not in body.rstrip("/")
        yield _Pattern(number, text, ignores, floating, expression)


@lru_cache(maxsize=4096)
def _whole(pattern: str) -> re.Pattern[str] | None:
    """The expression of one pattern for a path itself, not for what lies below it: folders are
    asked before what is in them, as git does, so that `!` can take one of them back."""
    expression = _translate(pattern)
    if expression is None:
        return None
    text = expression.pattern
    # `**/` is translated without a beginning; `a/**` as if it spoke of `a` too.
    start = "" if text.startswith(("^", ".")) else "^.*"
    end = "$" if "ps_d" in text else "." if text.endswith("/") else ""
    return re.compile(f"{start}{text}{end}", re.DOTALL)


@lru_cache(maxsize=4096)
def _translate(pattern: str) -> re.Pattern[str] | None:
    """The expression of one pattern; None for one that means nothing (a lone `/`)."""
    # Loaded here: it costs 35 ms, and a source without ignore files needs none of it.
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern  # noqa: PLC0415

    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(pattern)
    except ValueError:
        return None
    if regex is None or include is None:
        return None
    return re.compile(regex if isinstance(regex, str) else regex.decode())


def _lines(content: bytes) -> Iterable[tuple[int, str]]:
    text = content[:_LONGEST_FILE].removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) <= _LONGEST_LINE and line.count("*") <= _MOST_STARS:
            yield number, line.removesuffix("\r")
