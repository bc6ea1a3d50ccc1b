"""An instance whose project does not say what to ask finds a page that shows that it works."""

from __future__ import annotations

import pytest

from tests.runtime.instance import Instance
from tests.runtime.projects import Project

WSGI = ("wsgi", "mysite.wsgi:application")
ASGI = ("asgi", "mysite.asgi:application")
URLS = """
from django.http import HttpResponse
from django.urls import path
def fine(request):
    return HttpResponse("fine")
def broken(request):
    return HttpResponse(1 / 0)
def wants(request):
    return HttpResponse(status=400)
def gone(request, exception):
    return HttpResponse(1 / 0)
"""


@pytest.fixture(params=[WSGI, ASGI], ids=["wsgi", "asgi"])
def server(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The arguments of each kind of server in turn."""
    command: tuple[str, ...] = request.param
    return command


@pytest.fixture
def site(polls: Project) -> Project:
    """The polls site with its tables."""
    polls.migrate()
    return polls


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        ("path('', fine)", ""),
        ("path('polls/', fine)", ""),
        # A program's address wants more than a plain GET.
        ("path('hook/', wants)", ""),
        # With a health check, no page is asked inside.
        ("path('', broken), path('healthz', fine)", ""),
        ("path('', fine), path('healthz', broken)", "GET /healthz"),
        ("path('a/', broken), path('b/', fine)", "GET /a/"),
    ],
)
def test_one_page_that_works_is_enough(
    site: Project, server: tuple[str, ...], urls: str, told: str
) -> None:
    site.write("mysite/urls.py", f"{URLS}urlpatterns = [{urls}]\nhandler404 = gone\n")
    with Instance(site, *server, path="") as instance:
        instance.ready()
        log = instance.log.read_text()
    why = "for polls.localhost answered 500: ZeroDivisionError: division by zero"
    assert log.count("another address answers well") == bool(told)
    assert not told or f"nuages: {told} {why}; another address answers well" in log


@pytest.mark.parametrize(
    ("urls", "asked"),
    [
        ("path('', broken), path('other/', fine)", "/"),
        ("path('', broken), path('healthz', broken)", "/"),
        ("path('polls/', broken), path('shop/', broken)", "/polls/"),
    ],
)
def test_a_site_without_one_is_a_failure_of_its_first_page(
    site: Project, server: tuple[str, ...], urls: str, asked: str
) -> None:
    site.write("mysite/urls.py", f"{URLS}urlpatterns = [{urls}]")
    with Instance(site, *server, path="") as instance:
        instance.open_gate()
        said = instance.said()
    assert said.startswith(f"failed GET {asked} for polls.localhost answered 500: ZeroDivision")


def test_a_path_that_is_asked_for_is_the_only_one_that_counts(
    site: Project, server: tuple[str, ...]
) -> None:
    site.write("mysite/urls.py", f"{URLS}urlpatterns = [path('a/', broken), path('b/', fine)]")
    with Instance(site, *server, path="/a/") as instance:
        instance.open_gate()
        assert instance.said().startswith("failed GET /a/ for polls.localhost answered 500")


def test_an_address_in_another_script_is_asked(site: Project, server: tuple[str, ...]) -> None:
    site.write("mysite/urls.py", f"{URLS}urlpatterns = [path('café/', fine)]\nhandler404 = gone\n")
    with Instance(site, *server, path="") as instance:
        instance.ready()
