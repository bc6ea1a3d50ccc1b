"""What a check, a plan and a fix tell, as data: for programs, and for assistants."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nuages.core.finding import Finding
from nuages.inspect.declared.catalogue import RULES
from nuages.inspect.text import decode

if TYPE_CHECKING:
    from nuages.inspect.edits.changes import Change
    from nuages.pipeline.check import CheckResult
    from nuages.pipeline.fix import FixPlan
    from nuages.pipeline.plan import Decision


def check_document(checked: CheckResult) -> dict[str, Any]:
    """The project's name and digest, `status` (ok or errors), facts, findings with their reasons,
    and what was left out of the source."""
    return {
        "name": checked.source.name,
        "digest": checked.source.digest,
        "status": "errors" if checked.has_errors else "ok",
        "facts": _plain(dataclasses.asdict(checked.facts)),
        "findings": finding_documents(checked.findings),
        "left_out": [dataclasses.asdict(one) for one in checked.source.left_out],
    }


def finding_documents(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings with the reasons of their rules."""
    return [{**dataclasses.asdict(one), "why": why(one)} for one in findings]


def plan_document(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """The decisions; what is decided on is the name of each."""
    rows = [dataclasses.asdict(decision) for decision in decisions]
    return [{"name": row.pop("what"), **row} for row in rows]


def diff(change: Change) -> str:
    """A change as a unified diff, which `git apply` reads."""
    import difflib  # noqa: PLC0415 a check shows none

    before = decode(change.before or b"").text.splitlines(keepends=True)
    after = decode(change.after).text.splitlines(keepends=True)
    name = "/dev/null" if change.before is None else f"a/{change.file}"
    lines = difflib.unified_diff(before, after, name, f"b/{change.file}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).rstrip("\n")


def fix_document(plan: FixPlan, *, dry_run: bool) -> dict[str, Any]:
    """`status` (nothing, planned or changed), the changes as diffs, the findings that they mend,
    those that take a person, and the files that are left alone."""
    status = "nothing" if not plan.changes else "planned" if dry_run else "changed"
    return {
        "status": status,
        "changes": [
            {"file": each.file, "created": each.before is None, "diff": diff(each)}
            for each in plan.changes
        ],
        "mended": [dataclasses.asdict(each) for each in plan.mended],
        "left": [dataclasses.asdict(each) for each in plan.left],
        "refused": [dataclasses.asdict(each) for each in plan.refused],
    }


def why(finding: Finding) -> str:
    """The reason of the finding's rule."""
    rule = RULES.get(finding.code)
    return rule.why if rule else ""


def _plain(value: Any) -> Any:
    """`value` with nothing in it that JSON does not know."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
