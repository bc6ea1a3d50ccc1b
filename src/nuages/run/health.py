"""Whether an answer shows that a Django site works. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

# Signed in only, forbidden, nothing at this address: the site itself said so, and works.
_FINE = {401, 403, 404}


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


def judge(answer: Answer) -> Verdict:
    """2xx, 401, 403, 404 and a redirect elsewhere are good. 400 (DisallowedHost), 5xx and a
    redirect to the same address (a loop) are not."""
    status = answer.status
    if 200 <= status < 300 or status in _FINE:
        return Verdict(True)
    if status == 400:
        return Verdict(
            False,
            "it answered 400: Django refuses the host name (see ALLOWED_HOSTS) or the request",
        )
    if 300 <= status < 400:
        return _judge_redirect(answer)
    if status >= 500:
        return Verdict(False, f"it answered {status}: the view failed, and the log says how")
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
