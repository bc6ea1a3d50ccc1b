"""Options and arguments that several commands share, and how a command is declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nuages.cli.home import choose_home

if TYPE_CHECKING:
    from nuages.client.client import Client

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The platform's state directory. Default: NUAGES_HOME, else /var/lib/nuages for root"
    " and ~/.local/share/nuages for others.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def _checked(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """The name as it is, where it can be one. Raises core.E010."""
    from nuages.core.app import EnvironmentName  # noqa: PLC0415 a help page needs no names

    EnvironmentName.parse(text)
    return text


app_argument = click.argument("name", metavar="APP", callback=_checked)
root_option = click.option("--root", metavar="DIR", help="The project's folder inside the source.")
strict_option = click.option(
    "--strict", is_flag=True, help="What the overlay would repair is an error."
)
CONTEXT = {"help_option_names": ["-h", "--help"]}


def command(
    *examples: str, cls: type[click.Command] = click.Command
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command, with examples that its help shows as they are typed."""
    lines = "\n".join(f"  {example}" for example in examples)
    heading = "Example" if len(examples) == 1 else "Examples"
    # The backspace is click's sign to keep the lines that follow as they are.
    return click.command(cls=cls, epilog=f"\b\n{heading}:\n{lines}", context_settings=dict(CONTEXT))


def connect(home: Path | None) -> Client:
    """A client of the platform that `--home` and the surroundings name."""
    from nuages.client.client import Client  # noqa: PLC0415 `check` speaks to no platform

    return Client(choose_home(home).home)
