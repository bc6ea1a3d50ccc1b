"""Commands as written (Procfile, deploy.toml) become argument vectors; no shell is involved."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


def split_command(command: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Split like a POSIX shell splits words, and put in `$NAME`, `${NAME}`, `${NAME:-default}`
    from `variables` (an unknown one is empty). Raises ValueError on an open quotation mark."""

    def put_in(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return variables.get(name) or match[3] or ""

    return tuple(_VARIABLE.sub(put_in, word) for word in shlex.split(command))


def needs_shell(command: str) -> str:
    """The first word that only a shell would understand (`&&`, `|`, `>`, …), else empty."""
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for word in lexer:
            if word and set(word) <= set("&|;<>()"):
                return word
    except ValueError:
        return ""
    return "`" if "`" in command or "$(" in command else ""


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
