"""Packages that do not fit each other today become those of the time of their list: what is pinned
stays, and what that brings along is as it was then."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from nuages.build.install.means import Means
from nuages.build.plain import plain_input
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter
from nuages.build.versions.days import day_of, first_day, months
from nuages.build.versions.wheels import ask_wheelless, pinned
from nuages.core.errors import NuagesError


class UnfitError(NuagesError):
    """Raised in place of another error where packages of today do not fit each other, or Python."""

    @classmethod
    def of(cls, error: NuagesError) -> UnfitError:
        """The same in other words."""
        return cls(error.code, error.message, details=error.details, hint=error.hint)


def find_day(means: Means, plan: BuildPlan, tree: Path, python: Interpreter, today: date) -> str:
    """The day (ISO) up to which releases are to be taken for a plan whose packages do not fit;
    empty where none is known, or the plan is of a day already."""
    dependencies = plan.dependencies
    if dependencies.as_of:
        return ""
    exported = "".join(f"{line}\n" for line in dependencies.lines)
    plain = plain_input(tree, dependencies, (), exported)
    lines = pinned(plain.requirements) if plain else []
    with tempfile.TemporaryDirectory() as folder:
        newest = _newest_pin(means, lines, Path(folder), python, today) if lines else None
    return day_of(newest, dependencies.noted, today)


def _newest_pin(
    means: Means,
    lines: Sequence[str],
    folder: Path,
    python: Interpreter,
    today: date,
) -> date | None:
    file = folder / "pinned.txt"

    def resolve(left: Sequence[str], *options: str) -> tuple[int, str]:
        file.write_text("".join(f"{line}\n" for line in left))
        words = ("pip", "compile", "--no-deps", "--no-build", "--quiet", "--no-header",
                 "--python", str(python.executable), *options, str(file))  # fmt: skip
        done = means.run_uv(*words, cwd=folder)
        return done.code, done.stderr

    # What has no wheel cannot be asked for without building it.
    without = ask_wheelless(lines, resolve)
    left = [line for line in lines if line not in (without or ())]
    if without is None or not left:
        return None
    return first_day(months(today), lambda day: resolve(left, f"--exclude-newer={day}")[0] == 0)
