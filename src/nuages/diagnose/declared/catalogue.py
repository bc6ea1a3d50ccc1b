"""Every declared cause, in the order in which they are tried."""

from __future__ import annotations

from types import ModuleType

from nuages.diagnose.cause import Cause
from nuages.diagnose.declared import (
    databases,
    imports,
    installing,
    migrations,
    processes,
    requests,
    services,
    settings,
    static,
    tables,
)


def _declared(*modules: ModuleType) -> tuple[Cause, ...]:
    return tuple(v for module in modules for v in vars(module).values() if isinstance(v, Cause))


INSTALLING = _declared(installing)
# Drivers before modules, because the module of a driver is missing too.
RUNNING = _declared(
    processes, databases, migrations, tables, settings, services, static, requests, imports
)
CAUSES: dict[str, Cause] = {cause.code: cause for cause in (*INSTALLING, *RUNNING)}
