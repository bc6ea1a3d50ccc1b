"""check, plan, pack: what Nuages makes of a project; no server is needed, nothing of it is run."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nuages.cli.errors import NO_SUCH_PATH
from nuages.cli.options import command, json_option, root_option, strict_option
from nuages.cli.output import harmless, say, shown, styled, write, write_json, write_table
from nuages.core.errors import EXIT_PROJECT, NuagesError
from nuages.core.finding import Finding, Severity

if TYPE_CHECKING:
    from nuages.core.source import LeftOut
    from nuages.pipeline.check import CheckResult
    from nuages.pipeline.plan import Decision

_PATH = click.Path(path_type=Path)
path_argument = click.argument("path", metavar="[PATH]", type=_PATH, default=Path())
# Places that are listed of one kind of finding, and paths that were left out.
_SHOWN = 8
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_COUNTED = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}


@command(
    "nuages check",
    "nuages check ~/polls --strict",
    "nuages check --build --set PAYMENT_KEY=test",
    "nuages check --format sarif > out.sarif",
)
@path_argument
@strict_option
@root_option
@click.option(
    "--build",
    is_flag=True,
    help="Build it and start it for a moment too, in a sandbox: Django's own checks, missing"
    " migrations, whether it answers.",
)
@click.option(
    "--set", "put", metavar="K=V", multiple=True, help="A config var for --build; may be repeated."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "sarif", "github")),
    default="text",
    help="How to print it: text, JSON, a SARIF log, or what GitHub Actions shows in the code.",
)
@json_option
def check(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    path: Path,
    strict: bool,
    root: str | None,
    build: bool,
    put: tuple[str, ...],
    form: str,
    as_json: bool,
) -> None:
    """Show a project's facts and findings. Ends with exit code 3 where an error is among them."""
    if as_json and form not in ("text", "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    if put and not build:
        raise click.UsageError("--set is for --build: nothing else looks at variables")
    checked = _examined(path, root, put, strict=strict) if build else _checked(path, root, strict)
    if as_json or form == "json":
        from nuages.assist.documents import check_document  # noqa: PLC0415

        write_json(check_document(checked))
    elif form in ("sarif", "github"):
        _write_annotations(checked.findings, path, form)
    else:
        _write_decisions(_decisions(checked))
        _say_left_out(checked.source.left_out)
        _write_findings(checked.findings)
    if checked.has_errors:
        raise click.exceptions.Exit(EXIT_PROJECT)


@command("nuages plan", "nuages plan polls.zip --root site")
@path_argument
@root_option
@json_option
def plan(path: Path, root: str | None, as_json: bool) -> None:
    """Show every decision about a project, its reason and its place."""
    checked = _checked(path, root)
    rows = _decisions(checked)
    if as_json:
        from nuages.assist.documents import plan_document  # noqa: PLC0415

        write_json(plan_document(rows))
    else:
        _write_decisions(rows, reasons=True)
    if checked.has_errors:
        say(f"{_count(checked.findings)}: nuages check {path}")
        raise click.exceptions.Exit(EXIT_PROJECT)


@command("nuages pack", "nuages pack ~/polls -o polls.zip")
@path_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=_PATH,
    help="Where to write it. Default: NAME.zip in the current folder.",
)
@root_option
@json_option
def pack(path: Path, output: Path | None, root: str | None, as_json: bool) -> None:
    """Make the zip to upload.

    It holds the whole source, without what does not belong on a server.
    """
    from nuages.pipeline.pack import pack_project  # noqa: PLC0415 imports the sources' code

    if root is not None and path.is_dir() and not (path / root).is_dir():
        raise NuagesError(
            NO_SUCH_PATH,
            f"There is no folder '{root}' in {path}",
            hint="Give the project's folder inside the source: nuages pack PATH --root DIR",
        )
    packed = pack_project(path, output)
    if as_json:
        document = dataclasses.asdict(packed)
        write_json({**document, "path": str(packed.path)})
        return
    _say_left_out(packed.left_out)
    say(f"{packed.files} files, {packed.size / 1024:.0f} KB")
    if root is not None:
        say(f"Deploy it with: nuages deploy {packed.path} --root {root}")
    write(str(packed.path))


