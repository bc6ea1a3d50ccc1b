"""The one place that prints errors: a few lines for people, one problem document for programs."""

from __future__ import annotations

import sys
import traceback

import click

from nuages.cli.errors import USAGE
from nuages.cli.output import harmless, json_text, say, styled
from nuages.client.errors import problem_document
from nuages.core.diagnosis import Diagnosis
from nuages.core.errors import INTERNAL, NuagesError


def print_error(error: NuagesError, *, as_json: bool) -> None:
    """Show `error` on standard error; its details first, so that the fix is what is seen last."""
    if as_json:
        say(json_text(problem_document(error), indent=2))
        return
    for line in error.details.splitlines():
        say(harmless(f"    {line}".rstrip()))
    say(f"{styled('Error:', 'red', sys.stderr)} {harmless(error.message)}")
    for cause in error.causes:
        say_cause(cause)
    # A cause knows better than the step what is to be done.
    if error.hint and not error.causes:
        say(f"{styled('Fix:', 'bold', sys.stderr)} {error.hint}")
    codes = [error.code.code, *(cause.code for cause in error.causes)]
    exact = codes[1] if error.causes else codes[0]
    say(styled(f"Code: {', '.join(codes)} · nuages explain {exact}", "dim", sys.stderr))


def say_cause(cause: Diagnosis) -> None:
    """Show a cause: where it is, the lines that show it, what to do."""
    place = f" ({cause.file}:{cause.line})" if cause.file else ""
    say(harmless(f"{styled('Cause:', 'yellow', sys.stderr)} {cause.title}{place}"))
    for proof in cause.proofs:
        # The message stands above already.
        if proof.number:
            say(harmless(f"{proof.number:>7} | {proof.line}".rstrip()))
    say(harmless(f"{styled('Fix:', 'bold', sys.stderr)} {cause.fix}"))


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
