"""Whether a Django site works, by what it answers. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from nuages.core.pages import Pages, Visit

# Signed in only, forbidden, nothing at this address: the site itself said so, and works.
_FINE = {401, 403, 404}


class Asked(StrEnum):
    """What a path is asked for: `PATH` counts, `CHECK` is a health check that was found, `PAGE` a
    page that was found, of which nobody knows what it wants."""

    PATH = "path"
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
    without one is as well as the best of its first pages.
    """
    first = stated or pages.health
    visits = [visit(first, Asked.PATH if stated else Asked.CHECK)] if first else []
    root = visits[0] if first == "/" else visit("/", Asked.PATH)
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
    return (*visits, *found), None if works else counting[0]


def judge(answer: Answer, asked: Asked = Asked.PATH) -> Verdict:
    """2xx, 401, 403, 404 and a redirect elsewhere are good. 400 (DisallowedHost), 5xx and a
    redirect to the same address (a loop) are not. Of a health check only 2xx is good; a page may
    want more than a plain GET, and so 4xx is good too."""
    status = answer.status
    if 200 <= status < 300:
        return Verdict(True)
    if asked is Asked.CHECK or status >= 500:
        failed = ": the view failed, and the log says how" if status >= 500 else ""
        return Verdict(False, f"it answered {status}{failed}")
    if 300 <= status < 400:
        return _judge_redirect(answer)
    if status in _FINE or asked is Asked.PAGE:
        return Verdict(True)
    if status == 400:
        return Verdict(
            False,
            "it answered 400: Django refuses the host name (see ALLOWED_HOSTS) or the request",
        )
    return Verdict(False, f"it answered {status}")


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
