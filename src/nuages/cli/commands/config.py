"""config, settings: what an app is told, and what the overlay changed."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from nuages.cli.deployment import see_change_through
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
    "nuages config polls unset EMAIL_PORT",
)
@app_argument
@click.argument("verb", metavar="[get|set|unset]", default="list")
@click.argument("words", metavar="[K[=V]]...", nargs=-1)
@home_option
@json_option
def config(name: str, verb: str, words: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    """List an app's config vars, or get, set and unset them.

    All changes of one command come with one restart without downtime. `set K` without a value
    reads it from standard input (on a terminal it asks), so that it stays out of the shell's
    history and of the list of processes. Values that may be secret are not listed; `get` shows
    one.
    """
    if verb == "list" and not words:
        _list(name, home, as_json=as_json)
    elif verb == "get" and len(words) == 1:
        _get(name, words[0], home, as_json=as_json)
    elif verb == "set" and words:
        put = read_assignments(words)
        _change(name, home, put, [], as_json=as_json)
    elif verb == "unset" and words:
        _change(name, home, {}, [checked_name(word) for word in words], as_json=as_json)
    else:
        raise NuagesError(
            USAGE,
            f"'nuages config {' '.join([name, verb, *(w.partition('=')[0] for w in words)])}'"
            " is not complete"
            if verb in ("get", "set", "unset")
            else f"'{verb}' is not something to do with config vars",
            hint=f"Write: {_GRAMMAR}",
        )


@command("nuages settings polls")
@app_argument
@home_option
@json_option
def settings(name: str, home: Path | None, as_json: bool) -> None:
    """Explain what the overlay changed in an app's settings, why, and how to keep the project's."""
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


def _change(
    name: str, home: Path | None, put: dict[str, str], unset: list[str], *, as_json: bool
) -> None:
    client: Client = connect(home)
    names = ", ".join(put or unset)
    started = client.change_config(name, put, unset)
    what = f"{names} {'set' if put else 'unset'}"
    if started.get("id"):
        see_change_through(client, started, f"{what}; {name} runs with it.", as_json=as_json)
    elif as_json:
        write_json(started)
    else:
        write(f"{what}. It counts from the first release on.")
