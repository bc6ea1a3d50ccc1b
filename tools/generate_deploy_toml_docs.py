"""Writes docs/reference/deploy-toml.md from the declarations in nuages.core.config."""

from __future__ import annotations

import sys
from itertools import groupby

from nuages.core.config import KEYS, Key
from nuages.inspect.rules.without_effect import PLACES
from tools.pages import NOTICE, run, table

PAGE = "docs/reference/deploy-toml.md"
HEAD = """# deploy.toml

A project may say in `deploy.toml`, beside its `manage.py` or at the top of the source, what Nuages
should not have to find out. All of it is optional. An unknown key is an error with a suggestion,
because a misspelt one would silently do nothing.

What is said here wins over the Procfile and over what was found, and loses to an option on the
command line. `nuages plan` shows where each value came from.

Editors complete and check it with the [JSON Schema](deploy.schema.json). With taplo, and so in VS
Code's Even Better TOML: `nuages spec --schema > deploy.schema.json`, and as the first line of
`deploy.toml`: `#:schema ./deploy.schema.json`

Some keys belong to parts that this version does not have yet:
{without_effect},
and an `engine` other than `sqlite`. They are read and checked, so that a project may already say
them, and `nuages check` says that they have no effect.
"""


def make_page() -> str:
    """The whole page."""
    head = HEAD.format(without_effect=",\n".join(map(_written, PLACES.values())))
    parts = [NOTICE.format(source="src/nuages/core/config.py"), head]
    for section, keys in groupby(KEYS, key=lambda key: key.section):
        listed = list(keys)
        parts.append(f"\n## [{section}]\n\n")
        parts.append(table(["key", "value", "default", "what it says"], map(row, listed)))
        lines = "\n".join(key.example for key in listed)
        title = f"[{section}.name]" if section == "jobs" else f"[{section}]"
        parts.append(f"\n```toml\n{title}\n{lines}\n```\n")
    return "".join(parts)


def _written(place: str) -> str:
    """A place as the page names it: `[build] packages`."""
    section, _, key = place.partition(".")
    return f"`[{section}] {key}`" if key else f"`[{section}]`"


def row(key: Key) -> list[str]:
    """One line of a section's table."""
    name = f"`{key.name}`" if key.name else "(any name)"
    return [name, key.kind.name, f"`{key.default}`" if key.default else "", key.help]


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
