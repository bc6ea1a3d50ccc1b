"""What uv printed of an installation that failed becomes the error that says what to do."""

from __future__ import annotations

from pathlib import Path

from nuages.build.errors import DISK_FULL, PACKAGES_FAILED, PACKAGES_LACKED
from nuages.build.inputs.reach import Asked, lines_at, shown, unreached
from nuages.build.install.means import Means
from nuages.build.pythons import Interpreter
from nuages.build.system.apt import missing_packages
from nuages.build.system.lacking import (
    LackingError,
    failed_distribution,
    read_lacking,
    usual_packages,
)
from nuages.core.errors import NuagesError
from nuages.core.system_packages import install_line

_SYSTEM = Path("/usr")
# What failed is named at the beginning, why at the end.
_HEAD, _TAIL = 800, 4000


def failure_of(output: str, asked: Asked, python: Interpreter, means: Means) -> NuagesError:
    """The error of an installation of `asked` with `python` that printed `output`: build.E002,
    E007, or a LackingError (build.E030)."""
    if "No space left on device" in output:
        return NuagesError(DISK_FULL, f"The disk that holds {means.home.path} is full")
    lacked = _lacked(output, python, means)
    if lacked is not None:
        return lacked
    source = ", ".join(asked.dependencies.files) or "the packages that Nuages adds"
    lines = [each.what for each in asked.given_up if each.instead]
    lines = lines_at(asked.exported, unreached(output)) or lines
    if lines:
        return NuagesError(
            PACKAGES_FAILED,
            f"'{shown(lines[0])}' of {source} could not be fetched, and no release of that "
            "name could be installed instead",
            details=_excerpt(output),
            hint="Deploy again once this machine reaches the address; or name a release that the "
            "package index has, for example: name==1.2",
        )
    return NuagesError(
        PACKAGES_FAILED,
        f"The packages of {source} could not be installed with Python {python.version}",
        details=_excerpt(output),
        hint=_doubt(output, means),
    )


def _excerpt(output: str) -> str:
    if len(output) <= _HEAD + _TAIL:
        return output
    head, tail = output[:_HEAD].rpartition("\n")[0], output[-_TAIL:].partition("\n")[2]
    return f"{head}\n[…]\n{tail}"


def _doubt(output: str, means: Means) -> str | None:
    """What may help against the failure of a compilation that does not show what it lacked."""
    distribution = failed_distribution(output)
    packages = missing_packages(usual_packages(distribution), means.runner)
    if not packages:
        return None
    return (
        f"{PACKAGES_FAILED.hint} If {distribution} has to be compiled, it usually takes more "
        f"than this machine has: {install_line(packages)}"
    )


def _lacked(output: str, python: Interpreter, means: Means) -> LackingError | None:
    """build.E030 where something of the system was lacked that is not there."""
    lacking = read_lacking(output, python.minor, (python.copied_from or python.prefix) == _SYSTEM)
    packages = missing_packages(lacking.packages, means.runner)
    if not packages and not lacking.unknown:
        return None
    what = lacking.distribution or "A package"
    needed = ", ".join((*packages, *lacking.unknown))
    message = f"{what} has no wheel for Python {python.version}; compiling it takes {needed}"
    return LackingError(PACKAGES_LACKED, message, packages, _excerpt(output))
