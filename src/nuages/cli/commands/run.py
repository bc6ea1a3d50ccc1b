"""run, shell: a command beside an app, in its current release."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nuages.cli.options import app_argument, command, connect, home_option

# Not the project's manage.py: it may have a shell of another kind, or none.
SHELL = ("python", "-m", "nuages_runtime.manage", "shell")


class Passing(click.Command):
    """A command whose words after the app belong to somebody else, with or without `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `--` before the second word that is no option of ours, where none is there."""
        return super().parse_args(ctx, _with_separator(args))


@command(
    "nuages run polls -- python manage.py createsuperuser",
    "nuages run polls -- python manage.py loaddata - --format json < questions.json",
    cls=Passing,
)
@app_argument
@click.argument("argv", metavar="-- COMMAND...", nargs=-1, required=True)
@home_option
def run(name: str, argv: tuple[str, ...], home: Path | None) -> None:
    """Run a command once beside an app.

    It has a sandbox of its own with the app's code, config vars and data, and is started as
    written, by no shell.

    Its exit code is ours. On a terminal it gets one too; otherwise our standard input is its.
    """
    _run(name, argv, home)


@command("nuages shell polls", "nuages shell polls -- bash", cls=Passing)
@app_argument
@click.argument("argv", metavar="[-- COMMAND...]", nargs=-1)
@home_option
def shell(name: str, argv: tuple[str, ...], home: Path | None) -> None:
    """Open a Python shell, or COMMAND, beside an app.

    It has the app's code, config vars and data. Without COMMAND it is Django's `shell`.
    """
    _run(name, argv or SHELL, home)


def _run(name: str, argv: tuple[str, ...], home: Path | None) -> None:
    from nuages.cli.terminal import run_piped, run_terminal  # noqa: PLC0415 threads, termios

    client = connect(home)
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    code = (run_terminal if on_terminal else run_piped)(client, name, argv)
    raise click.exceptions.Exit(code)


def _with_separator(args: list[str]) -> list[str]:
    """A `--` after the second word is the command's own."""
    words = 0
    takes_value = False
    for position, word in enumerate(args):
        if word == "--":
            return args
        if takes_value:
            takes_value = False
        elif word == "--home":
            takes_value = True
        elif not word.startswith("-"):
            words += 1
            if words == 2:
                return [*args[:position], "--", *args[position:]]
    return args
