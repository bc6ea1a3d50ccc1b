"""The overlay inside real Djangos: errors reach the log, log files that cannot be stop nothing."""

from __future__ import annotations

import textwrap

import pytest

from tests.runtime.projects import Project

TO_A_FILE = """
LOGGING = {{
    "version": 1,
    "disable_existing_loggers": {disable},
    "handlers": {{"file": {{"class": "logging.FileHandler", "filename": {file!r}}}}},
    "loggers": {{"django": {{"handlers": ["file"], "level": "ERROR", "propagate": False}}}},
}}
"""
URLS = """
from polls import views
try:
    from django.urls import re_path as url
except ImportError:
    from django.conf.urls import url

urlpatterns = [url("^$", views.index)]
"""
FAIL = """
import django; django.setup()
from django.test import Client
try:
    Client().get("/", HTTP_HOST="polls.localhost")
except ValueError:
    print("failed")
"""


def printed_by_a_broken_page(project: Project) -> str:
    """What is printed to standard error when a page fails."""
    project.write("polls/views.py", "def index(request):\n    raise ValueError('on purpose')\n")
    project.write("mysite/urls.py", URLS)
    code = textwrap.dedent(FAIL)
    done = project.environment.run("-c", code, cwd=project.folder, env=project.env())
    assert done.stdout.strip() == "failed"
    return done.stderr


@pytest.mark.parametrize("disable", [True, False])
def test_an_error_that_goes_to_a_file_only_is_shown(any_polls: Project, disable: bool) -> None:
    any_polls.add_settings(TO_A_FILE.format(file="logs/deep/site.log", disable=disable))
    assert printed_by_a_broken_page(any_polls).count("ValueError: on purpose") == 1
    assert "ValueError: on purpose" in (any_polls.folder / "logs/deep/site.log").read_text()


def test_an_error_that_is_shown_is_shown_once(any_polls: Project) -> None:
    assert printed_by_a_broken_page(any_polls).count("ValueError: on purpose") == 1


def test_the_error_of_a_page_for_404_is_shown_once(any_polls: Project) -> None:
    any_polls.write("mysite/urls.py", URLS + "handler404 = 'polls.views.gone'\n")
    any_polls.write(
        "polls/views.py",
        "def index(request):\n    from django.http import Http404\n    raise Http404\n"
        "def gone(request, exception=None):\n    raise ValueError('on purpose')\n",
    )
    code = textwrap.dedent(FAIL)
    done = any_polls.environment.run("-c", code, cwd=any_polls.folder, env=any_polls.env())
    assert done.stderr.count("ValueError: on purpose") == 1


def test_a_log_file_below_what_is_no_folder_gives_way_to_the_log(any_polls: Project) -> None:
    any_polls.add_settings(TO_A_FILE.format(file="/dev/null/site.log", disable=False))
    change = any_polls.changes()['LOGGING["handlers"]["file"]']
    assert "cannot be made" in change["why"]
    assert printed_by_a_broken_page(any_polls).count("ValueError: on purpose") == 1
