"""Writes docs/reference/specification.md: the page that `nuages spec` prints."""

from __future__ import annotations

import sys

from nuages.assist.page import render_page
from nuages.assist.specification import read_specification
from tools.pages import NOTICE, run

PAGE = "docs/reference/specification.md"


def make_page() -> str:
    """The whole page."""
    return NOTICE.format(source="src/nuages/assist") + render_page(read_specification())


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
