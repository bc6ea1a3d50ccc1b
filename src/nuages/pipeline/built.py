"""What `nuages build` made of a source is remembered, so that the same source asked for again is
found at once: neither is the project inspected then, nor is anything of a build loaded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nuages.build.oci.blobs import Blobs
from nuages.build.runtime import runtime_digest
from nuages.build.store import ImageStore
from nuages.core.finding import Finding, Severity
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.source import Source
from nuages.system.files import write_atomic

# Raised when the same source becomes another image.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ProjectBuild:
    """How an image is wanted of a source; the rest as in a `DeployRequest`."""

    source: Source
    root: str | None = None
    strict: bool = False
    overlay: bool = True
    install_packages: bool = False
    base: str = ""


@dataclass(frozen=True, slots=True)
class BuiltProject:
    """The image of a project, and what there is to say of it; whether it was there already."""

    image: Image
    findings: tuple[Finding, ...]
    unchanged: bool = False


def find_built(request: ProjectBuild, home: Home) -> BuiltProject | None:
    """What was made of this source in this way before, if all of it is still there."""
    try:
        digest, rows = json.loads(_memory(request, home).read_text())
        findings = tuple(_finding(row) for row in rows)
    except (OSError, ValueError, TypeError):
        return None
    image = ImageStore(home).find(digest)
    if image is None or image.oci is None or not Blobs(home.blobs).have_all(image.oci):
        return None
    return BuiltProject(image, findings, unchanged=True)


def remember_built(request: ProjectBuild, home: Home, built: BuiltProject) -> None:
    """Have it found the next time."""
    memory = _memory(request, home)
    memory.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(each) for each in built.findings]
    write_atomic(memory, json.dumps([built.image.digest, rows]))


def _memory(request: ProjectBuild, home: Home) -> Path:
    source = request.source
    decides = [
        _VERSION, runtime_digest(), source.digest, source.commit, source.identity, request.root,
        request.strict, request.overlay, request.base,
    ]  # fmt: skip
    name = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    return home.cache / "builds" / name


def _finding(row: dict[str, object]) -> Finding:
    severity = Severity(str(row["severity"]))
    code, message, fix, file = (str(row[name]) for name in ("code", "message", "fix", "file"))
    return Finding(code, severity, message, fix, file, int(str(row["line"])))
