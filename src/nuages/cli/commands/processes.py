"""ps, metrics, scale, restart: an app's instances."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from nuages.cli.deployment import see_change_through
from nuages.cli.errors import USAGE
from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import harmless, say, since, size, write, write_json, write_table
from nuages.core.errors import NuagesError

_MOST = 100


@command("nuages ps polls")
@app_argument
@home_option
@json_option
def ps(name: str, home: Path | None, as_json: bool) -> None:
    """List an app's running instances."""
    rows = connect(home).ps(name)
    if as_json:
        write_json(rows)
    elif rows:
        columns = {
            "INSTANCE": "id",
            "PROCESS": "process",
            "RELEASE": "shown",
            "STATUS": "status",
            "UP": "up",
            "RESTARTS": "restarts",
            "MEMORY": "used",
        }
        write_table(
            columns,
            [
                {
                    **row,
                    "shown": f"v{row['release']}",
                    "up": since(row.get("created")),
                    "used": size(row.get("memory")),
                }
                for row in rows
            ],
        )
    else:
        say(f"Nothing of {name} runs. Deploy it: nuages deploy PATH --app {name}")


@command("nuages metrics polls")
@app_argument
@home_option
@json_option
def metrics(name: str, home: Path | None, as_json: bool) -> None:
    """Show what an app measures.

    In Prometheus's text format: requests, and what the app sends by StatsD.
    """
    text = connect(home).metrics(name)
    if as_json:
        write_json({"metrics": text})
        return
    for line in text.splitlines():
        write(harmless(line))


@command("nuages scale polls web=2 worker=1")
@app_argument
@click.argument("counts", metavar="TYPE=N...", nargs=-1, required=True)
@home_option
@json_option
def scale(name: str, counts: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    """Change how many instances of a process type run."""
    wanted = read_counts(counts)
    client = connect(home)
    done = f"{name} runs with {', '.join(f'{kind}={n}' for kind, n in wanted.items())}."
    see_change_through(client, client.scale(name, wanted), done, as_json=as_json)


@command("nuages restart polls")
@app_argument
@home_option
@json_option
def restart(name: str, home: Path | None, as_json: bool) -> None:
    """Replace every instance of an app, new ones first."""
    client = connect(home)
    see_change_through(client, client.restart(name), f"{name} is restarted.", as_json=as_json)


def read_counts(words: Sequence[str]) -> dict[str, int]:
    """Process types and numbers from `web=2` words. Raises cli.E001."""
    counts: dict[str, int] = {}
    for word in words:
        match = re.fullmatch(r"([A-Za-z0-9_-]+)=(\d{1,3})", word)
        if match is None or int(match[2]) > _MOST:
            raise NuagesError(
                USAGE,
                f"'{word}' is not a process type and a number from 0 to 100",
                hint="Write it as: nuages scale APP web=2 worker=1",
            )
        counts[match[1]] = int(match[2])
    return counts
