"""Settings that are classes: what runs without the project's own manage.py has them too."""

from __future__ import annotations

import pytest

from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting

CLASSES = """
from configurations import Configuration
from mysite import settings

class Common(Configuration):
    for name in dir(settings):
        if name.isupper():
            locals()[name] = getattr(settings, name)
    SECRET_KEY = "in-the-code"
    STATIC_URL = "/common/"

class Live(Common):
    DEBUG = True
    STATIC_URL = "/live/"
"""


@pytest.fixture
def classy(polls: Project) -> Project:
    """The polls site with settings that are made of a class."""
    polls.write("mysite/classes.py", CLASSES)
    polls.variables["DJANGO_SETTINGS_MODULE"] = "mysite.classes"
    polls.variables["DJANGO_CONFIGURATION"] = "Live"
    return polls


def test_the_probe_sees_the_settings_of_the_class(classy: Project) -> None:
    outcome = run_reporting(classy, "probe")
    assert (outcome.code, outcome.report["error"]) == (0, None)
    assert outcome.report["static_url"] == "/live/"


def test_a_release_migrates_with_the_settings_of_the_class(classy: Project) -> None:
    report = run_reporting(classy, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert {"app": "polls", "name": "0001_initial"} in report["applied"]


def test_an_application_that_is_made_for_the_settings_has_the_class(classy: Project) -> None:
    printed = classy.python("""
        from nuages_runtime.server.application import load
        load("wsgi")
        from django.conf import settings
        print(settings.STATIC_URL, settings.DEBUG)
    """)
    assert printed == "/live/ False"


def test_a_variable_of_this_name_does_no_harm_to_plain_settings(polls: Project) -> None:
    polls.variables["DJANGO_SETTINGS_MODULE"] = ""
    polls.variables["DJANGO_CONFIGURATION"] = "Live"
    assert polls.python("from nuages_runtime.configured import prepare; prepare(); print(1)") == "1"
