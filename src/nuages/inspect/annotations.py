"""Findings in the forms that code hosts and editors show beside the lines: SARIF, GitHub's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from nuages.core.finding import Finding, Rule, Severity
from nuages.inspect.edits.changes import Change
from nuages.inspect.edits.replacements import Replacement, replacements_of

# SARIF 2.1.0, 3.27.10, and GitHub's "Workflow commands for GitHub Actions".
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def folder_below(path: Path, current: Path) -> PurePosixPath:
    """Where a checked folder lies below the current one, which is the repository's in CI. Outside
    of it, and for an archive, files are named as they are below the source."""
    full, here = path.resolve(), current.resolve()
    if not full.is_dir() or not full.is_relative_to(here):
        return PurePosixPath()
    return PurePosixPath(full.relative_to(here).as_posix())


def to_sarif(
    findings: Sequence[Finding],
    rules: dict[str, Rule],
    folder: PurePosixPath,
    version: str,
    changes_of: Callable[[Finding], Sequence[Change]],
) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run: each finding with its place and, where its edits make
    `changes_of` it, the fix; each rule with its reason."""
    used = sorted({finding.code for finding in findings} & set(rules))
    driver = {
        "name": "nuages",
        "version": version,
        "rules": [_sarif_rule(rules[code]) for code in used],
    }
    results = [_sarif_result(finding, folder, changes_of(finding)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _sarif_result(
    finding: Finding, folder: PurePosixPath, changes: Sequence[Change]
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message}\nFix: {finding.fix}"},
    }
    if finding.file:
        place: dict[str, Any] = {"artifactLocation": _artifact(folder, finding.file)}
        if finding.line:
            place["region"] = {"startLine": finding.line}
        result["locations"] = [{"physicalLocation": place}]
    replaced = [(change.file, replacements_of(change)) for change in changes]
    # One that could be made in part only would leave the project broken.
    if replaced and all(replacements for _, replacements in replaced):
        artifacts = [
            {
                "artifactLocation": _artifact(folder, file),
                "replacements": [_sarif_replacement(each) for each in replacements],
            }
            for file, replacements in replaced
        ]
        result["fixes"] = [{"description": {"text": finding.fix}, "artifactChanges": artifacts}]
    return result


def _artifact(folder: PurePosixPath, file: str) -> dict[str, str]:
    return {"uri": quote(str(folder / file))}


def _sarif_replacement(replacement: Replacement) -> dict[str, Any]:
    (line, column), (last_line, last_column) = replacement.start, replacement.end
    region = {
        "startLine": line,
        "startColumn": column,
        "endLine": last_line,
        "endColumn": last_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": replacement.text}}


def to_github(finding: Finding, folder: PurePosixPath) -> str:
    """The line that makes GitHub Actions show a finding beside the code."""
    properties = {"title": finding.code}
    if finding.file:
        properties["file"] = str(folder / finding.file)
        if finding.line:
            properties["line"] = str(finding.line)
    listed = ",".join(f"{name}={_property(value)}" for name, value in sorted(properties.items()))
    message = _data(f"{finding.message}\nFix: {finding.fix}")
    return f"::{_GITHUB_LEVELS[finding.severity]} {listed}::{message}"


def _data(text: str) -> str:
    """As GitHub's runner reads a message: it ends at the line's end."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
