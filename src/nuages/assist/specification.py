"""The specification: rules, keys, variables and an example, as one value to print or to send."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.assist.guide import CHECKLIST, LAYOUT, TOPICS, WORKFLOW, Topic
from nuages.assist.schema import deploy_schema
from nuages.core.config import KEYS, Key
from nuages.core.finding import Rule, Severity
from nuages.inspect.declared.catalogue import RULES
from nuages.inspect.rules.without_effect import PLACES
from nuages.release.variables import DIRECTORIES, VARIABLES, Directory, Variable

# Written by script/docs from examples/prepared, which the tests deploy.
EXAMPLE = Path(__file__).with_name("example.json")


@dataclass(frozen=True, slots=True)
class Specification:
    """All that makes a project deployable. `errors` stop every deployment, `strict` rules those
    with --strict; `keys` are those of deploy.toml that have an effect; `example` maps paths to
    contents."""

    workflow: tuple[str, ...]
    layout: tuple[tuple[str, str], ...]
    topics: tuple[Topic, ...]
    errors: tuple[Rule, ...]
    strict: tuple[Rule, ...]
    keys: tuple[Key, ...]
    variables: tuple[Variable, ...]
    directories: tuple[Directory, ...]
    checklist: tuple[str, ...]
    example: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The same facts as data; deploy.toml by its JSON Schema."""
        return {
            "workflow": list(self.workflow),
            "layout": [{"path": path, "use": use} for path, use in self.layout],
            "topics": _plain(self.topics),
            "errors": [_rule(rule) for rule in self.errors],
            "strict": [_rule(rule) for rule in self.strict],
            "deploy_toml": deploy_schema(),
            "without_effect": sorted(PLACES.values()),
            "variables": _plain(self.variables),
            "directories": _plain(self.directories),
            "checklist": list(self.checklist),
            "example": dict(self.example),
        }


def read_specification() -> Specification:
    """The specification of this version."""
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    return Specification(
        workflow=WORKFLOW,
        layout=LAYOUT,
        topics=TOPICS,
        errors=tuple(rule for rule in rules if rule.severity is Severity.ERROR),
        strict=tuple(rule for rule in rules if rule.strict),
        keys=tuple(key for key in KEYS if key.attribute not in PLACES),
        variables=VARIABLES,
        directories=DIRECTORIES,
        checklist=CHECKLIST,
        example=json.loads(EXAMPLE.read_text(encoding="utf-8")),
    )


def _rule(rule: Rule) -> dict[str, str]:
    return {"code": rule.code, "title": rule.title, "why": rule.why, "fix": rule.fix}


def _plain(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(value) for value in values]
