"""Which release commands do no more than what the platform, or a container without one
(`nuages_runtime.given.commands`), does anyway."""

from __future__ import annotations

from nuages_runtime.given.commands import is_own_collectstatic, is_own_migrate, without_runner

__all__ = ["is_own_collectstatic", "is_own_migrate", "without_runner"]
