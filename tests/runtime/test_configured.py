"""Settings that are classes or stand in one file, without the project's own manage.py."""

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


ONE_FILE = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    DEBUG=True, SECRET_KEY="in-the-code", ROOT_URLCONF=__name__, STATIC_URL="/one/",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.staticfiles"],
)
urlpatterns = [path("", lambda request: HttpResponse("one file"))]
application = get_wsgi_application()
"""


@pytest.fixture
def one_file(polls: Project) -> Project:
    """A project of one file."""
    polls.write("app.py", ONE_FILE)
    polls.variables["DJANGO_SETTINGS_MODULE"] = ""
    polls.variables["NUAGES_CONFIGURED_BY"] = "app"
    return polls


def test_the_probe_sees_what_one_file_configures(one_file: Project) -> None:
    outcome = run_reporting(one_file, "probe")
    assert (outcome.code, outcome.report["error"]) == (0, None)
    assert outcome.report["static_url"] == "/one/"
    assert "app.py" in outcome.report["opened"]


def test_a_release_of_one_file_is_checked_and_migrated(one_file: Project) -> None:
    report = run_reporting(one_file, "release", migrate=True, check=True).report
    assert (report["ok"], report["error"]) == (True, None)


def test_one_file_is_served_with_corrected_settings(one_file: Project) -> None:
    printed = one_file.python("""
        from nuages_runtime.server.application import load
        load("wsgi", "app:application")
        from django.conf import settings
        print(settings.DEBUG, settings.ALLOWED_HOSTS, settings.SECRET_KEY != "in-the-code")
    """)
    assert printed.startswith("False ['polls.localhost'")
    assert printed.endswith("True")


REFUSING = 'import sys\nsys.exit("use ./run.sh instead of " + sys.argv[1])\n'
PRINT = "from django.conf import settings; print(settings.STATIC_URL, settings.DEBUG)"


def managed(project: Project, *arguments: str) -> str:
    """What a management command prints that ends well, whatever manage.py is."""
    project.write("manage.py", REFUSING)
    argv = ("-m", "nuages_runtime.manage", *arguments)
    done = project.environment.run(*argv, cwd=project.folder, env=project.env())
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_management_commands_need_no_manage_py(any_polls: Project) -> None:
    assert managed(any_polls, "shell", "-c", PRINT).strip().endswith("/static/ False")


def test_management_commands_have_the_class(classy: Project) -> None:
    assert managed(classy, "shell", "-c", PRINT).strip().endswith("/live/ False")
