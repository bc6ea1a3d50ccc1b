"""logs, events: what an app prints, and what happened to it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import harmless, json_text, moment, say, write, write_json, write_table
from nuages.cli.streams import ended_when_unread

count_option = click.option(
    "-n",
    "count",
    metavar="N",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="How many of the last ones.",
)


@command("nuages logs polls -f", "nuages logs polls -n 20 --process worker")
@app_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@count_option
@click.option("--process", metavar="TYPE", help="Only this process type, such as web.")
@home_option
@json_option
def logs(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    name: str, follow: bool, count: int, process: str | None, home: Path | None, as_json: bool
) -> None:
    """Show what an app prints. With -f, --json prints one document a line."""
    lines = connect(home).logs(name, count=count, process=process, follow=follow)
    if as_json and not follow:
        write_json(list(lines))
        return
    with ended_when_unread() if follow else nullcontext():
        for line in lines:
            write(json_text(line) if as_json else _text(line))


@command("nuages events polls")
@app_argument
@count_option
@home_option
@json_option
def events(name: str, count: int, home: Path | None, as_json: bool) -> None:
    """Show what happened to an app.

    Deployments with their steps, changes, restarts.
    """
    rows = connect(home).events(name, count)
    if as_json:
        write_json(rows)
    elif rows:
        write_table(
            {"TIME": "when", "EVENT": "kind", "STEP": "step", "SECONDS": "took", "": "message"},
            [
                {
                    **row,
                    "when": moment(row.get("created")),
                    "took": _seconds(row.get("seconds")),
                }
                for row in rows
            ],
        )
    else:
        say(f"Nothing happened to {name} yet.")


def _text(line: dict[str, Any]) -> str:
    # A release command is no instance and has no number.
    number = f".{line['instance']}" if line.get("instance") else ""
    # What a release command printed has no time of its own.
    time = f"{moment(line['time'])} " if line.get("time") is not None else ""
    return harmless(f"{time}{line['process']}{number} | {line['line']}")


def _seconds(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, (int, float)) else ""
