"""The command tree: which command lies in which module, loaded only when it is called.

One line for each command; `nuages apps` imports nothing that `nuages up` needs.
"""

from __future__ import annotations

import importlib

import click

from nuages.cli.errors import USAGE
from nuages.core.errors import NuagesError

# heading -> command -> module in nuages.cli.commands
TREE = {
    "Platform": {"up": "platform", "down": "platform", "status": "platform"},
    "Project": {
        "check": "project",
        "plan": "project",
        "fix": "fix",
        "pack": "project",
        "build": "image.build",
        "export": "image.export",
        "images": "image.listing",
    },
    "Apps": {
        "deploy": "deploy",
        "apps": "apps",
        "info": "apps",
        "destroy": "apps",
        "releases": "releases",
        "rollback": "releases",
        "migrations": "releases",
        "config": "config",
        "settings": "config",
        "domains": "domains",
    },
    "Processes": {
        "logs": "logs",
        "events": "logs",
        "run": "run",
        "shell": "run",
        "ps": "processes",
        "metrics": "processes",
        "scale": "processes",
        "restart": "processes",
    },
    "Help": {"explain": "explain"},
    "Assistants": {"spec": "assistants", "mcp": "assistants"},
}
COMMANDS = {name: module for part in TREE.values() for name, module in part.items()}


def load_command(name: str) -> click.Command:
    """The command `name`, its module imported now. KeyError for an unknown one."""
    module = importlib.import_module(f"nuages.cli.commands.{COMMANDS[name]}")
    command: click.Command = getattr(module, name)
    return command


class Tree(click.Group):
    """The group of all commands, which imports a command's module when it is asked for."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order of the tree."""
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is an error that suggests its neighbours."""
        name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        import difflib  # noqa: PLC0415 only after a mistake

        near = difflib.get_close_matches(name, COMMANDS, n=2, cutoff=0.5)
        hint = f"Did you mean {' or '.join(f'nuages {word}' for word in near)}? " if near else ""
        raise NuagesError(
            USAGE, f"There is no command '{name}'", hint=f"{hint}See all of them: nuages --help"
        )

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Print the commands under their headings."""
        width = max(map(len, COMMANDS))
        for heading, part in TREE.items():
            with formatter.section(heading):
                limit = formatter.width - width - 6
                formatter.write_dl(
                    [
                        (name.ljust(width), load_command(name).get_short_help_str(limit))
                        for name in part
                    ]
                )
