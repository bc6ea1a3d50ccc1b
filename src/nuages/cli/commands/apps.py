"""apps, info, destroy: what there is, and the end of it."""

from __future__ import annotations

from pathlib import Path

import click

from nuages.cli.deployment import see_change_through
from nuages.cli.errors import USAGE
from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import moment, say, write_json, write_pairs, write_table
from nuages.core.errors import NuagesError


@command("nuages apps")
@home_option
@json_option
def apps(home: Path | None, as_json: bool) -> None:
    """List the apps and their environments."""
    rows = connect(home).apps()
    if as_json:
        write_json(rows)
    elif rows:
        write_table(
            {"NAME": "name", "STATUS": "status", "RELEASE": "shown_release", "URL": "url"},
            [{**row, "shown_release": _version(row.get("release"))} for row in rows],
        )
    else:
        say("No apps yet. Deploy one: nuages deploy PATH")


@command("nuages info polls")
@app_argument
@home_option
@json_option
def info(name: str, home: Path | None, as_json: bool) -> None:
    """Show an app: its URL, release, source and domains."""
    row = connect(home).app(name)
    if as_json:
        write_json(row)
        return
    counts = [f"{kind}={count}" for kind, count in (row.get("scale") or {}).items()]
    write_pairs(
        [
            ("name", row["name"]),
            ("url", row.get("url")),
            ("first page", row.get("start")),
            ("status", row.get("status")),
            ("release", _version(row.get("release"))),
            ("image", row.get("image")),
            ("domains", row.get("domains")),
            ("size", row.get("size")),
            ("scale", counts or "as the project says"),
            ("source", row.get("source")),
            ("created", moment(row.get("created"))),
        ]
    )


@command("nuages destroy polls --confirm polls")
@app_argument
@click.option("--confirm", metavar="APP", default="", help="The app's name once more.")
@home_option
@json_option
def destroy(name: str, confirm: str, home: Path | None, as_json: bool) -> None:
    """Stop an app and remove it with its data, for good."""
    if confirm != name:
        raise NuagesError(
            USAGE,
            f"Destroying {name} removes its releases, config vars, database and uploads for good",
            hint=f"Confirm it: nuages destroy {name} --confirm {name}",
        )
    client = connect(home)
    see_change_through(client, client.destroy(name, confirm), f"{name} is gone.", as_json=as_json)


def _version(number: object) -> str:
    return f"v{number}" if number else ""
