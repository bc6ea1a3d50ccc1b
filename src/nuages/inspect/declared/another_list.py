"""Rules about lists of packages that are seldom the one to install from."""

from __future__ import annotations

from nuages.inspect.declared.kinds import warning

TAKEN_TOO = warning(
    "W180",
    "The packages come from a group, an extra or another list",
    "What is installed from by rule does not name Django, without which nothing starts. Another "
    "list of the project's does, so that one is installed, or added.",
    "Name what the app needs where it is installed from: [project] dependencies, or "
    "requirements.txt",
)
