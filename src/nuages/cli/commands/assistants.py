"""spec, mcp: what an AI assistant is given, to read and to use."""

from __future__ import annotations

import click

from nuages.cli.options import command
from nuages.cli.output import write, write_json


@command("nuages spec", "nuages spec --schema > deploy.schema.json")
@click.option(
    "--format",
    "form",
    type=click.Choice(("markdown", "json")),
    default="markdown",
    show_default=True,
    help="A page to paste into an AI assistant, or the same facts as data.",
)
@click.option("--schema", is_flag=True, help="Only the JSON Schema of deploy.toml.")
def spec(form: str, schema: bool) -> None:
    """Print the specification that makes a project deployable."""
    if schema:
        from nuages.assist.schema import deploy_schema  # noqa: PLC0415 reads all declarations

        write_json(deploy_schema())
        return
    from nuages.assist.specification import read_specification  # noqa: PLC0415

    specification = read_specification()
    if form == "json":
        write_json(specification.to_json())
        return
    from nuages.assist.page import render_page  # noqa: PLC0415

    write(render_page(specification).rstrip("\n"))
