"""Commands as written (Procfile, deploy.toml) become argument vectors.

No shell reads them, but for a script that a command hands to a shell by itself: `sh -c '…'`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")
_SHELLS = frozenset({"sh", "bash", "dash"})


def split_command(command: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Split like a POSIX shell splits words, and put in `$NAME`, `${NAME}`, `${NAME:-default}`
    from `variables` (an unknown one is empty). The words of `sh -c` are left as they are: the
    shell reads variables itself, and a value put in would be read as a part of its script.
    Raises ValueError on an open quotation mark."""
    words = shlex.split(command)
    if _has_script(words):
        return tuple(words)

    def put_in(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return variables.get(name) or match[3] or ""

    return tuple(_VARIABLE.sub(put_in, word) for word in words)


def for_shell(script: str) -> str:
    """The command that has a shell run `script`, as written in a Procfile or a deploy.toml."""
    return shlex.join(("sh", "-c", script))


def needs_shell(command: str) -> str:
    """The first word that only a shell would understand (`&&`, `|`, `>`, …), else empty."""
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for word in lexer:
            if word and set(word) <= set("&|;<>()"):
                return word
        if _has_script(shlex.split(command)):
            return ""
    except ValueError:
        return ""
    return "`" if "`" in command or "$(" in command else ""


def _has_script(words: Sequence[str]) -> bool:
    """Whether this is `sh -c SCRIPT`."""
    shell = bool(words) and words[0].rpartition("/")[2] in _SHELLS
    return shell and len(words) > 2 and re.fullmatch(r"-[a-z]*c", words[1]) is not None


def management_command(argv: tuple[str, ...]) -> str:
    """`migrate` for `python manage.py migrate …` and its like; empty for anything else."""
    words = list(argv)
    if words and re.fullmatch(r"python(3(\.\d+)?)?", words[0].rpartition("/")[2]):
        words = words[1:]
        if words[:2] == ["-m", "django"]:
            words = ["django-admin", *words[2:]]
    if len(words) < 2:
        return ""
    program = words[0].rpartition("/")[2]
    return words[1] if program in ("manage.py", "django-admin") else ""
