"""What counts as a good answer of a Django site."""

from __future__ import annotations

import pytest

from nuages.run.health import Answer, judge

URL = "http://polls.localhost:8000/"


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404])
def test_a_site_that_works_is_healthy(status: int) -> None:
    assert judge(Answer(URL, status)).healthy


@pytest.mark.parametrize("status", [400, 405, 429, 500, 502, 503])
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
