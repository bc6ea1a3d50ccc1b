"""Writes docs/reference/causes.md: every cause that output can show, from where it is declared."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from nuages.diagnose.cause import Cause
from nuages.diagnose.declared.catalogue import CAUSES
from tools.pages import NOTICE, run

PAGE = "docs/reference/causes.md"
HEAD = """# Causes

What a step of a deployment prints is compared with these; the one that fits is shown as `Cause:`,
with the lines that show it and with the values of the case in place of the words in capitals.
`nuages explain CODE` prints what stands here.
[When a deployment fails](../how-to/when-a-deployment-fails.md) shows how to use it.
"""


def make_page(causes: Iterable[Cause]) -> str:
    """The whole page."""
    parts = [NOTICE.format(source="the Cause values of src/nuages/diagnose/declared"), HEAD]
    for cause in causes:
        title, fix = cause.shown()
        parts.append(f"\n### {cause.code}: {title}\n\n{cause.why}\n\nFix: {fix}\n")
    return "".join(parts)


if __name__ == "__main__":
    page = make_page(CAUSES[code] for code in sorted(CAUSES))
    sys.exit(run({PAGE: page}, sys.argv[1:]))
