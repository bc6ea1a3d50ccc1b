"""Commands as written (Procfile, deploy.toml) become argument vectors: as containers without a
platform read them, too (`nuages_runtime.given.commands`)."""

from __future__ import annotations

import shlex

from nuages_runtime.given.commands import management_command, needs_shell, split_command

__all__ = ["for_shell", "management_command", "needs_shell", "split_command"]


def for_shell(script: str) -> str:
    """The command that has a shell run `script`, as written in a Procfile or a deploy.toml."""
    return shlex.join(("sh", "-c", script))
