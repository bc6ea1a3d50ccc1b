"""The packages that an app needs and its project does not bring. Pure."""

from __future__ import annotations

import re

from nuages.core.facts import Dependencies, Facts
from nuages.core.system_packages import SPATIALITE

# Before Python 3.12 `venv` installed setuptools (https://docs.python.org/3.12/whatsnew/3.12.html),
# and old packages, gunicorn up to 20.0 among them, import its pkg_resources, gone with release 82.
_PKG_RESOURCES = "setuptools<81"
_WITHOUT_SETUPTOOLS = 12
# Many a Python is compiled without the loading of SQLite's extensions (GeoDjango's installation
# page); nuages_runtime.spatial takes this module then. It has wheels for one kind of machine.
_SQLITE = "pysqlite3-binary; platform_machine == 'x86_64'"


def extra_packages(
    dependencies: Dependencies, interface: str, python: str, *, spatial: bool = False
) -> tuple[str, ...]:
    """What the platform's server needs and the project does not bring, and what every Python
    environment with that `python` (`3.10`) used to have; Django where there is no dependency
    file; with `spatial`, a module for SQLite that can load extensions."""
    # Shows static files where an image is run with no proxy of the platform's before it.
    wanted = ["gunicorn", "whitenoise"]
    if interface == "asgi":
        wanted += ["uvicorn", "websockets"]
    if dependencies.kind == "none":
        wanted.append(f"Django{dependencies.django}")
    extra = [name for name in wanted if name.lower() not in dependencies.names]
    extra += dependencies.also
    if _is_old_gunicorn(dependencies) and "setuptools" not in dependencies.names:
        extra.append(_PKG_RESOURCES)
    if spatial:
        extra.append(_SQLITE)
    return suited_to(python, tuple(extra), dependencies)


def suited_to(python: str, extra: tuple[str, ...], dependencies: Dependencies) -> tuple[str, ...]:
    """The extra packages, with what every Python environment with that `python` used to have."""
    minor = re.fullmatch(r"3\.(\d+)", python)
    old = minor is not None and int(minor[1]) < _WITHOUT_SETUPTOOLS
    if not old or "setuptools" in dependencies.names or _PKG_RESOURCES in extra:
        return extra
    return (*extra, _PKG_RESOURCES)


def _is_old_gunicorn(dependencies: Dependencies) -> bool:
    """Whether the project pins one that imports pkg_resources, up to 20.0, which asks for any
    setuptools at best."""
    pin = re.match(r"(\d+)(?:\.(\d+))?", dict(dependencies.pins).get("gunicorn", ""))
    return pin is not None and (int(pin[1]), int(pin[2] or 0)) < (20, 1)


def is_spatial(facts: Facts) -> bool:
    """Whether the platform's own SQLite database is GeoDjango's."""
    names = {package.value.name for package in facts.system_packages}
    return facts.database.value == "sqlite" and not names.isdisjoint(SPATIALITE)
