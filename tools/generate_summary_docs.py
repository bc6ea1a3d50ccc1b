"""Writes docs/llms.txt (llmstxt.org): what the documentation holds, a line for each page.

Pages are found by themselves: their title is the first heading, their line the first sentence.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.pages import ROOT, run

DOCS = ROOT / "docs"
PAGE = "docs/llms.txt"
HEAD = """# Nuages

> Nuages puts Django projects live on a machine of yours, and keeps them live: a folder or a zip is
> inspected, built, run in a sandbox and served behind a proxy, with no Dockerfile and no edit of
> its settings.

To make a project deployable, read the specification alone: `nuages spec` prints it, and
`nuages spec --format json` the same facts as data. `nuages check PATH --strict --json` says what
is left to do. `nuages mcp` serves the Model Context Protocol over standard input and output, with
the tools check, fix, plan, deploy, logs, explain, apps and status.
"""
# Heading -> folder below docs/. What stands under "Optional" can be left out where room is short.
SECTIONS = {
    "Reference": "reference",
    "How to": "how-to",
    "Tutorial": "tutorial",
    "Optional": "explanation",
}
# They matter most, and come first.
FIRST = ("specification.md", "deploy-toml.md", "deploy.schema.json", "commands.md")
_NOTICE = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def make_page() -> str:
    """The whole file."""
    parts = [HEAD]
    for heading, folder in SECTIONS.items():
        lines = [
            f"- [{title}]({path.relative_to(DOCS).as_posix()}): {line}"
            for path in pages(DOCS / folder)
            for title, line in [describe(path.read_text())]
        ]
        if folder == "reference":
            schema = "JSON Schema of deploy.toml (draft 2020-12), for editors and programs."
            lines.insert(2, f"- [deploy.schema.json](reference/deploy.schema.json): {schema}")
        parts.append(f"\n## {heading}\n\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def pages(folder: Path) -> Iterable[Path]:
    """The pages below a folder; lists of links are none."""
    found = [path for path in folder.rglob("*.md") if path.name != "README.md"]

    def order(path: Path) -> tuple[int, str]:
        return FIRST.index(path.name) if path.name in FIRST else len(FIRST), path.as_posix()

    return sorted(found, key=order)


def describe(text: str) -> tuple[str, str]:
    """A page's title, and the first sentence of its first paragraph."""
    heading, _, rest = _NOTICE.sub("", text, count=1).lstrip().partition("\n")
    prose = next((part for part in rest.split("\n\n") if re.match(r"\s*(?!```)[A-Z`[]", part)), "")
    line = " ".join(_LINK.sub(r"\1", prose).split())
    sentence = re.match(r".*?\.(?= |$)", line)
    return heading.lstrip("# "), (sentence[0] if sentence else line).rstrip(":.") + "."


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
