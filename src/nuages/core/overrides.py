"""What somebody says about a project besides its files: flags and config vars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Overrides:
    """Words that win over the project's own. `root` is the `--root` flag (empty: not given),
    `strict` turns what the overlay would repair into errors, `variables` are the config vars
    that a build may see (`DJANGO_SETTINGS_MODULE` among them names the settings module), `today`
    is the day on which releases are past their end or not (UTC)."""

    root: str = ""
    strict: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