def _examined(path: Path, root: str | None, put: tuple[str, ...], *, strict: bool) -> CheckResult:
    # The flows and the engine, which a mere check does without.
    from nuages.cli.commands.config import read_assignments  # noqa: PLC0415
    from nuages.cli.commands.examination import examine  # noqa: PLC0415
    from nuages.pipeline.check import check_source  # noqa: PLC0415
    from nuages.source.take import take_for_now  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        checked = check_source(take_for_now(path, Path(scratch) / "sources"), root, strict)
        return examine(checked, read_assignments(put))


def _checked(path: Path, root: str | None, strict: bool = False) -> CheckResult:
    from nuages.pipeline.check import check_project  # noqa: PLC0415 imports the inspection

    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        return check_project(path, root, strict, Path(scratch))


def _decisions(checked: CheckResult) -> list[Decision]:
    from nuages.pipeline.plan import decisions  # noqa: PLC0415

    return decisions(checked)


def _write_decisions(rows: list[Decision], *, reasons: bool = False) -> None:
    columns = {"": "what", "VALUE": "value", "FROM": "origin", "WHERE": "place"}
    columns |= {"WHY": "reason"} if reasons else {}
    if rows:
        write_table(
            columns, [{**dataclasses.asdict(row), "place": _place(row) or " "} for row in rows]
        )


def _write_findings(findings: tuple[Finding, ...]) -> None:
    """Errors first; what one code says of many places is told once, with the first of them."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for severity in Severity:
        for finding in findings:
            if finding.severity is severity:
                groups.setdefault((finding.code, finding.fix), []).append(finding)
    for group in groups.values():
        _write_group(group)
    mended = sum(bool(finding.edits) for finding in findings)
    more = f" nuages fix mends {mended} of them." if mended else ""
    write(f"\n{_count(findings)}.{more}")


def _write_annotations(findings: tuple[Finding, ...], path: Path, form: str) -> None:
    from importlib.metadata import version  # noqa: PLC0415 slow to import

    # The inspection's, as in _checked.
    from nuages.inspect.annotations import folder_below, to_github, to_sarif  # noqa: PLC0415
    from nuages.inspect.declared.catalogue import RULES  # noqa: PLC0415

    folder = folder_below(path, Path.cwd())
    if form == "sarif":
        from nuages.pipeline.fix import changes_for  # noqa: PLC0415 the inspection's, too

        # Nothing is mended inside of an archive.
        offered = partial(changes_for, folder=path) if path.is_dir() else lambda _finding: ()
        write_json(to_sarif(findings, RULES, folder, version("nuages"), offered))
    for finding in findings if form == "github" else ():
        write(harmless(to_github(finding, folder)))


def _write_group(group: list[Finding]) -> None:
    from nuages.assist.documents import why  # noqa: PLC0415 the inspection's, as in _checked

    first = group[0]
    name = styled(_COUNTED[first.severity], _COLOURS[first.severity], sys.stdout)
    write(f"\n{name} {first.code}")
    for finding in group[:_SHOWN]:
        place = _place(finding)
        write(f"  {harmless(f'{place}: ') if place else ''}{shown(finding.message)}")
    if len(group) > _SHOWN:
        write(f"  and {len(group) - _SHOWN} more")
    if reason := why(first):
        write(f"  Why: {shown(reason)}")
    write(f"  Fix: {harmless(first.fix)}")
    mended = sum(bool(finding.edits) for finding in group)
    if mended:
        part = "" if mended == len(group) else f" ({mended} of {len(group)})"
        write(f"  Mended by: nuages fix{part}")


def _count(findings: tuple[Finding, ...]) -> str:
    numbers = dict.fromkeys(Severity, 0)
    for finding in findings:
        numbers[finding.severity] += 1
    words = [
        f"{number} {_COUNTED[severity]}{'' if number == 1 else 's'}"
        for severity, number in numbers.items()
        if number
    ]
    return ", ".join(words) or "No findings"


def _place(thing: Finding | Decision) -> str:
    return f"{thing.file}:{thing.line}" if thing.file and thing.line else thing.file


def _say_left_out(left_out: Sequence[LeftOut]) -> None:
    for one in left_out[:_SHOWN]:
        say(f"left out: {harmless(one.path)} ({one.rule})")
    if len(left_out) > _SHOWN:
        say(f"left out: {len(left_out) - _SHOWN} more")
