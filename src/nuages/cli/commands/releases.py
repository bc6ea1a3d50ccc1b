"""releases, rollback, migrations: what was released, and the way back."""

from __future__ import annotations

import re
from pathlib import Path

import click

from nuages.cli.deployment import see_through
from nuages.cli.errors import USAGE
from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import moment, say, write, write_json, write_table
from nuages.core.errors import NuagesError


@command("nuages releases polls")
@app_argument
@home_option
@json_option
def releases(name: str, home: Path | None, as_json: bool) -> None:
    """List an app's releases, newest first."""
    rows = connect(home).releases(name)
    if as_json:
        write_json(rows)
        return
    columns = {
        "RELEASE": "shown",
        "STATUS": "status",
        "CREATED": "when",
        "MADE BY": "reason",
        "IMAGE": "short",
    }
    write_table(
        columns,
        [
            {
                **row,
                "shown": f"v{row['version']}",
                "when": moment(row.get("created")),
                "short": str(row.get("image") or "").removeprefix("sha256:")[:12],
            }
            for row in rows
        ],
    )


@command("nuages rollback polls", "nuages rollback polls v3 --with-config")
@app_argument
@click.argument("version", metavar="[vN]", required=False)
@click.option("--with-config", is_flag=True, help="Its config vars too; otherwise today's stay.")
@home_option
@json_option
def rollback(
    name: str, version: str | None, with_config: bool, home: Path | None, as_json: bool
) -> None:
    """Go back to an earlier release; without vN, to the one before.

    A new release is made from its image; nothing is built.
    """
    client = connect(home)
    started = client.rollback(name, version_number(version), with_config=with_config)
    ended = see_through(client, started)
    if as_json:
        write_json(ended)
    else:
        write(f"{name} v{ended['release']} serves at {ended['url']}")


@command("nuages migrations polls")
@app_argument
@home_option
@json_option
def migrations(name: str, home: Path | None, as_json: bool) -> None:
    """List the migrations that each release applied."""
    rows = connect(home).migrations(name)
    if as_json:
        write_json(rows)
    elif rows:
        write_table(
            {"RELEASE": "shown", "MIGRATION": "name", "APPLIED": "when"},
            [
                {**row, "shown": f"v{row['version']}", "when": moment(row.get("created"))}
                for row in rows
            ],
        )
    else:
        say(f"No release of {name} applied a migration.")


def version_number(text: str | None) -> int | None:
    """3 for `v3` or `3`; None for None. Raises cli.E001."""
    if text is None:
        return None
    match = re.fullmatch(r"v?([1-9]\d{0,8})", text)
    if match is None:
        raise NuagesError(
            USAGE,
            f"'{text}' is not a release",
            hint="Give its number: nuages rollback APP v3. nuages releases APP lists them.",
        )
    return int(match[1])
