"""Commands as written (Procfile, deploy.toml) become argument vectors, and which of them do no more
than what is done anyway.

No shell reads them, but for a script that a command hands to a shell by itself: `sh -c '…'`.
"""

import re
import shlex
from collections.abc import Mapping, Sequence

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")
_SHELLS = frozenset(("sh", "bash", "dash"))
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"))
# Options of `migrate` that change what is printed or asked, not what is done.
_QUIET = frozenset(("--noinput", "--no-input", "--traceback", "--no-color", "--force-color"))
_LEVELS = ("-v", "--verbosity")


def argument_vector(command: "str", variables: "Mapping[str, str]") -> "tuple[str, ...]":
    """The argument vector of a command; raises ValueError, with a text for people, where it needs
    a shell, or has no words or an open quotation mark."""
    shell = needs_shell(command)
    if shell:
        raise ValueError("'{}' needs a shell for '{}'".format(command, shell))
    try:
        argv = split_command(command, variables)
    except ValueError as error:
        raise ValueError("'{}': {}".format(command, error)) from None
    if not argv:
        raise ValueError("A command is empty")
    return without_runner(argv)


def split_command(command: "str", variables: "Mapping[str, str]") -> "tuple[str, ...]":
    """Split like a POSIX shell splits words, and put in `$NAME`, `${NAME}`, `${NAME:-default}`
    from `variables` (an unknown one is empty). The words of `sh -c` are left as they are: the
    shell reads variables itself, and a value put in would be read as a part of its script.
    Raises ValueError on an open quotation mark."""
    words = shlex.split(command)
    if _has_script(words):
        return tuple(words)

    def put_in(match):
        name = match.group(1) or match.group(2)
        return variables.get(name) or match.group(3) or ""

    return tuple(_VARIABLE.sub(put_in, word) for word in words)


def needs_shell(command: "str") -> "str":
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


def is_run_by_shell(command: "str") -> "bool":
    """Whether the program of a command is a shell, or a script for one."""
    try:
        words = without_runner(tuple(shlex.split(command)))
    except ValueError:
        return False
    program = words[0].rpartition("/")[2] if words else ""
    return program in _SHELLS or program.endswith(".sh")


def _has_script(words):
    """Whether this is `sh -c SCRIPT`."""
    shell = bool(words) and words[0].rpartition("/")[2] in _SHELLS
    return shell and len(words) > 2 and re.fullmatch(r"-[a-z]*c", words[1]) is not None


def management_command(argv: "tuple[str, ...]") -> "str":
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


def without_runner(argv: "Sequence[str]") -> "tuple[str, ...]":
    """`python manage.py …` for `uv run python manage.py …`: an app's packages are on its path
    already, and the tool that installed them is not there."""
    words = tuple(argv)
    return words[2:] if words[:2] in _RUNNERS and len(words) > 2 else words


def is_own_migrate(argv: "Sequence[str]") -> "bool":
    """Whether this is `migrate` of everything. With an app, a database, `--fake` or the like it
    does something else, and has to run as written."""
    command, options = _management(argv)
    return command == "migrate" and _only_quiet(options)


def is_own_collectstatic(argv: "Sequence[str]") -> "bool":
    """Whether this is `collectstatic`: done when the image is built, with any options."""
    return _management(argv)[0] == "collectstatic"


def _management(argv):
    words = without_runner(argv)
    command = management_command(words)
    return command, words[words.index(command) + 1 :] if command else ()


def _only_quiet(options):
    rest = list(options)
    while rest:
        option = rest.pop(0)
        if option in _LEVELS and rest and rest[0].isdigit():
            rest.pop(0)
        elif option not in _QUIET and not option.startswith(("-v", "--verbosity=")):
            return False
    return True
