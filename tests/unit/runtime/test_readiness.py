"""Which answers let an instance have traffic."""

from __future__ import annotations

import pytest

from nuages_runtime.server.readiness import Visit, judge

HTTP = Visit({"host": "polls.localhost:8000", "scheme": "http", "path": "/"})
HTTPS = Visit({"host": "www.example.com", "scheme": "https", "path": "/"})


@pytest.mark.parametrize("status", [200, 204, 206, 401, 403, 404, 405, 410, 429])
def test_answers_of_a_working_app_are_fine(status: int) -> None:
    assert judge(HTTP, status, "", "") == ""


@pytest.mark.parametrize("status", [400, 500, 502, 503])
def test_other_answers_are_failures_that_name_the_exception(status: int) -> None:
    said = judge(HTTP, status, "", "KeyError: 'x'")
    assert said == f"GET / for polls.localhost:8000 answered {status}: KeyError: 'x'"


@pytest.mark.parametrize(
    "location", ["/login/", "login/", "https://www.example.com/", "?next=1", "//cdn.example.com/"]
)
def test_redirects_elsewhere_are_fine(location: str) -> None:
    assert judge(HTTP, 302, location, "") == ""


@pytest.mark.parametrize(
    ("visit", "location"),
    [
        (HTTP, "https://polls.localhost:8000/"),
        (HTTP, "https://polls.localhost/"),
        (HTTP, "/"),
        (HTTP, ""),
        (HTTPS, "https://www.example.com/"),
        (HTTPS, "https://www.example.com"),
    ],
)
def test_a_redirect_to_itself_is_a_failure_that_names_the_setting(
    visit: Visit, location: str
) -> None:
    assert "SECURE_SSL_REDIRECT" in judge(visit, 301, location, "")
