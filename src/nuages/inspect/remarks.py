"""What inspection has to say, gathered while facts are read and rules are asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from nuages.core.finding import Finding, Rule, Severity


@dataclass(slots=True)
class Remarks:
    """The findings so far; with `strict`, what the overlay repairs is an error."""

    strict: bool = False
    findings: list[Finding] = field(default_factory=list)

    def say(self, rule: Rule, message: str, file: str = "", line: int = 0, fix: str = "") -> None:
        """Add a finding; `fix` replaces the rule's own where a more exact one is known."""
        finding = Finding(
            rule.code, rule.severity_where(self.strict), message, fix or rule.fix, file, line
        )
        if finding not in self.findings:
            self.findings.append(finding)


def in_order(findings: list[Finding]) -> list[Finding]:
    """Errors first, then warnings, then remarks; by file and line among them."""
    ranks = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return sorted(
        findings, key=lambda each: (ranks[each.severity], each.code, each.file, each.line)
    )
