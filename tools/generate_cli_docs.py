"""Writes docs/reference/commands.md: every command with its options, from the command tree."""

from __future__ import annotations

import inspect
import sys

import click

from nuages.cli.options import CONTEXT
from nuages.cli.tree import TREE, load_command
from tools.pages import NOTICE, run, table

PAGE = "docs/reference/commands.md"
HEAD = """# Commands

`APP` is an app or an environment of it: `polls`, `polls@test`. `--json` prints one JSON document
on standard output; messages and errors go to standard error. [What exit codes mean](errors.md).
`nuages COMMAND --help` prints what stands here.
"""


def make_page() -> str:
    """The whole page."""
    parts = [NOTICE.format(source="src/nuages/cli"), HEAD]
    for heading, commands in TREE.items():
        parts.append(f"\n## {heading}\n")
        parts += [make_section(name, load_command(name)) for name in commands]
    return "".join(parts)


def make_section(name: str, command: click.Command) -> str:
    """What one command takes and does."""
    context = click.Context(command, info_name=f"nuages {name}", **CONTEXT)  # type: ignore[arg-type]
    usage = " ".join(command.collect_usage_pieces(context))
    text = inspect.cleandoc(command.help or "")
    heading, _, examples = str(command.epilog).replace("\b", "").strip().partition("\n")
    rows = [
        [f"`{' '.join(part.split())}`" if index == 0 else part for index, part in enumerate(record)]
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        and (record := parameter.get_help_record(context)) is not None
    ]
    options = table(["option", "meaning"], rows)
    example = "\n".join(f"$ {line.strip()}" for line in examples.splitlines())
    return (
        f"\n### nuages {name}\n\n```text\nnuages {name} {usage}\n```\n\n{text}\n\n{options}\n"
        f"{heading}\n\n```console\n{example}\n```\n"
    )


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
