"""config, settings: what an app is told, and what the overlay changed."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from nuages.cli.deployment import see_through
from nuages.cli.errors import NO_SUCH_CONFIG_VAR, USAGE
from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import moment, say, shown, write, write_json, write_table
from nuages.client.client import Client
from nuages.core.errors import NuagesError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GRAMMAR = "nuages config APP [get K | set K=V... | unset K...]"


@command(
    "nuages config polls",
    "nuages config polls set EMAIL_HOST=mail.example.org EMAIL_PORT=587",
    "nuages config polls set EMAIL_HOST_PASSWORD < password.txt",
    "nuages config polls get EMAIL_HOST",
    "nuages config polls set --plain THEME=dark",
    "nuages config polls unset EMAIL_PORT",
)
@app_argument
@click.argument("verb", metavar="[get|set|unset]", default="list")
@click.argument("words", metavar="[K[=V]]...", nargs=-1)
@click.option("--plain", is_flag=True, help="With set: no secret; builds see it, lists show it.")
@home_option
@json_option
def config(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    name: str, verb: str, words: tuple[str, ...], plain: bool, home: Path | None, as_json: bool
) -> None:
    """List an app's config vars, or get, set and unset them.

    All changes of one command come with one restart without downtime. `set K` without a value
    reads it from standard input (on a terminal it asks), so that it stays out of the shell's
    history and of the list of processes. Values that may be secret are not listed; `get` shows
    one. Builds see none of them but those that were set with --plain; a change of one of these
    builds the image again.
    """
    if plain and verb != "set":
        raise NuagesError(USAGE, "--plain belongs to set", hint=f"Write: {_GRAMMAR}")
    if verb == "list" and not words:
        _list(name, home, as_json=as_json)
    elif verb == "get" and len(words) == 1:
        _get(name, words[0], home, as_json=as_json)
    elif verb == "set" and words:
        client = connect(home)
        put = read_assignments(words)
        started = client.change_config(name, put, [], plain=plain)
        _see_through(client, name, f"{', '.join(put)} set", started, as_json=as_json)
    elif verb == "unset" and words:
        client = connect(home)
        started = client.change_config(name, {}, [checked_name(word) for word in words])
        _see_through(client, name, f"{', '.join(words)} unset", started, as_json=as_json)
    else:
        # What follows a name may be a secret.
        key, equals, _ = verb.partition("=")
        raise NuagesError(
            USAGE,
            f"'nuages config {' '.join([name, verb, *(w.partition('=')[0] for w in words)])}'"
            " is not complete"
            if verb in ("get", "set", "unset")
            else f"'{key}' is not something to do with config vars",
            hint=f"Write: nuages config {name} set {key}=..." if equals else f"Write: {_GRAMMAR}",
        )


@command("nuages settings polls")
@app_argument
@home_option
@json_option
def settings(name: str, home: Path | None, as_json: bool) -> None:
    """Explain what the overlay changed in an app's settings.

    Each change comes with its reason, and with how to keep the project's own value.
    """
    rows = connect(home).settings(name)
    if as_json:
        write_json(rows)
        return
    for row in rows:
        write(f"{row['setting']}")
        write(f"    the project's  {shown(row.get('project'))}")
        write(f"    used           {shown(row.get('used'))}")
        write(f"    why            {shown(row.get('why'))}")
        if row.get("keep"):
            write(f"    to keep it     {row['keep']}")
    if not rows:
        say(f"The overlay changed nothing in {name}.")


def read_assignments(words: Sequence[str]) -> dict[str, str]:
    """Names and values from `K=V` words; the value of a lone `K` is read, not echoed.

    From a terminal each is asked for; from a pipe there can be one, less its last line break.
    """
    put: dict[str, str] = {}
    lone = [word for word in words if "=" not in word]
    if len(lone) > 1 and not sys.stdin.isatty():
        raise NuagesError(
            USAGE,
            f"Standard input can give one value, and {' and '.join(lone)} want one each",
            hint="Set them one by one: nuages config APP set K < file",
        )
    for word in words:
        name, equals, value = word.partition("=")
        put[checked_name(name)] = value if equals else _read_value(name)
    return put


def checked_name(name: str) -> str:
    """`name`, where it can name a config var. Raises cli.E001."""
    if _NAME.fullmatch(name) is None:
        raise NuagesError(
            USAGE,
            f"'{name}' cannot name a config var",
            hint="Use letters, digits and _, such as: nuages config APP set EMAIL_HOST=mail",
        )
    return name


def _read_value(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    value = sys.stdin.read().removesuffix("\n")
    if not value:
        raise NuagesError(
            USAGE,
            f"No value for {name}: standard input is empty",
            hint=f"Write {name}=VALUE, or {name}= for an empty one, or give it: {name} < file",
        )
    return value


def _list(name: str, home: Path | None, *, as_json: bool) -> None:
    rows = connect(home).config(name)
    if as_json:
        write_json(rows)
    elif rows:
        write_table(
            {"NAME": "name", "VALUE": "shown", "CHANGED": "when"},
            [
                {
                    **row,
                    "shown": "[hidden]" if row.get("value") is None else row["value"],
                    "when": moment(row.get("updated")),
                }
                for row in rows
            ],
        )
    else:
        say(f"{name} has no config vars. Set one: nuages config {name} set K=V")


def _get(name: str, key: str, home: Path | None, *, as_json: bool) -> None:
    row = connect(home).reveal(name, checked_name(key))
    if row.get("value") is None:
        raise NuagesError(
            NO_SUCH_CONFIG_VAR,
            f"{name} has no config var {key}",
            hint=f"List them: nuages config {name}",
        )
    if as_json:
        write_json(row)
    else:
        write(str(row["value"]))


def _see_through(
    client: Client, name: str, what: str, started: dict[str, Any], *, as_json: bool
) -> None:
    ended = see_through(client, started) if started.get("id") else started
    if as_json:
        write_json(ended)
    elif ended.get("release"):
        write(f"{what}; {name} runs with it.")
    elif ended.get("reason") == "unchanged":
        write(f"Nothing changes: {name} runs with it already.")
    else:
        write(f"{what}. It counts from the first release on.")
