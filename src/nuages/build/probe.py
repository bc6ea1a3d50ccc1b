"""One look from inside: Django's own word on the project, and its static files collected.

The probe runs in the built environment, in the sandbox, without network and without hidden
config vars. Its result is kept with the image and used again while nothing that it read has
changed, because importing Django twice is most of what a deployment costs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.build.errors import COLLECTSTATIC_FAILED, PROBE_FAILED, SETTINGS_FAILED
from nuages.build.store import report_from_json
from nuages.core.errors import NuagesError
from nuages.core.image import ProbeReport
from nuages.core.source import Source, SourceFile
from nuages.core.tracebacks import shorten
from nuages.system.files import read_untrusted

RECORD = "probe.json"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The report, the folder with what was collected (None: nothing), and the project's files
    that were opened and folders that were listed (with a closing slash) meanwhile; None where
    that could not be traced. `absent` are modules that the settings name and that nothing
    brings."""

    report: ProbeReport
    collected: Path | None
    opened: tuple[str, ...] | None
    listed: tuple[str, ...] | None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingVariable:
    """A variable that is not set, what its text is to become, and where it is read (each empty:
    unknown)."""

    name: str
    cast: str = ""
    file: str = ""
    line: int = 0


class SettingsError(NuagesError):
    """build.E004 or E005, with what shows whether variables are why: those that are `missing`, or
    the value of `doubt` does not fit; or the `module` that nothing brings (each empty: it is none
    of that); or whether packages are `unfit` for each other."""

    def __init__(self, report: Mapping[str, Any], message: str, details: str, hint: str) -> None:
        code = SETTINGS_FAILED
        if report.get("step") == "collectstatic" and not report.get("variable"):
            code = COLLECTSTATIC_FAILED
        super().__init__(code, message, details=details, hint=hint or None)
        rows = [row for row in (report, *(report.get("also") or ())) if row.get("variable")]
        self.missing = tuple(_missing(row) for row in rows)
        self.doubt = str(report.get("doubt") or "")
        self.module = str(report.get("module") or "")
        self.unfit = bool(report.get("unfit"))
        self.file, self.line = _place(report)


def run_probe(exchange: Path, run: Callable[[Callable[[bytes], None]], int]) -> ProbeResult:
    """Run the probe through `run`, which is handed where to put its output; read its report.

    Raises build.E008, or SettingsError (build.E004 or E005) with the lines that show why.
    """
    # Of a former try.
    (exchange / "report.json").unlink(missing_ok=True)
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
    return ProbeResult(
        # What is needed and was added is the platform's to say.
        report=report_from_json({**document, "needed": (), "added": ()}),
        collected=static if _is_filled(static) else None,
        opened=_paths(document, "opened"),
        listed=_paths(document, "listed"),
        absent=tuple(map(str, document.get("absent") or ())),
    )


def is_current(record: Mapping[str, Any], files: tuple[SourceFile, ...], source: Source) -> bool:
    """Whether a former image's probe, made from `files`, would say the same of `source`.

    Every file that the probe opened, and every link on the way, is known and has the same
    content. A Python module that came or went
    matters where the folder that would show it was listed, as the import system does; any
    other file that came or went matters always, since settings may just ask whether it exists.
    """
    before = {file.path: (file.sha256, file.link) for file in files}
    now = {file.path: (file.sha256, file.link) for file in source.files}
    opened, listed = _paths(record, "opened"), _paths(record, "listed")
    if opened is None or listed is None:
        return before == now
    if any(path not in before or before[path] != now.get(path) for path in opened):
        return False
    folders = _folders(before)
    return not any(
        not path.endswith(".py") or _shown_in(path, folders) in listed
        for path in before.keys() ^ now.keys()
    )


def _folders(paths: Iterable[str]) -> set[str]:
    """The folders of these files, as `a/b/`; the top one is `/`."""
    found = {"/"}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and f"{folder}/" not in found:
            found.add(f"{folder}/")
            folder = folder.rpartition("/")[0]
    return found


def _shown_in(path: str, folders: set[str]) -> str:
    """The nearest folder above `path` that was there before: the one whose listing changed."""
    folder = path.rpartition("/")[0]
    while folder and f"{folder}/" not in folders:
        folder = folder.rpartition("/")[0]
    return f"{folder}/"


def save_record(folder: Path, result: ProbeResult, conditions: Mapping[str, object]) -> None:
    """Keep with an image what decides whether its probe can be used again."""
    document = {
        "opened": result.opened, "listed": result.listed, "conditions": dict(conditions)
    }  # fmt: skip
    (folder / RECORD).write_text(json.dumps(document))


def load_record(folder: Path, conditions: Mapping[str, object]) -> dict[str, Any] | None:
    """What an image keeps of its probe, if it was made under the same conditions."""
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text())
    except (FileNotFoundError, ValueError):
        return None
    same = record.get("conditions") == json.loads(json.dumps(dict(conditions)))
    return record if same else None


def _paths(document: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    paths = document.get(name)
    return None if paths is None else tuple(sorted(map(str, paths)))


def _is_filled(folder: Path) -> bool:
    """Whether a sandboxed program left a real folder with something in it."""
    return folder.is_dir() and not folder.is_symlink() and any(folder.iterdir())


def _missing(row: Mapping[str, Any]) -> MissingVariable:
    return MissingVariable(str(row["variable"]), str(row.get("cast") or ""), *_place(row))


def _place(row: Mapping[str, Any]) -> tuple[str, int]:
    line = row.get("line")
    return str(row.get("file") or ""), line if isinstance(line, int) else 0


def _explain(error: Mapping[str, Any], output: str) -> SettingsError:
    place = str(error.get("file") or "")
    if place and error.get("line"):
        place = f"{place}:{error['line']}"
    # The place stands before it; Python says it again after a SyntaxError.
    said = re.sub(r" \([^()]+, line \d+\)$", "", str(error.get("message")))
    what = f"{error.get('type')}: {said}"
    details = shorten(str(error.get("trace") or output))[-4000:]
    message = f"{place}: {what}" if place else what
    return SettingsError(error, message, details, str(error.get("hint") or ""))
