"""Routes about domains: what can be one, whose it is, when it begins to lead somewhere."""

from __future__ import annotations

import pytest

from nuages.control.state.models import Domain, Kind
from nuages.control.state.queries import hosts_of
from nuages.control.state.requests import Wish, ask

pytestmark = pytest.mark.django_db
JSON = "application/json"


def add(owner, domain, app="polls"):
    """Ask for a domain."""
    return owner.post(f"/api/apps/{app}/domains", {"domain": domain}, JSON)


def names(owner):
    """The host names of polls with their states."""
    return [(row["name"], row["status"]) for row in owner.get("/api/apps/polls/domains").json()]


def test_every_environment_has_a_default_host_name(owner, make_environment):
    make_environment("polls")
    [row] = owner.get("/api/apps/polls/domains").json()
    assert (row["name"], row["default"]) == ("polls.localhost", True)
    assert row["url"] == "http://polls.localhost:8000"


def test_a_domain_is_reserved_when_asked_for_and_leads_here_when_released(
    owner, transactional_db, make_environment, work, flows
):
    environment = make_environment("polls", 1)
    assert add(owner, "WWW.Example.org.").status_code == 202
    assert names(owner) == [("www.example.org", "waiting"), ("polls.localhost", "active")]
    environment.refresh_from_db()
    assert hosts_of(environment) == ("polls.localhost",)
    [done] = work()
    assert done.url == "http://www.example.org:8000"
    assert "configure polls  at www.example.org,polls.localhost" in flows.calls
    assert names(owner)[0] == ("www.example.org", "active")


def test_a_domain_whose_release_fails_is_free_again(
    owner, transactional_db, make_environment, work, flows
):
    make_environment("polls", 1)
    flows.plan(fail_at="ready", error="no answer")
    add(owner, "example.org")
    [done] = work()
    assert done.status == "failed"
    assert names(owner) == [("polls.localhost", "active")]


def test_a_removed_domain_leads_nowhere_after_its_release(
    owner, transactional_db, make_environment, work, flows
):
    environment = make_environment("polls", 1)
    Domain.objects.create(environment=environment, name="example.org", active=True)
    assert owner.delete("/api/apps/polls/domains/example.org").status_code == 202
    work()
    assert "configure polls  at polls.localhost" in flows.calls
    assert names(owner) == [("polls.localhost", "active")]


def test_a_domain_of_another_app_is_refused_with_its_name(owner, make_environment):
    make_environment("polls", 1)
    blog = make_environment("blog", 1)
    Domain.objects.create(environment=blog, name="example.org", active=True)
    problem = add(owner, "example.org").json()
    assert (problem["code"], problem["exit_code"], problem["status"]) == ("route.E004", 4, 409)
    assert "nuages domains blog remove example.org" in problem["hint"]


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("http://example.org", "route.E001"),
        ("a..b", "route.E001"),
        ("../../etc", "route.E001"),
        ("blog.localhost", "route.E003"),
    ],
)
def test_what_cannot_be_a_domain_of_a_user_is_refused(owner, make_environment, domain, code):
    make_environment("polls", 1)
    assert add(owner, domain).json()["code"] == code
    assert not Domain.objects.exists()


def test_a_domain_that_is_not_there_cannot_be_removed(owner, make_environment):
    make_environment("polls", 1)
    assert owner.delete("/api/apps/polls/domains/example.org").status_code == 404


def test_an_app_that_never_ran_gets_no_domain(owner, make_environment):
    make_environment("polls")
    assert add(owner, "example.org").json()["code"] == "control.E016"


def test_a_failed_removal_keeps_the_domain(transactional_db, make_environment, work, flows):
    environment = make_environment("polls", 1)
    Domain.objects.create(environment=environment, name="example.org", active=True)
    flows.plan(fail_at="ready", error="no answer")
    ask(environment, Wish(Kind.DOMAINS, {"remove": "example.org"}))
    work()
    assert Domain.objects.get().active
