"""The JSON Schema of deploy.toml, made from the declarations that the parser reads by."""

from __future__ import annotations

import json
import tomllib
from itertools import groupby
from typing import Any

from nuages.core.config import KEYS, Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A name without a place: nothing has to be fetched from anywhere.
IDENTITY = "urn:nuages:schema:deploy.toml"


def deploy_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a whole deploy.toml; it and the parser refuse the same."""
    sections = groupby(KEYS, key=lambda key: key.section)
    return {
        "$schema": DIALECT,
        "$id": IDENTITY,
        "title": "deploy.toml",
        "description": "What a Django project may tell Nuages. All of it is optional.",
        "type": "object",
        "properties": {section: _section(list(keys)) for section, keys in sections},
        "additionalProperties": False,
    }


def _section(keys: list[Key]) -> dict[str, Any]:
    first = keys[0]
    if not first.name:
        return _value(first)
    return {
        "title": f"[{first.section}]",
        "type": "object",
        "properties": {key.name: _value(key) for key in keys},
        "additionalProperties": False,
    }


def _value(key: Key) -> dict[str, Any]:
    described: dict[str, Any] = {"title": key.title, "description": key.help, **key.kind.schema}
    if key.default:
        is_number = described.get("type") == "number"
        described["default"] = json.loads(key.default) if is_number else key.default
    return {**described, "examples": [_example(key)]}


def _example(key: Key) -> Any:
    """The value that the key's example line says."""
    said = tomllib.loads(key.example)
    if key.name:
        return said[key.name]
    return {"name": said} if key.section == "jobs" else said
