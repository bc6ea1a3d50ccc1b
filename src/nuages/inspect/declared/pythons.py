"""Rules about the Python that a build takes, and the time that packages are of."""

from __future__ import annotations

from nuages.core.finding import Severity
from nuages.inspect.declared.kinds import after_build, warning

ANOTHER_PYTHON = after_build(
    Severity.WARNING,
    "W130",
    "The wanted Python cannot be had",
    "It is neither on the machine nor to be fetched, or older than 3.6. The nearest one that the "
    "project's Django supports is taken.",
    'Install that version, or name the one that was taken in deploy.toml: [build] python = "3.12"',
)
UNSUPPORTED_PYTHON = after_build(
    Severity.WARNING,
    "W131",
    "Django does not support the Python that was taken",
    "None that it supports is on the machine or can be fetched, so parts of Django may fail.",
    "Install a Python that the finding names, or move the project to a newer Django.",
)
OLDER_PYTHON = after_build(
    Severity.WARNING,
    "W132",
    "An older Python was taken, for a package's sake",
    "Old releases of packages with compiled parts have no wheels for newer Pythons, and seldom "
    "compile there. The project names no Python, so the newest one was taken that has them.",
    "Move to newer releases of the packages named, or name the Python in .python-version",
)
NEWER_PYTHON = after_build(
    Severity.WARNING,
    "W230",
    "A newer Python was taken than the project names",
    "A release that the list of packages names cannot be installed with the Python that the "
    "project names: one was changed without the other, and the list is what the app needs.",
    'Name the Python that was taken, for example in deploy.toml: [build] python = "3.12"',
)
OF_ITS_TIME = warning(
    "W133",
    "Packages without a version are taken as of a day",
    "The project is of a Django that gets no fixes any more, and today's releases of the packages "
    "would break it. Those are taken that were there two months after its newest migration, or "
    "today's where that fails.",
    "Write the versions down, for example: pip freeze > requirements.txt",
)
UNFIT_TODAY = after_build(
    Severity.WARNING,
    "W190",
    "Packages are taken as of a day, since today's do not fit each other",
    "The project names releases of some packages, and what these bring along has moved on without "
    "them. Releases are taken that were there soon after the newest one that is named.",
    "Write every version down: run `pip freeze > requirements.txt` where the project works",
)
CONTRADICTED = after_build(
    Severity.WARNING,
    "W191",
    "Releases that are named contradict each other",
    "A package says that it does not go with the release of another one that the list names, so no "
    "installer would take both. They are installed all the same, since the project was run so.",
    "Name releases that go together; pip check says which do not",
)
