"""Every rule of inspection by its code: documents and `nuages explain` are printed from here."""

from __future__ import annotations

from nuages.core.finding import Rule
from nuages.inspect.declared import (
    built,
    chosen_settings,
    code,
    frontend,
    layout,
    packages,
    processes,
    pythons,
    requirements,
    settings,
    site,
    sources,
    system,
)

_MODULES = (
    built, chosen_settings, code, frontend, layout, packages, processes,
    pythons, requirements, settings, site, sources, system,
)  # fmt: skip

RULES: dict[str, Rule] = {
    rule.code: rule
    for module in _MODULES
    for rule in vars(module).values()
    if isinstance(rule, Rule)
}
