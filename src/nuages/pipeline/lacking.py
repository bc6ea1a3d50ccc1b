"""What a built environment shows to be missing of the system becomes an error that says what to
add, on this machine or to the base."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nuages.build.errors import LIBRARIES_LACKED
from nuages.build.install.environment import Environment
from nuages.build.probe import SettingsError
from nuages.build.system.lacking import LackingError, read_lacking
from nuages.build.system.libraries import on_machine
from nuages.core.facts import Facts
from nuages.core.image import ProbeReport
from nuages.pipeline.ground import Grounds

_SPATIALITE = "mod_spatialite.so"
# Their modules.
_MODULES = {"uwsgi": "uwsgi", "mod-wsgi": "mod_wsgi", "mysqlclient": "MySQLdb"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an app was built in."""

    facts: Facts
    environment: Environment
    grounds: Grounds

    @property
    def run_packages(self) -> list[str]:
        """System packages that the app loads libraries or starts programs of."""
        packages = self.facts.system_packages
        return [each.value.name for each in packages if each.value.use == "run"]


def raise_lacking(error: SettingsError, around: Surroundings) -> None:
    """Raise build.E033 where what went wrong is that something of the system is not there."""
    text = f"{error.message}\n{error.details}"
    lacking = read_lacking(text)
    wanted = list(lacking.packages)
    for way in around.environment.ways:
        if not way.instead and re.search(rf"'?{_MODULES[way.distribution]}\b", text):
            wanted += way.takes
    if lacking:
        # What else is needed, and would be found missing later.
        wanted += around.run_packages
    missing = around.grounds.lacking(wanted)
    if missing:
        where = around.grounds.where
        message = f"{error.message} (not {where}: {', '.join(missing)})"
        raise _error(message, missing, error.details, around.grounds) from None


def refuse_without_spatialite(around: Surroundings, report: ProbeReport) -> None:
    """Raise build.E033 where a database is SpatiaLite's and its library is not there: migrations
    would fail half-way."""
    spatial = any(engine.endswith(".spatialite") for engine in report.databases)
    if not spatial:
        return
    missing = around.grounds.lacking(around.run_packages)
    there = not missing if around.grounds.base else any(on_machine([_SPATIALITE]))
    if not there:
        where = around.grounds.where
        message = f"GeoDjango opens a database with SpatiaLite, which is not {where}"
        raise _error(message, missing, "", around.grounds)


def _error(message: str, missing: tuple[str, ...], details: str, grounds: Grounds) -> LackingError:
    error = LackingError(LIBRARIES_LACKED, message, missing, details)
    if grounds.base is not None:
        named = ", ".join(f'"{name}"' for name in missing)
        error.hint = f"Add them to the base in deploy.toml: [build] packages = [{named}]"
    return error
