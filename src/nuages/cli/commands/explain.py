"""explain: what a code means, and what is to be done about it."""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING

import click

from nuages.cli.errors import NO_SUCH_CODE
from nuages.cli.options import command, json_option
from nuages.cli.output import write, write_json
from nuages.core.errors import NuagesError

if TYPE_CHECKING:
    from nuages.cli.catalogue import Entry

_NEEDS = {
    "source": "the source alone: nuages check",
    "build": "the built project: nuages check --build",
    "boot": "the project built and started: nuages check --build",
}


@command("nuages explain inspect.E001")
@click.argument("code", metavar="CODE")
@json_option
def explain(code: str, as_json: bool) -> None:
    """Explain the code of an error or a finding."""
    entry = look_up(code)
    if as_json:
        write_json(dataclasses.asdict(entry))
        return
    write(f"{entry.code} ({entry.kind}): {entry.title}")
    if entry.explanation:
        write(f"\n{entry.explanation}")
    write(f"\nFix: {entry.fix}")
    if entry.mended:
        write(f"Mended by: nuages fix PATH {entry.code}, where a program can do it safely")
    if entry.needs:
        write(f"Needs: {_NEEDS[entry.needs]}")
    if entry.exit_code is not None:
        again = " Trying again may help." if entry.retryable else ""
        write(f"Exit code: {entry.exit_code}.{again}")


def look_up(code: str) -> Entry:
    """What is known of a code. Raises cli.E004 with the codes that are nearest."""
    from nuages.cli.catalogue import find_entry, read_catalogue  # noqa: PLC0415 imports every room

    entries = read_catalogue()
    entry = find_entry(code, entries)
    if entry is None:
        near = difflib.get_close_matches(code, entries, n=2, cutoff=0.6)
        hint = f"Did you mean {' or '.join(f'nuages explain {word}' for word in near)}?"
        raise NuagesError(NO_SUCH_CODE, f"There is no code '{code}'", hint=hint if near else None)
    return entry
