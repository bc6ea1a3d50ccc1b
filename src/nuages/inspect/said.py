"""What was said about a project, in the order of precedence: flags, config vars, deploy.toml."""

from __future__ import annotations

from dataclasses import dataclass, field

from nuages.core.config import FILE, DeployConfig, line_finder, read_deploy_toml
from nuages.core.facts import Fact
from nuages.core.finding import Finding, Severity
from nuages.core.overrides import Overrides
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join


@dataclass(frozen=True, slots=True)
class Said:
    """Flags and config vars, and the deploy.toml with the path it was read from (`` if none)."""

    overrides: Overrides = field(default_factory=Overrides)
    config: DeployConfig = field(default_factory=DeployConfig)
    file: str = ""
    text: str = ""

    def fact(self, value: str, place: str, reason: str = "") -> Fact[str]:
        """A fact that the deploy.toml states at `place` (`build.root`)."""
        section, _, key = place.partition(".")
        said = reason or f"[{section}] {key}".rstrip()
        return Fact(value, said, "deploy.toml", self.file, self.line(place))

    @property
    def names_settings(self) -> bool:
        """Whether somebody names the settings module outright."""
        return bool(self.overrides.variables.get("DJANGO_SETTINGS_MODULE") or self.config.settings)

    def line(self, place: str) -> int:
        """The line of the deploy.toml that says `place`."""
        section, _, key = place.partition(".")
        return line_finder(self.text)(section, key)


def read_said(tree: Tree, root: str, overrides: Overrides, remarks: Remarks) -> Said:
    """Read the deploy.toml in `root`, else the one at the top; its mistakes become findings."""
    for path in (join(root, FILE), FILE):
        if tree.has(path):
            text = tree.text(path)
            config, problems = read_deploy_toml(text)
            remarks.findings.extend(
                Finding(each.code.code, Severity.ERROR, each.message, each.fix, path, each.line)
                for each in problems
            )
            return Said(overrides, config, path, text)
    return Said(overrides)
