"""The URLconf says which addresses of a site can be asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.runtime.projects import Project

# What urls.py has, with Django's own names for it; and what is found.
REGULAR: dict[str, dict[str, Any]] = {
    "url(r'^$', views.index)": {"root": True, "health": "", "first": []},
    "url(r'^polls/$', views.index), url(r'^admin/', admin.site.urls)": {
        "root": False,
        "health": "",
        "first": ["/polls/", "/admin/"],
    },
    "url(r'^admin/', admin.site.urls)": {"root": False, "health": "", "first": ["/admin/"]},
    # A namespace of its own; what stands at the top of an include comes first.
    "url(r'^api/', include(([url(r'^users/$', views.who), url(r'^$', views.index)], 'a')))": {
        "root": False,
        "health": "",
        "first": ["/api/", "/api/users/"],
    },
    # Arguments, files, forms, and what leads somewhere else are no first pages.
    "url(r'^(?P<name>[a-z]+)/$', views.who), url(r'^robots\\.txt$', views.who),"
    "url(r'^logout/$', views.who), url(r'^vote/$', require_POST(views.who)),"
    "url(r'^cron/$', views.who), url(r'^polls/delete-all/$', views.who),"
    "url(r'^api\\.(?P<format>[a-z]+)/?$', views.who), url(r'^later/$', views.index)": {
        "root": False,
        "health": "",
        "first": [],
    },
    "url(r'^accounts/login/$', views.who), url(r'^shop/list/$', views.index)": {
        "root": False,
        "health": "",
        "first": ["/shop/list/", "/accounts/login/"],
    },
    "url(r'^polls/?$', views.index), url(r'^readyz$', views.who), url(r'^ht/$', views.who)": {
        "root": False,
        "health": "/readyz",
        "first": ["/polls"],
    },
    "url(r'^caf\u00e9/$', views.index)": {
        "root": False,
        "health": "",
        "first": ["/caf%C3%A9/"],
    },
    "url(r'^(?:.*)/?$', views.index)": {"root": True, "health": "", "first": []},
    "": {"root": False, "health": "", "first": []},
}
ROUTES: dict[str, dict[str, Any]] = {
    "path('polls/', include('polls_urls')), path('admin/', admin.site.urls)": {
        "root": False,
        "health": "",
        "first": ["/polls/", "/polls/all/", "/admin/"],
    },
    "path('<int:number>/', views.who), path('', Page.as_view())": {
        "root": True,
        "health": "",
        "first": [],
    },
    "path('form/', Form.as_view()), path('page/', Page.as_view())": {
        "root": False,
        "health": "",
        "first": ["/page/"],
    },
    "*i18n_patterns(path('', views.index), path('about/', views.who))": {
        "root": False,
        "health": "",
        "first": ["/en-us/", "/en-us/about/"],
    },
    "*i18n_patterns(path('about/', views.who), prefix_default_language=False)": {
        "root": False,
        "health": "",
        "first": ["/about/"],
    },
    "path('api/health/', views.who), path('a/b/c/health/', views.who)": {
        "root": False,
        "health": "/api/health/",
        "first": [],
    },
}

URLS = """
from django.conf.urls import include
from django.contrib import admin
from django.views.decorators.http import require_POST
{imports}
from polls import views
urlpatterns = [{entry}]
"""
VIEWS = """
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.urls import path
from django.views import View
class Form(View):
    def post(self, request):
        return HttpResponse("thanks")
class Page(Form):
    def get(self, request):
        return HttpResponse("a page")
"""
ASK = """
import json
import django; django.setup()
from django.conf import settings
from django.urls import clear_url_caches
from nuages_runtime.urls.pages import find_pages
answers = []
for number in range(%d):
    settings.ROOT_URLCONF = "urls_%%d" %% number
    clear_url_caches()
    answers.append(find_pages())
print(json.dumps(answers))
"""


def ask(project: Project, imports: str, entries: list[str]) -> list[Any]:
    """What is found in each URLconf, all of them in one process."""
    for number, entry in enumerate(entries):
        project.write(f"urls_{number}.py", URLS.format(imports=imports, entry=entry))
    found: list[Any] = json.loads(project.python(ASK % len(entries)))
    return found


def test_pages_are_found_by_regular_expressions(any_polls: Project) -> None:
    old = any_polls.environment.kind == "1.11"
    where = "django.conf.urls import url" if old else "django.urls import re_path as url"
    # One page has a view before it that takes every name.
    found = ask(any_polls, f"from {where}", list(REGULAR))
    assert dict(zip(REGULAR, found, strict=True)) == REGULAR


@pytest.mark.parametrize("kind", ["4.2", "5.2", "newest"])
def test_pages_are_found_by_routes(make_project: Any, kind: str) -> None:
    project = make_project(kind)
    project.write("polls_urls.py", """
        from django.urls import path
        from polls import views
        app_name = "polls"
        urlpatterns = [path("all/", views.who), path("", views.index), path("<int:n>/", views.who)]
    """)  # fmt: skip
    found = ask(project, VIEWS, list(ROUTES))
    assert dict(zip(ROUTES, found, strict=True)) == ROUTES


def test_the_health_check_of_a_middleware_is_found(polls: Project) -> None:
    # The name says it: the package need not be there.
    project = polls
    project.add_settings("MIDDLEWARE += ['dockerflow.django.middleware.DockerflowMiddleware']")
    [found] = ask(project, VIEWS, ["path('', views.index), path('health/', views.who)"])
    assert found["health"] == "/__lbheartbeat__"


def test_a_project_without_a_urlconf_has_its_root(polls: Project) -> None:
    polls.add_settings("ROOT_URLCONF = None")
    found = polls.python("""
        import django; django.setup()
        from nuages_runtime.urls.pages import find_pages
        print(find_pages())
    """)
    assert found == "{'root': True, 'health': '', 'first': []}"
