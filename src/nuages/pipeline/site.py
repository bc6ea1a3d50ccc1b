"""What a started release answers becomes where its site begins and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass

from nuages.core.finding import Finding
from nuages.core.home import Home
from nuages.core.pages import Visit, find_start
from nuages.core.release import Release
from nuages.core.state import AppState
from nuages.inspect.rules.site import check_site, check_tolerated
from nuages.pipeline.explained import image_context
from nuages.release.commands import ReleaseReport

_HEAD = "Traceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class Site:
    """The path at which it begins (empty: no page is known), and the findings."""

    start: str
    findings: tuple[Finding, ...]


def describe_site(
    state: AppState,
    release: Release,
    report: ReleaseReport,
    visits: tuple[Visit, ...],
    home: Home,
) -> Site:
    """The site of a release that works, by what its runner reported and the `visits` that its
    engine made."""

    def explain(visit: Visit) -> str:
        from nuages.diagnose.diagnose import diagnose  # noqa: PLC0415 many patterns

        context = image_context(state, release.image, home)
        causes = diagnose(visit.problem, visit.printed, context)
        return f"{causes[0].title} ({causes[0].code})" if causes else _raised(visit.printed)

    said = check_tolerated(report.tolerated)
    findings = (*said, *check_site(visits, release.pages, explain))
    return Site(find_start(visits, release.pages), findings)


def _raised(printed: str) -> str:
    """The exception that ended the last traceback; empty where there is none."""
    _, head, trace = printed.rpartition(_HEAD)
    lines = trace.splitlines()[1:] if head else []
    return next((line.strip() for line in lines if line and not line.startswith(" ")), "")
