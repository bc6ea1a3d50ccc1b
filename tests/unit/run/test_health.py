"""What counts as a good answer of a Django site."""

from __future__ import annotations

import pytest

from nuages.core.pages import Pages, Visit, find_start
from nuages.run.health import Answer, Asked, judge, visit_site

URL = "http://polls.localhost:8000/"


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 405, 410, 429])
def test_a_site_that_works_is_healthy(status: int) -> None:
    assert judge(Answer(URL, status)).healthy


@pytest.mark.parametrize("status", [400, 500, 502, 503])
def test_a_site_that_fails_is_not(status: int) -> None:
    verdict = judge(Answer(URL, status))
    assert not verdict.healthy
    assert str(status) in verdict.reason


def test_a_refused_host_name_is_named() -> None:
    assert "ALLOWED_HOSTS" in judge(Answer(URL, 400)).reason


@pytest.mark.parametrize(
    "location", ["/accounts/login/?next=/", "https://id.example.com/", "polls/", "?page=1"]
)
def test_a_redirect_elsewhere_is_healthy(location: str) -> None:
    assert judge(Answer(URL, 302, location)).healthy


@pytest.mark.parametrize("location", ["/", URL, "http://polls.localhost:8000", "", "#top"])
def test_a_redirect_to_itself_is_a_loop(location: str) -> None:
    assert not judge(Answer(URL, 301, location)).healthy


def test_a_redirect_to_https_without_tls_is_explained() -> None:
    verdict = judge(Answer(URL, 301, "https://polls.localhost/"))
    assert not verdict.healthy
    assert "SECURE_SSL_REDIRECT" in verdict.reason


def test_a_redirect_without_a_target_is_not_healthy() -> None:
    assert not judge(Answer(URL, 302)).healthy


@pytest.mark.parametrize(
    ("asked", "status", "healthy"),
    [
        (Asked.CHECK, 200, True),
        (Asked.CHECK, 404, False),
        (Asked.CHECK, 302, False),
        (Asked.CHECK, 503, False),
        (Asked.PAGE, 405, True),
        (Asked.PAGE, 400, True),
        (Asked.PAGE, 500, False),
    ],
)
def test_what_was_found_is_judged_by_what_it_is(asked: Asked, status: int, healthy: bool) -> None:
    assert judge(Answer(URL, status, "/login/"), asked).healthy is healthy


class Site:
    """Answers with these statuses, 404 elsewhere."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = {f"/{name}/".replace("//", "/"): n for name, n in statuses.items()}
        self.statuses |= {"/": statuses["root"]} if "root" in statuses else {}

    def visit(self, path: str, asked: Asked) -> Visit:
        status = self.statuses.get(path, 404)
        return Visit(path, status, judge(Answer(URL, status), asked).reason)


# What the URLconf has; what a path is stated; what the site answers: the visits, whose answer it
# fails by, and where the site begins.
CASES = {
    "a site with a first page": (
        Pages(), "", Site(root=200), ["/"], "", "/",
    ),
    "a first page that fails": (
        Pages(), "", Site(root=500), ["/"], "/", "/",
    ),
    "nothing at the root": (
        Pages(False, "", ("/polls/",)), "", Site(polls=200), ["/", "/polls/"], "", "/polls/",
    ),
    "its view says that there is nothing": (
        Pages(True, "", ("/polls/",)), "", Site(polls=200), ["/", "/polls/"], "", "/polls/",
    ),
    "a page for 404 that fails": (
        Pages(False, "", ("/polls/",)), "", Site(root=500, polls=200),
        ["/", "/polls/"], "", "/polls/",
    ),
    "an API for those who are signed in": (
        Pages(False, "", ("/hook/", "/api/")), "", Site(hook=405, api=401),
        ["/", "/hook/", "/api/"], "", "/api/",
    ),
    "first pages that all fail": (
        Pages(False, "", ("/a/", "/b/")), "", Site(a=500, b=500), ["/", "/a/", "/b/"], "/a/", "",
    ),
    "one first page that fails, while the view of the root says 404": (
        Pages(True, "", ("/a/",)), "", Site(a=500), ["/", "/a/"], "", "",
    ),
    "no page without an argument": (
        Pages(False), "", Site(), ["/"], "", "",
    ),
    "a health check that is content is enough": (
        Pages(True, "/ht/"), "", Site(ht=200, root=500), ["/ht/", "/"], "", "/",
    ),
    "one that is not leaves it to the page": (
        Pages(True, "/ht/"), "", Site(ht=500, root=200), ["/ht/", "/"], "", "/",
    ),
    "neither": (
        Pages(True, "/ht/"), "", Site(ht=500, root=500), ["/ht/", "/"], "/", "/",
    ),
    "a health check of a site that refuses its own name": (
        Pages(True, "/ht/"), "", Site(ht=200, root=400), ["/ht/", "/"], "/", "/",
    ),
    "what is stated alone counts": (
        Pages(True, "/ht/"), "/up/", Site(up=500, ht=200, root=200), ["/up/", "/"], "/up/", "/",
    ),
    "what is stated may be well alone": (
        Pages(True), "/up/", Site(up=200, root=500), ["/up/", "/"], "", "/",
    ),
    "the root is stated": (
        Pages(True, "/ht/"), "/", Site(ht=200, root=500), ["/"], "/", "/",
    ),
    "the root is stated, and there is nothing": (
        Pages(False, "", ("/a/",)), "/", Site(a=200), ["/", "/a/"], "", "/a/",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_site_works_and_begins_where_its_answers_say(
    case: tuple[Pages, str, Site, list[str], str, str],
) -> None:
    pages, stated, site, paths, failed, start = case
    visits, problem = visit_site(stated, pages, site.visit)
    assert [visit.path for visit in visits] == paths
    assert (problem.path if problem else "") == failed
    assert find_start(visits, pages) == start
