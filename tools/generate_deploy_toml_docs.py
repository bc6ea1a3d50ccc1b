"""Writes docs/reference/deploy-toml.md from the declarations in nuages.core.config."""

from __future__ import annotations

import sys
from itertools import groupby

from nuages.core.config import KEYS, Key
from tools.pages import NOTICE, run, table

PAGE = "docs/reference/deploy-toml.md"
HEAD = """# deploy.toml

A project may say in `deploy.toml`, beside its `manage.py` or at the top of the source, what Nuages
should not have to find out. All of it is optional. An unknown key is an error with a suggestion,
because a misspelt one would silently do nothing.

What is said here wins over the Procfile and over what was found, and loses to an option on the
command line. `nuages plan` shows where each value came from.

Some keys belong to parts that this version does not have yet (`[jobs]`, `base`, `node`,
`dockerfile`, `packages`, `storage`, `sanitise`, an `engine` other than `sqlite`). They are read
and checked, so that a project may already say them.
"""


def make_page() -> str:
    """The whole page."""
    parts = [NOTICE.format(source="src/nuages/core/config.py"), HEAD]
    for section, keys in groupby(KEYS, key=lambda key: key.section):
        listed = list(keys)
        parts.append(f"\n## [{section}]\n\n")
        parts.append(table(["key", "value", "default", "what it says"], map(row, listed)))
        lines = "\n".join(key.example for key in listed)
        head = f"[{section}.name]" if section == "jobs" else f"[{section}]"
        parts.append(f"\n```toml\n{head}\n{lines}\n```\n")
    return "".join(parts)


def row(key: Key) -> list[str]:
    """One line of a section's table."""
    name = f"`{key.name}`" if key.name else "(any name)"
    return [name, key.kind.name, f"`{key.default}`" if key.default else "", key.help]


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
