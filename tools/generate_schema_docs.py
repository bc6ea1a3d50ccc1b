"""Writes docs/reference/deploy.schema.json, which editors read, from the declarations."""

from __future__ import annotations

import json
import sys

from nuages.assist.schema import deploy_schema
from tools.pages import run

PAGE = "docs/reference/deploy.schema.json"


def make_page() -> str:
    """The schema as a file."""
    return json.dumps(deploy_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
