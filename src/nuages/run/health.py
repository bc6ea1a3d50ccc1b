"""Whether a Django site works, by what it answers. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from nuages.core.pages import Pages, Visit

_REFUSED = 400


class Asked(StrEnum):
    """What a path is asked for: `PATH` counts, `BESIDE` would, if nothing else did; `CHECK` is a
    health check that was found, `PAGE` a page that was found, of which nobody knows what it
    wants."""

    PATH = "path"
    BESIDE = "beside"
    CHECK = "check"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer to a request for `url` (absolute, as a visitor's browser would have it);
    `location` is where a redirect leads, as written."""

    url: str
    status: int
    location: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the answer is good, and why it is not."""

    healthy: bool
    reason: str = ""


def visit_site(
    stated: str, pages: Pages, visit: Callable[[str, Asked], Visit]
) -> tuple[tuple[Visit, ...], Visit | None]:
    """The visits that show whether the site works and where it begins; and the one because of
    which it does not, if any. `stated` is the path that the project wants asked, and then the
    only one that counts (empty: it does not say).

    Else a health check that is content is enough, and so is a `/` that is there and well. A site
    without one is as well as the best of its first pages. One that refuses its own host name
    never is: a health check may be answered before that is looked at.
    """
    first = stated or pages.health
    visits = [visit(first, Asked.PATH if stated else Asked.CHECK)] if first else []
    decided = bool(stated or (visits and not visits[0].problem))
    root = visits[0] if first == "/" else visit("/", Asked.BESIDE if decided else Asked.PATH)
    visits += [root] if first != "/" else []
    found: list[Visit] = []
    if root.is_missing or (root.problem and not pages.root):
        for path in pages.first:
            found.append(visit(path, Asked.PAGE))
            if found[-1].is_page:
                break
    counting = [visits[0]] if stated else found if found and not pages.root else [root]
    enough = counting if stated or not first else [visits[0], *counting]
    works = any(not each.problem for each in enough)
    if not stated and root.status == _REFUSED:
        return (*visits, *found), root
    return (*visits, *found), None if works else counting[0]


def judge(answer: Answer, asked: Asked = Asked.PATH) -> Verdict:
    """Any answer is good but 400 (DisallowedHost), 5xx and a redirect to the same address (a
    loop): the site itself said so, and works. Of a health check only 2xx is good; a page that was
    found may say 400 too, because it wants more than a plain GET."""
    status = answer.status
    if asked is Asked.CHECK and not 200 <= status < 300:
        return Verdict(False, f"it answered {status}")
    if status >= 500:
        return Verdict(False, f"it answered {status}: the view failed, and the log says how")
    if 300 <= status < 400:
        return _judge_redirect(answer)
    if status == _REFUSED and asked is not Asked.PAGE:
        return Verdict(
            False,
            "it answered 400: Django refuses the host name (see ALLOWED_HOSTS) or the request",
        )
    return Verdict(True)


def _judge_redirect(answer: Answer) -> Verdict:
    if not answer.location:
        return Verdict(False, f"it answered {answer.status} without saying where to")
    target = urljoin(answer.url, answer.location)
    if _same(target, answer.url):
        return Verdict(False, f"it redirects {answer.url} to itself: a loop")
    asked, led = urlsplit(answer.url), urlsplit(target)
    if asked.scheme == "http" and led.scheme == "https" and led.hostname == asked.hostname:
        return Verdict(
            False,
            f"it redirects {answer.url} to https, and this site has no TLS: "
            "SECURE_SSL_REDIRECT has to be off",
        )
    return Verdict(True)


def _same(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.hostname, a.port, a.path or "/", a.query) == (
        b.scheme,
        b.hostname,
        b.port,
        b.path or "/",
        b.query,
    )
