"""What was read of a project: facts are decided from it, and rules are asked with it."""

from __future__ import annotations

from dataclasses import dataclass

from nuages.inspect.facts.layout import Layout
from nuages.inspect.facts.requirements import DependencyRead
from nuages.inspect.facts.settings import SettingsRead
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree


@dataclass(frozen=True, slots=True)
class Evidence:
    """The tree, what was said, where the project lies, its settings and its dependencies."""

    tree: Tree
    said: Said
    layout: Layout
    read: SettingsRead
    dependencies: DependencyRead
    remarks: Remarks

    @property
    def root(self) -> str:
        """The project's folder below the source, `.` for the top."""
        return self.layout.root.value

    @property
    def strict(self) -> bool:
        """Whether what the overlay repairs is an error."""
        return self.said.overrides.strict
