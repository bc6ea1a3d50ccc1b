"""The `nuages` program: runs a command, prints its error in one place, ends with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from nuages.cli.options import CONTEXT
from nuages.cli.output import write
from nuages.cli.problems import own_bug, print_error, usage_error
from nuages.cli.streams import let_go, prepare_streams
from nuages.cli.tree import Tree
from nuages.core.errors import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED, NuagesError


@click.command(cls=Tree, invoke_without_command=True, context_settings=dict(CONTEXT))
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def nuages(context: click.Context, version: bool) -> None:
    """Puts Django projects live and keeps them live."""
    if version:
        from importlib.metadata import version as installed  # noqa: PLC0415 slow to import

        write(f"nuages {installed('nuages')}")
    elif context.invoked_subcommand is None:
        write(context.get_help())


def main() -> None:
    """Entry point of the `nuages` program."""
    prepare_streams()
    if "_NUAGES_COMPLETE" in os.environ:
        nuages.main(prog_name="nuages")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Nothing is raised."""
    own = list(arguments)[: list(arguments).index("--")] if "--" in arguments else list(arguments)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except NuagesError as error:
        print_error(error, as_json="--json" in own)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        let_go(sys.stdout)
        return EXIT_BROKEN_PIPE
    return code


def _run(arguments: Sequence[str]) -> int:
    try:
        with nuages.make_context("nuages", list(arguments)) as context:
            nuages.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        raise usage_error(error) from None
    except (NuagesError, BrokenPipeError):
        raise
    except Exception as error:
        raise own_bug(error) from error
    return 0


if __name__ == "__main__":
    main()
