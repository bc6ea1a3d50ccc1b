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

    def severity_where(self, strict: bool) -> Severity:
        """The severity of its findings, where an inspection is `strict` or not."""
        return Severity.ERROR if strict and self.strict else self.severity


class EditKind(StrEnum):
    """What an edit does: put another expression in place of a setting's; the same for
    `DATABASES["default"]` alone; set a setting that is not set; put an entry into a setting's
    list; add a line to a requirements file; write a file that is not there."""

    ASSIGN = "assign"
    ASSIGN_DEFAULT = "assign_default"
    ADD = "add"
    LIST = "list"
    REQUIREMENT = "requirement"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file that a finding offers, for `nuages fix` to perform.

    `name` is the setting, and `line` where it is assigned; `text` the new expression (`{value}`
    in it: the present one), entry, line or content; `after` what it is to stand behind: a
    setting, or an entry of the list.
    """

    kind: EditKind
    file: str
    text: str
    name: str = ""
    line: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one place; `file` is a POSIX path below the source, `line` from 1.
    `edits` are what would mend it, where that is safe to do by a program."""

    code: str
    severity: Severity
    message: str
    fix: str
    file: str = ""
    line: int = 0
    edits: tuple[Edit, ...] = ()
