"""Rules that speak of a started site: what it answered before it got its traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nuages.core.finding import Finding, Rule
from nuages.core.pages import Pages, Visit, find_start
from nuages.inspect.declared.site import (
    BEGINS_ELSEWHERE,
    CHECK_FAILS,
    CHECK_OF_SURROUNDINGS,
    NOT_FOUND_FAILS,
    PAGE_FAILS,
)

Explain = Callable[[Visit], str]


def check_site(visits: tuple[Visit, ...], pages: Pages, explain: Explain) -> Iterator[Finding]:
    """What a visitor should know, and what failed although the release works. `explain` gives
    the cause of a failure as a text, empty where none is known."""
    for visit in visits:
        if visit.problem:
            yield _failure(visit, pages, explain(visit))
    root = next((visit for visit in visits if visit.path == "/"), None)
    start = find_start(visits, pages)
    if root is None or start == "/":
        return
    said = "/ is 404" if root.is_missing else "There is nothing at /"
    if start:
        said += f"; the site begins at {start}"
    else:
        said += ", and no other page was found that opens without an argument"
    yield _finding(BEGINS_ELSEWHERE, said)


def check_tolerated(messages: Iterable[str]) -> Iterator[Finding]:
    """Errors of checks for which no release is refused, in their words."""
    for message in messages:
        yield _finding(CHECK_OF_SURROUNDINGS, message)


def _failure(visit: Visit, pages: Pages, cause: str) -> Finding:
    if visit.path == pages.health:
        rule = CHECK_FAILS
    elif visit.path == "/" and not pages.root:
        rule = NOT_FOUND_FAILS
    else:
        rule = PAGE_FAILS
    return _finding(rule, f"GET {visit.path}: {visit.problem}{cause and '; '}{cause}")


def _finding(rule: Rule, message: str) -> Finding:
    return Finding(rule.code, rule.severity, message, rule.fix)
