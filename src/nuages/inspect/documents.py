"""TOML and JSON files of a project: read, or said to be none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from nuages.inspect.declared.packages import BAD_REQUIREMENTS
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree


def load_toml(tree: Tree, path: str, remarks: Remarks) -> Mapping[str, Any]:
    """A TOML file of the project; an empty table, and an error said, where it is none."""
    import tomllib  # noqa: PLC0415 many a project has none

    try:
        return tomllib.loads(tree.text(path))
    except (ValueError, RecursionError) as error:
        # Not only its own errors: a number may have too many digits.
        line = re.search(r"at line (\d+)", str(error))
        message = f"{path} is not valid TOML: {error}"
        remarks.say(BAD_REQUIREMENTS, message, path, int(line[1]) if line else 1)
        return {}


def load_json(tree: Tree, path: str, remarks: Remarks) -> Mapping[str, Any]:
    """A JSON file of the project that is an object; an empty one, and an error said, where it is
    none."""
    try:
        document = json.loads(tree.text(path))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        remarks.say(BAD_REQUIREMENTS, f"{path} is not valid JSON: {error}", path, line)
        return {}
    return document if isinstance(document, Mapping) else {}
