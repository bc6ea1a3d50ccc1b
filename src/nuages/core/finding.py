"""What inspection says: a problem or a remark, with its place, its reason and its fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR stops a deployment; WARNING is repaired or tolerated and said; INFO is said."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Needs(StrEnum):
    """What a rule has to have before it can speak."""

    SOURCE = "source"
    BUILD = "build"
    BOOT = "boot"


@dataclass(frozen=True, slots=True)
class Rule:
    """A declared rule: `code` like `inspect.W012`, why it matters, and the usual fix.

    `strict` marks what the overlay repairs: a warning that `--strict` turns into an error.
    """

    code: str
    title: str
    severity: Severity
    why: str
    fix: str
    needs: Needs = Needs.SOURCE
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one place; `file` is a POSIX path below the source, `line` from 1."""

    code: str
    severity: Severity
    message: str
    fix: str
    file: str = ""
    line: int = 0
