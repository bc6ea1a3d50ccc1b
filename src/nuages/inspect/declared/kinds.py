"""What a rule of inspection is declared with, by its severity.

A code is not used again once a rule is gone: people and files of theirs name it.
"""

from __future__ import annotations

from nuages.core.finding import Needs, Rule, Severity


def error(code: str, title: str, why: str, fix: str) -> Rule:
    """A rule whose findings stop a deployment."""
    return Rule(f"inspect.{code}", title, Severity.ERROR, why, fix)


def warning(code: str, title: str, why: str, fix: str, *, strict: bool = False) -> Rule:
    """A rule whose findings are repaired, or may hurt later; errors where `strict`, if asked."""
    return Rule(f"inspect.{code}", title, Severity.WARNING, why, fix, strict=strict)


def remark(code: str, title: str, why: str, fix: str) -> Rule:
    """A rule whose findings say what was decided."""
    return Rule(f"inspect.{code}", title, Severity.INFO, why, fix)


def after_build(severity: Severity, code: str, title: str, why: str, fix: str) -> Rule:
    """A rule that speaks once the project is built."""
    return Rule(f"inspect.{code}", title, severity, why, fix, Needs.BUILD)


def after_boot(severity: Severity, code: str, title: str, why: str, fix: str) -> Rule:
    """A rule that speaks once the app was started."""
    return Rule(f"inspect.{code}", title, severity, why, fix, Needs.BOOT)
