"""The one place that prints errors: three lines for people, one problem document for programs."""

from __future__ import annotations

import sys
import traceback

import click

from nuages.cli.errors import USAGE
from nuages.cli.output import harmless, json_text, say, styled
from nuages.client.errors import problem_document
from nuages.core.errors import INTERNAL, NuagesError


def print_error(error: NuagesError, *, as_json: bool) -> None:
    """Show `error` on standard error; its details first, so that the fix is what is seen last."""
    if as_json:
        say(json_text(problem_document(error), indent=2))
        return
    for line in error.details.splitlines():
        say(harmless(f"    {line}".rstrip()))
    say(f"{styled('Error:', 'red', sys.stderr)} {harmless(error.message)}")
    if error.hint:
        say(f"{styled('Fix:', 'bold', sys.stderr)} {error.hint}")
    code = error.code.code
    say(styled(f"Code: {code} · nuages explain {code}", "dim", sys.stderr))


def usage_error(error: click.ClickException) -> NuagesError:
    """What click says about arguments, as an error of ours with a fix."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    program = context.command_path if context is not None else "nuages"
    message = error.format_message()
    hint = f"See how it is written: {program} --help"
    if isinstance(error, click.NoSuchOption):
        message = f"There is no option {error.option_name}"
        if error.possibilities:
            near = " or ".join(sorted(error.possibilities))
            hint = f"Did you mean {near}? See {program} --help"
    return NuagesError(USAGE, message.rstrip("."), hint=hint)


def own_bug(error: Exception) -> NuagesError:
    """An exception that nobody expected, with its traceback as details."""
    details = "".join(traceback.format_exception(error))
    return NuagesError(INTERNAL, f"{type(error).__name__}: {error}", details=details)
