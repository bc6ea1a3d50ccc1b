"""Old packages, which the newest setuptools does not build any more."""

from __future__ import annotations

import re

# How the setup.py of an old package fails with a setuptools that is newer than it.
OLD_SETUP = re.compile(
    r"cannot import name '\w+' from 'setuptools|No module named '(?:pkg_resources|setuptools\.\w+)"
    r"|use_2to3 is invalid|module 'setuptools\b.*has no attribute|InvalidVersion: Invalid version"
    r"|InvalidRequirement|dash-separated|must be a string or list of strings containing valid"
)


def older_setuptools(python: str) -> tuple[str, ...]:
    """Versions of setuptools to build an old package with, one after the other. What they took
    away: `use_2to3` with 58, versions that PEP 440 does not know with 66, `convert_path` with 70,
    the command `test` with 72 (its changelog). Python 3.12 takes none before 66."""
    major, minor = (int(part) for part in python.split(".")[:2])
    later = ("setuptools<70",)
    return later if (major, minor) >= (3, 12) else (*later, "setuptools<66", "setuptools<58")
