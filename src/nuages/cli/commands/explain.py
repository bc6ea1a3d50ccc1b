"""explain: what a code means, and why an app or a text tells of a failure."""

from __future__ import annotations

import dataclasses
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nuages.cli.errors import NO_SUCH_CODE
from nuages.cli.options import command, connect, home_option, json_option
from nuages.cli.output import harmless, say, write, write_json
from nuages.core.errors import NuagesError

if TYPE_CHECKING:
    from nuages.cli.catalogue import Entry
    from nuages.client.client import Client
    from nuages.core.diagnosis import Diagnosis

_NEEDS = {
    "source": "the source alone: nuages check",
    "build": "the built project: nuages check --build",
    "boot": "the project built and started: nuages check --build",
}

# Lines of the log that are looked at, and characters of a text.
_LINES = 2000
_LONGEST = 4 * 1024 * 1024


@command(
    "nuages explain inspect.E001", "nuages explain --app polls", "nuages explain - < build.log"
)
@click.argument("code", metavar="CODE", default="")
@click.option("--app", metavar="APP", help="Explain its last failure.")
@home_option
@json_option
def explain(code: str, app: str | None, home: Path | None, as_json: bool) -> None:
    """Explain a code, an app's last failure, or a text.

    With --app: the last deployment, if it failed, else what the app printed lately. With `-`:
    what is read from standard input, such as a log.
    """
    if bool(code) == bool(app):
        raise click.UsageError("Give either a code, or --app APP, or - for standard input")
    if app:
        _explain_app(connect(home), app, as_json=as_json)
    elif code == "-":
        from nuages.diagnose.context import Context  # noqa: PLC0415 many patterns
        from nuages.diagnose.log import diagnose_log  # noqa: PLC0415

        text = sys.stdin.buffer.read(_LONGEST).decode(errors="replace")
        _show("the text", diagnose_log(text.splitlines(), Context()), as_json=as_json)
    else:
        _explain_code(code, as_json=as_json)


def _explain_code(code: str, *, as_json: bool) -> None:
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


def _explain_app(client: Client, name: str, *, as_json: bool) -> None:
    from nuages.client.errors import problem_error  # noqa: PLC0415 not for a code

    ended = (row for row in client.deployments(name) if row.get("status") in _ENDED)
    last: dict[str, Any] = next(ended, {})
    problem = last.get("error")
    if last.get("status") == "failed" and isinstance(problem, dict):
        error = problem_error(problem, 0)
        where = f"deployment {last['id']} of {name}"
        if not as_json:
            write(harmless(f"The last {last.get('kind')} of {name} failed: {error.message}"))
            write(f"Code: {error.code.code}")
        _show(where, error.causes, as_json=as_json, error=problem)
        return
    from nuages.diagnose.context import Context  # noqa: PLC0415 many patterns
    from nuages.diagnose.log import diagnose_log  # noqa: PLC0415

    printed: dict[str, list[str]] = {}
    for row in client.logs(name, count=_LINES, process=None, follow=False):
        printed.setdefault(f"{row['process']}.{row['instance']}", []).append(str(row["line"]))
    found = [cause for lines in printed.values() for cause in diagnose_log(lines, Context(name))]
    unique = {(cause.code, cause.title): cause for cause in found}
    _show(f"the last {_LINES} lines of the log of {name}", tuple(unique.values()), as_json=as_json)


_ENDED = frozenset({"succeeded", "failed"})


def _show(
    where: str,
    causes: tuple[Diagnosis, ...],
    *,
    as_json: bool,
    error: dict[str, Any] | None = None,
) -> None:
    if as_json:
        rows = [dataclasses.asdict(cause) for cause in causes]
        write_json({"where": where, "error": error, "causes": rows})
        return
    if not causes:
        say(f"No known cause shows in {where}.")
    for cause in causes:
        _write_cause(cause)


def _write_cause(cause: Diagnosis) -> None:
    """A cause as data of this command: on standard output, with its reason."""
    place = f" ({cause.file}:{cause.line})" if cause.file else ""
    write(harmless(f"\n{cause.code}: {cause.title}{place}"))
    for proof in cause.proofs:
        write(harmless(f"{proof.number:>7} | {proof.line}".rstrip()))
    write(harmless(f"Why: {cause.why}"))
    write(harmless(f"Fix: {cause.fix}"))
