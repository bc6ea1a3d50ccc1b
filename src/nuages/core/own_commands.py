"""Which release commands do no more than what the platform does anyway."""

from __future__ import annotations

from collections.abc import Sequence

from nuages.core.command_line import management_command

_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"))
# Options of `migrate` that change what is printed or asked, not what is done.
_QUIET = frozenset({"--noinput", "--no-input", "--traceback", "--no-color", "--force-color"})
_LEVELS = ("-v", "--verbosity")


def is_own_migrate(argv: Sequence[str]) -> bool:
    """Whether this is `migrate` of everything. With an app, a database, `--fake` or the like it
    does something else, and has to run as written."""
    command, options = _management(argv)
    return command == "migrate" and _only_quiet(options)


def is_own_collectstatic(argv: Sequence[str]) -> bool:
    """Whether this is `collectstatic`: done when the image is built, with any options."""
    return _management(argv)[0] == "collectstatic"


def without_runner(argv: Sequence[str]) -> tuple[str, ...]:
    """`python manage.py …` for `uv run python manage.py …`: an app's packages are on its path
    already, and the tool that installed them is not there."""
    words = tuple(argv)
    return words[2:] if words[:2] in _RUNNERS and len(words) > 2 else words


def _management(argv: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    words = without_runner(argv)
    command = management_command(words)
    return command, words[words.index(command) + 1 :] if command else ()


def _only_quiet(options: tuple[str, ...]) -> bool:
    rest = list(options)
    while rest:
        option = rest.pop(0)
        if option in _LEVELS and rest and rest[0].isdigit():
            rest.pop(0)
        elif option not in _QUIET and not option.startswith(("-v", "--verbosity=")):
            return False
    return True
