"""One look from inside: Django's own word on the project, and its static files collected.

The probe runs in the built environment, in the sandbox, without network and without hidden
config vars. Its result is kept with the image and used again while nothing that it read has
changed, because importing Django twice is most of what a deployment costs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.build.errors import COLLECTSTATIC_FAILED, PROBE_FAILED, SETTINGS_FAILED
from nuages.build.store import report_from_json
from nuages.core.errors import NuagesError
from nuages.core.image import ProbeReport
from nuages.core.source import Source, SourceFile
from nuages.system.files import read_untrusted, write_atomic

RECORD = "probe.json"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The report, the folder with what was collected (None: nothing), and the project's files
    that were opened meanwhile (None where that could not be traced)."""

    report: ProbeReport
    collected: Path | None
    opened: tuple[str, ...] | None


def run_probe(exchange: Path, run: Callable[[Callable[[bytes], None]], int]) -> ProbeResult:
    """Run the probe through `run`, which is handed where to put its output; read its report.

    Raises build.E004, E005 or E008, with the lines that show why.
    """
    printed: list[bytes] = []
    code = run(printed.append)
    output = b"".join(printed).decode(errors="replace")
    try:
        document = json.loads(read_untrusted(exchange / "report.json"))
    except (OSError, ValueError):
        raise NuagesError(
            PROBE_FAILED, f"The probe ended with code {code} and no report", details=output[-4000:]
        ) from None
    if document.get("error"):
        raise _explain(document["error"], output)
    static = exchange / "static"
    opened = document.get("opened")
    return ProbeResult(
        report=report_from_json(document),
        collected=static if _is_filled(static) else None,
        opened=None if opened is None else tuple(sorted(opened)),
    )


def is_current(record: Mapping[str, Any], files: tuple[SourceFile, ...], source: Source) -> bool:
    """Whether a former image's probe, made from `files`, would say the same of `source`: the
    same paths exist, and every file that the probe opened has the same content."""
    before = {file.path: (file.sha256, file.link) for file in files}
    now = {file.path: (file.sha256, file.link) for file in source.files}
    if before.keys() != now.keys():
        return False
    opened = record.get("opened")
    watched = now.keys() if opened is None else now.keys() & set(opened)
    return all(before[path] == now[path] for path in watched)


def save_record(folder: Path, result: ProbeResult, conditions: Mapping[str, object]) -> None:
    """Keep with an image what decides whether its probe can be used again."""
    opened = None if result.opened is None else list(result.opened)
    write_atomic(folder / RECORD, json.dumps({"opened": opened, "conditions": dict(conditions)}))


def load_record(folder: Path, conditions: Mapping[str, object]) -> dict[str, Any] | None:
    """What an image keeps of its probe, if it was made under the same conditions."""
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text())
    except (FileNotFoundError, ValueError):
        return None
    same = record.get("conditions") == json.loads(json.dumps(dict(conditions)))
    return record if same else None


def _is_filled(folder: Path) -> bool:
    """Whether a sandboxed program left a real folder with something in it."""
    return folder.is_dir() and not folder.is_symlink() and any(folder.iterdir())


def _explain(error: Mapping[str, Any], output: str) -> NuagesError:
    code = COLLECTSTATIC_FAILED if error.get("step") == "collectstatic" else SETTINGS_FAILED
    place = str(error.get("file") or "")
    if place and error.get("line"):
        place = f"{place}:{error['line']}"
    what = f"{error.get('type')}: {error.get('message')}"
    details = str(error.get("trace") or output)[-4000:]
    hint = error.get("hint")
    message = f"{place}: {what}" if place else what
    return NuagesError(code, message, details=details, hint=str(hint) if hint else None)
