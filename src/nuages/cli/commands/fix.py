"""fix: what findings offer to mend is mended in the project's own files, and shown as a diff."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nuages.cli.commands.project import path_argument
from nuages.cli.errors import NO_SUCH_CODE
from nuages.cli.options import command, json_option, root_option, strict_option
from nuages.cli.output import harmless, say, write, write_json
from nuages.core.errors import NuagesError

if TYPE_CHECKING:
    from nuages.pipeline.fix import FixPlan


@command("nuages fix --dry-run", "nuages fix ~/polls --strict", "nuages fix . W010 W011")
@path_argument
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show the diff, and write nothing.")
@strict_option
@root_option
@json_option
def fix(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    path: Path, codes: tuple[str, ...], dry_run: bool, strict: bool, root: str | None, as_json: bool
) -> None:
    """Mend a project's files, as findings offer, and show the diff.

    Comments, layout, encodings and line endings stay. With codes, only these findings are mended.
    """
    # The inspection's code, as in check.
    from nuages.assist.documents import diff, fix_document  # noqa: PLC0415
    from nuages.pipeline.fix import FixRequest, apply_fix, changed_already, plan_fix  # noqa: PLC0415
    from nuages.system.command import LocalRunner  # noqa: PLC0415

    if not path.exists() and _code(str(path)):
        # Codes alone: the folder is this one.
        path, codes = Path(), (str(path), *codes)
    wanted = frozenset(map(_known_code, codes))
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        plan = plan_fix(FixRequest(path, root, strict, wanted), Path(scratch))
    before = changed_already(path, plan.changes, LocalRunner())
    if not dry_run:
        apply_fix(path, plan.changes)
    if as_json:
        write_json(fix_document(plan, dry_run=dry_run))
        return
    for change in plan.changes:
        write(harmless_lines(diff(change)))
    _report(plan, before, dry_run=dry_run)


def harmless_lines(text: str) -> str:
    """`text` without control characters, line by line."""
    return "\n".join(map(harmless, text.split("\n")))


def _report(plan: FixPlan, before: list[str], *, dry_run: bool) -> None:
    for each in plan.refused:
        say(f"Left alone: {harmless(each.file)}: {harmless(each.reason)}")
    for file in before:
        say(f"{harmless(file)} had changes that are not committed; they are kept")
    if not plan.changes:
        say("Nothing to mend by a program")
    else:
        number = len(plan.changes)
        verb = "would be changed" if dry_run else "changed"
        codes = ", ".join(sorted({each.code for each in plan.mended}))
        say(f"{number} file{'' if number == 1 else 's'} {verb}, for {codes}")
        lists = [each.file for each in plan.changes if each.file.endswith(".txt")]
        if lists and not dry_run:
            say(f"Install what was added: pip install -r {harmless(lists[0])}")
    if plan.left:
        codes = ", ".join(sorted({each.code for each in plan.left}))
        say(f"Left for you: {codes} (nuages check says how)")


def _code(word: str) -> str:
    """The declared code that a word names, `W010` or `inspect.W010`; empty where it is none."""
    from nuages.inspect.declared.catalogue import RULES  # noqa: PLC0415

    names = {code.casefold(): code for code in RULES}
    return names.get(word.casefold()) or names.get(f"inspect.{word}".casefold(), "")


def _known_code(word: str) -> str:
    code = _code(word)
    if not code:
        raise NuagesError(
            NO_SUCH_CODE,
            f"No finding has the code '{word}'",
            hint="Give a code as nuages check shows it: nuages fix PATH W010",
        )
    return code
