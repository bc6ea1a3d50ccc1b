"""domains: the host names that lead to an app."""

from __future__ import annotations

from pathlib import Path

import click

from nuages.cli.deployment import see_change_through
from nuages.cli.errors import USAGE
from nuages.cli.options import app_argument, command, connect, home_option, json_option
from nuages.cli.output import write_json, write_table
from nuages.core.errors import NuagesError


@command(
    "nuages domains polls",
    "nuages domains polls add polls.example.org",
    "nuages domains polls remove polls.example.org",
)
@app_argument
@click.argument("verb", metavar="[add|remove]", default="list")
@click.argument("domain", metavar="[DOMAIN]", default="")
@home_option
@json_option
def domains(name: str, verb: str, domain: str, home: Path | None, as_json: bool) -> None:
    """List an app's domains, or add or remove one.

    A change comes with a new release, because the app is told its domains; nothing is down
    meanwhile.
    """
    client = connect(home)
    if verb == "list" and not domain:
        rows = client.domains(name)
        if as_json:
            write_json(rows)
        else:
            write_table({"DOMAIN": "name", "STATUS": "status", "URL": "url"}, rows)
    elif verb == "add" and domain:
        done = f"{domain} leads to {name}."
        see_change_through(client, client.add_domain(name, domain), done, as_json=as_json)
    elif verb == "remove" and domain:
        done = f"{domain} leads to {name} no more."
        see_change_through(client, client.remove_domain(name, domain), done, as_json=as_json)
    else:
        raise NuagesError(
            USAGE,
            f"'{verb}' wants a domain"
            if verb in ("add", "remove")
            else f"'{verb}' is not something to do with domains",
            hint=f"Write: nuages domains {name} [add | remove DOMAIN]",
        )
