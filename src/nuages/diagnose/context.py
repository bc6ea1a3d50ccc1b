"""What is known of the app whose output is looked at: real values for the fixes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nuages.core.facts import Dependencies

# How a package is added where a tool keeps the list.
_ADD = {
    "uv": "Run: uv add {}",
    "poetry": "Run: poetry add {}",
    "pdm": "Run: pdm add {}",
    "pipenv": "Run: pipenv install {}",
    "pyproject": "Add it to [project] dependencies in pyproject.toml: {}",
}


@dataclass(frozen=True, slots=True)
class Context:
    """`app` as people write it (APP: not known), `dependencies` as inspection found them,
    `python` and `django` the installed versions (empty: not known). `application` is what gunicorn
    is to serve. `modules` are the names
    that the source itself can be imported by, as `polls` and `polls.views`."""

    app: str = "APP"
    dependencies: Dependencies | None = None
    python: str = ""
    django: str = ""
    modules: frozenset[str] = frozenset()
    application: str = "PROJECT.wsgi"

    @property
    def requirements(self) -> str:
        """The file in which the packages are named."""
        files = self.dependencies.files if self.dependencies else ()
        return files[0] if files else "requirements.txt"

    def add(self, distribution: str) -> str:
        """What to do so that `distribution` is installed."""
        kind = self.dependencies.kind if self.dependencies else ""
        if kind in _ADD:
            shown = distribution if distribution.isidentifier() else f"'{distribution}'"
            return _ADD[kind].format(shown)
        return f"Add a line to {self.requirements}: {distribution}"


def module_names(paths: Iterable[str], root: str) -> frozenset[str]:
    """What files at `paths` (POSIX) can be imported as, from `root` (`.`: the top) and from the
    folder above a `src` layout's."""
    names = set[str]()
    for path in paths:
        for prefix in {"" if root == "." else f"{root}/", "src/", ""}:
            if path.endswith(".py") and path.startswith(prefix):
                dotted = path[len(prefix) : -3].replace("/", ".").removesuffix(".__init__")
                parts = dotted.split(".")
                names.update(".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(names)
