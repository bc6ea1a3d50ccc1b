"""The edits that findings offer are made in a project's own folder, each file whole or not."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.core.finding import Finding
from nuages.inspect.edits.changes import Change, Refused, change_files
from nuages.pipeline.check import check_project
from nuages.pipeline.errors import FIX_FAILED, NOT_A_FOLDER
from nuages.system.command import Command, Runner
from nuages.system.files import write_atomic


@dataclass(frozen=True, slots=True)
class FixPlan:
    """What would be changed; the findings that this mends, those that take a person, and the
    files that are left alone although an edit was meant for them."""

    changes: tuple[Change, ...]
    mended: tuple[Finding, ...]
    left: tuple[Finding, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class FixRequest:
    """A folder to mend. `strict` takes in what `check --strict` asks for; `codes` are the only
    findings to mend, all of them where it is empty."""

    folder: Path
    root: str | None = None
    strict: bool = False
    codes: Collection[str] = ()


def plan_fix(request: FixRequest, scratch: Path) -> FixPlan:
    """Check the folder and decide its changes; nothing is written. Raises source.E001 to E020,
    and pipeline.E030 for an archive."""
    if request.folder.is_file():
        raise NuagesError(NOT_A_FOLDER, f"{request.folder} is not a folder")
    checked = check_project(request.folder, request.root, request.strict, scratch)
    wanted = [each for each in checked.findings if not request.codes or each.code in request.codes]
    offered = [finding for finding in wanted if finding.edits]
    edits = [edit for finding in offered for edit in finding.edits]
    changes, refused = change_files(edits, lambda file: _read(request.folder, file))
    alone = {each.file for each in refused}
    mended = [each for each in offered if alone.isdisjoint(edit.file for edit in each.edits)]
    left = [each for each in wanted if each not in mended]
    return FixPlan(tuple(changes), tuple(mended), tuple(left), tuple(refused))


def changes_for(finding: Finding, folder: Path) -> tuple[Change, ...]:
    """What the edits of one finding change in a project's folder; none where it has none, or one
    of its files is left alone."""
    changes, refused = change_files(finding.edits, lambda file: _read(folder, file))
    return () if refused else tuple(changes)


def apply_fix(folder: Path, changes: Sequence[Change]) -> None:
    """Write the changes. Raises pipeline.E031 for a file that has changed since, or that cannot
    be written; those before it are done."""
    for change in changes:
        path = folder / change.file
        try:
            if _read(folder, change.file) != change.before:
                raise NuagesError(FIX_FAILED, f"{path} has changed meanwhile")
            _write(path, change.after)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise NuagesError(FIX_FAILED, f"{path}: {reason}") from None


def changed_already(folder: Path, changes: Sequence[Change], runner: Runner) -> list[str]:
    """Those of the files that differ from the last commit already, as git has it; none where the
    folder is in no repository."""
    files = tuple(change.file for change in changes if change.before is not None)
    # A repository's own configuration must start no program here.
    argv = ("git", "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--", *files)
    try:
        ended = runner.run(Command(argv, cwd=folder, timeout=20))
    except OSError:
        return []
    if not files or ended.code != 0:
        return []
    return [line[3:] for line in ended.stdout.split("\0") if line and not line.startswith("??")]


def _read(folder: Path, file: str) -> bytes | None:
    """The file's bytes, None where there is none; ValueError behind a link, or where something
    else lies in its place."""
    path = folder
    for part in file.split("/"):
        if part in ("", ".", ".."):
            raise ValueError("it lies outside of the folder")
        path = path / part
        if path.is_symlink():
            raise ValueError(f"{path.relative_to(folder)} is a symbolic link")
    if not path.exists():
        return None
    if not path.is_file():
        raise ValueError("it is not a plain file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None


def _write(path: Path, content: bytes) -> None:
    """Write a file with the mode and, for root, the owner that it has."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
        return
    status = path.stat()
    write_atomic(path, content, stat.S_IMODE(status.st_mode))
    path.chmod(stat.S_IMODE(status.st_mode))
    if os.geteuid() == 0:
        os.chown(path, status.st_uid, status.st_gid)
