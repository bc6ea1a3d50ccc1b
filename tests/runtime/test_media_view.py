"""Uploads that a view of the project's own answers for are left to that view."""

from __future__ import annotations

import json

import pytest

from tests.runtime.projects import Project

# By what the URLconf has beside the polls site: whether the project answers for uploads.
REGULAR = {
    "()": False,
    "url(r'^media/(?P<path>.*)$', serve)": False,
    "url(r'^mediation/$', views.who)": False,
    "url(r'^.*$', views.index)": False,
    "url(r'^media/(?P<path>.*)$', views.who)": True,
    "url(r'^media/documents/(?P<path>.*)$', views.who)": True,
    r"url(r'^media\/(?P<number>\d+)$', views.who)": True,
    "url(r'(?i)^Media/documents/', views.who)": True,
    "url(r'^(?:media|private)/(?P<path>.*)$', views.who)": True,
    "url(r'^(?P<folder>media|private)/(?P<number>[0-9]+)/$', views.who)": True,
    "url(r'^media/', include([url(r'^documents/$', views.who)]))": True,
    "url(r'^media/', include([url(r'^(?P<path>.*)$', serve)]))": False,
    "url(r'^med', include([url(r'^ia/documents/$', views.who)]))": True,
    "url(r'^broken/', include('no_such_module'))": True,
}
ROUTES = {
    "path('media/documents/<path:name>', views.who)": True,
    "path('media/<int:number>/', views.who)": True,
    "path('media/', include([path('<int:number>/', views.who)]))": True,
    "path('media/<path:path>', serve)": False,
    "path('<slug:page>/', views.who)": False,
    "path('<path:page>', views.who)": False,
}

URLS = """
from django.conf.urls import include
{imports}
from django.views.static import serve
from polls import views
urlpatterns = [{entry}] if {entry!r} != "()" else []
"""
ASK = """
import json, sys
import django; django.setup()
from django.conf import settings
from nuages_runtime.urls.media_view import has_media_view
from django.urls import clear_url_caches
answers = []
for number in range(%d):
    settings.ROOT_URLCONF = "urls_%%d" %% number
    clear_url_caches()
    answers.append(has_media_view())
print(json.dumps(answers))
"""


def ask(project: Project, imports: str, entries: list[str]) -> list[bool]:
    """What is said of each URLconf, all of them in one process."""
    project.add_settings("MEDIA_URL = '/media/'")
    for number, entry in enumerate(entries):
        text = URLS.format(imports=imports, entry=entry)
        project.write(f"urls_{number}.py", text)
    answers: list[bool] = json.loads(project.python(ASK % len(entries)))
    return answers


def test_views_for_a_part_of_the_uploads_are_seen(any_polls: Project) -> None:
    old = any_polls.environment.kind == "1.11"
    where = "django.conf.urls import url" if old else "django.urls import re_path as url"
    answers = ask(any_polls, f"from {where}", list(REGULAR))
    assert dict(zip(REGULAR, answers, strict=True)) == REGULAR


@pytest.mark.parametrize("prefix", ["", "i18n_patterns"])
def test_routes_are_read_too(polls: Project, prefix: str) -> None:
    imports = "from django.urls import path"
    entries = list(ROUTES)
    if prefix:
        imports += "\nfrom django.conf.urls.i18n import i18n_patterns"
        entries = [f"*i18n_patterns({entry}, prefix_default_language=False)" for entry in entries]
    assert dict(zip(ROUTES, ask(polls, imports, entries), strict=True)) == ROUTES
