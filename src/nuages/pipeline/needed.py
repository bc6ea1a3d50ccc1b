"""Which variables of a project somebody has to give: read from the source, before it is built."""

from __future__ import annotations

from nuages.build.variables.fills import defaults, own_names
from nuages.core.config import DeployConfig
from nuages.core.facts import Facts, VariableRead
from nuages.release.variables import VARIABLES


def needed_variables(facts: Facts, config: DeployConfig) -> list[VariableRead]:
    """Each variable, at its first place, without which the settings do not load, which has no
    default, and which neither the platform nor the overlay gives; sorted by name."""
    reads = facts.variables if config.overlay else ()
    known = {name for name, _ in own_names(reads, config.keep)}
    known |= {name for group in defaults(reads, config.keep, "") for name, _ in group}
    known |= {variable.name for variable in VARIABLES}
    needed = {
        each.name: each
        for each in reversed(facts.variables)
        if each.required and each.default is None and each.name not in known
    }
    return [needed[name] for name in sorted(needed)]
