"""The probe: what only Django knows, static files collected, and errors told well."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting


def test_an_unprepared_site_is_read_and_its_static_files_are_collected(any_polls: Project) -> None:
    outcome = run_reporting(any_polls, "probe")
    report = outcome.report
    assert (outcome.code, report["error"]) == (0, None)
    assert report["settings_module"] == "mysite.settings"
    assert report["static_url"] == "/static/"
    assert report["static_root"] == str(any_polls.data / "static")
    assert report["static_collected"] > 50
    collected = any_polls.data / "exchange" / "static"
    manifest = json.loads((collected / "staticfiles.json").read_text())
    hashed = manifest["paths"]["admin/css/base.css"]
    assert (collected / hashed).is_file()
    assert len(hashed.split(".")[1]) == 12


def test_the_files_behind_settings_are_named_by_their_source(polls: Project) -> None:
    opened = run_reporting(polls, "probe").report["opened"]
    assert "mysite/settings.py" in opened
    assert not [name for name in opened if name.endswith(".pyc") or name.startswith("/")]


def test_what_lies_behind_links_is_named_by_its_own_place(polls: Project) -> None:
    polls.write("conf/prod.py", polls.settings.read_text())
    polls.settings.unlink()
    polls.settings.symlink_to("../conf/prod.py")
    polls.write("frontend/dist/app/app.css", "body {}")
    (polls.folder / "static").symlink_to("frontend/dist")
    polls.write(
        "conf/prod.py",
        (polls.folder / "conf/prod.py").read_text()
        + "\nSTATICFILES_DIRS = [os.path.join(BASE_DIR, 'static')]\nimport os\n",
    )
    polls.write("conf/prod.py", "import os\n" + (polls.folder / "conf/prod.py").read_text())
    report = run_reporting(polls, "probe").report
    assert report["error"] is None
    wanted = {"mysite/settings.py", "conf/prod.py", "static", "frontend/dist/app/app.css"}
    assert wanted <= set(report["opened"])
    assert {"frontend/dist/", "frontend/dist/app/"} <= set(report["listed"])
    assert not [path for path in report["opened"] if path.startswith("static/")]


def test_modules_that_may_collect_are_named_and_what_the_project_makes_is_not(
    polls: Project,
) -> None:
    polls.write("polls/finders.py", "from django.contrib.staticfiles.finders import *\n")
    polls.write("polls/apps.py", "from django.apps import AppConfig\nimport polls.finders\n"
                "class PollsConfig(AppConfig):\n    name = 'polls'\n")  # fmt: skip
    polls.add_settings("open(__file__ + '.log', 'a').close()")
    opened = run_reporting(polls, "probe").report["opened"]
    assert {"polls/apps.py", "polls/finders.py", "polls/models.py"} <= set(opened)
    assert "polls/views.py" not in opened
    assert not [path for path in opened if path.endswith(".log")]


def test_a_python_that_cannot_trace_says_so(any_polls: Project) -> None:
    opened = run_reporting(any_polls, "probe").report["opened"]
    assert (opened is None) == (any_polls.environment.kind == "1.11")


def test_a_stylesheet_that_refers_to_nothing_does_not_stop_it(any_polls: Project) -> None:
    any_polls.write("polls/static/polls/a.css", "body { background: url('gone.png') }")
    outcome = run_reporting(any_polls, "probe")
    assert outcome.report["error"] is None
    assert any("gone.png" in warning for warning in outcome.report["warnings"])


@pytest.mark.parametrize("name", ["Manifest", ""])
def test_the_projects_own_storage_with_a_manifest_is_lenient_too(
    any_polls: Project, name: str
) -> None:
    storage = f"django.contrib.staticfiles.storage.{name}StaticFilesStorage"
    any_polls.add_settings(f"STATICFILES_STORAGE = '{storage}'")
    any_polls.write("polls/static/polls/a.css", "body { background: url('gone.png') }")
    assert run_reporting(any_polls, "probe").report["error"] is None


def test_a_page_that_names_a_file_that_is_not_there_still_renders(any_polls: Project) -> None:
    any_polls.overlay["static_root"] = str(any_polls.data / "exchange" / "static")
    run_reporting(any_polls, "probe")
    printed = any_polls.python("""
        import django; django.setup()
        from django.templatetags.static import static
        print(static("admin/css/base.css")); print(static("no/such.css"))
    """).split()
    assert printed[0].startswith("/static/admin/css/base.")
    assert printed[0] != "/static/admin/css/base.css"
    assert printed[1] == "/static/no/such.css"


def test_a_missing_module_is_named_with_file_and_line(any_polls: Project) -> None:
    any_polls.add_settings("import no_such_package.inside")
    error = run_reporting(any_polls, "probe").report["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert error["file"] == "mysite/settings.py"
    assert error["line"] == len(any_polls.settings.read_text().splitlines())
    assert "no_such_package" in error["hint"]


def test_a_missing_variable_is_named(any_polls: Project) -> None:
    any_polls.add_settings("import os\nPAYMENT = os.environ['PAYMENT_KEY']")
    error = run_reporting(any_polls, "probe").report["error"]
    assert error["message"] == "the variable PAYMENT_KEY is not set"
    assert "PAYMENT_KEY=" in error["hint"]


def test_a_syntax_error_is_placed(any_polls: Project) -> None:
    any_polls.write("polls/models.py", "class Question(:\n")
    error = run_reporting(any_polls, "probe").report["error"]
    assert (error["type"], error["file"], error["line"]) == ("SyntaxError", "polls/models.py", 1)


def test_values_of_variables_are_in_no_report(polls: Project) -> None:
    polls.variables["PAYMENT_KEY"] = "canary-value-1234"
    polls.add_settings("import os\nraise ValueError('with ' + os.environ['PAYMENT_KEY'])")
    report = run_reporting(polls, "probe").report
    assert "canary-value-1234" not in json.dumps(report)
    assert report["error"]["message"] == "with [redacted]"


def test_what_is_no_secret_stays_whatever_variable_has_it(polls: Project) -> None:
    polls.variables.update(SHOP_HOST="localhost", SITE="polls.localhost", DOMAIN="polls.localhost")
    polls.add_settings("raise ValueError('neither localhost nor polls.localhost')")
    report = run_reporting(polls, "probe").report
    assert report["error"]["message"] == "neither localhost nor polls.localhost"


def test_a_project_without_static_files_is_fine(polls: Project) -> None:
    polls.edit_settings("    'django.contrib.staticfiles',\n", "")
    polls.edit_settings("    'django.contrib.admin',\n", "")
    polls.write("mysite/urls.py", "urlpatterns = []")
    report = run_reporting(polls, "probe").report
    assert (report["error"], report["static_collected"]) == (None, 0)


def test_settings_are_loaded_for_collectstatic(polls: Project) -> None:
    polls.add_settings("""
        import sys
        if sys.argv[1] != "collectstatic":
            raise Exception("DATABASE_URL environment variable not defined")
        DATABASES = {}
        """)
    report = run_reporting(polls, "probe").report
    assert (report["error"], report["static_collected"] > 50) == (None, True)


TEMPLATE = """
{% load compress static %}{% compress css %}
<link rel="stylesheet" href="{% static 'site.css' %}">{% endcompress %}
"""


def compressing(project: Project) -> None:
    project.write("polls/static/site.css", "body { color: red; background: url(dot.png); }")
    project.write("polls/static/dot.png", "dot")
    project.write("polls/templates/page.html", TEMPLATE)
    project.add_settings("""
        INSTALLED_APPS += ["compressor"]
        STATICFILES_FINDERS = [
            "django.contrib.staticfiles.finders.AppDirectoriesFinder",
            "compressor.finders.CompressorFinder",
        ]
    """)


def test_what_compressor_makes_of_templates_is_made_ahead(polls: Project) -> None:
    compressing(polls)
    outcome = run_reporting(polls, "probe")
    assert outcome.report["error"] is None
    assert "polls/templates/page.html" in outcome.report["opened"]
    collected = polls.data / "exchange" / "static"
    # The app shows what is there, and has nothing to write.
    shutil.copytree(collected, polls.data / "static")
    for path in (polls.data / "static").rglob("*.png"):
        os.utime(path, (0, 0))
    before = sorted((polls.data / "static").rglob("*"))
    page = polls.python("""
        import django
        django.setup()
        from django.template.loader import render_to_string
        print(render_to_string("page.html"))
    """)
    address = page.split('href="/static/')[1].split('"')[0]
    assert "color" in (collected / address).read_text()
    assert sorted((polls.data / "static").rglob("*")) == before


def test_a_block_that_cannot_be_made_ahead_is_said(polls: Project) -> None:
    compressing(polls)
    polls.write("polls/templates/page.html", TEMPLATE.replace("site.css", "gone.css"))
    report = run_reporting(polls, "probe").report
    assert report["error"] is None
    (said,) = (each for each in report["warnings"] if "compressor" in each)
    assert "gone.css" in said


def test_compressor_that_is_switched_off_is_left_alone(polls: Project) -> None:
    compressing(polls)
    polls.add_settings("COMPRESS_ENABLED = False\n")
    assert run_reporting(polls, "probe").report["error"] is None
    assert not (polls.data / "exchange" / "static" / "CACHE").exists()


STRICT = """
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

class Strict(ManifestStaticFilesStorage):
    pass
"""


def test_a_page_of_a_project_with_a_strict_manifest_still_renders(any_polls: Project) -> None:
    any_polls.write("polls/storage.py", STRICT)
    any_polls.add_settings("STATICFILES_STORAGE = 'polls.storage.Strict'")
    any_polls.overlay["static_root"] = str(any_polls.data / "exchange" / "static")
    run_reporting(any_polls, "probe")
    printed = any_polls.python("""
        import django; django.setup()
        from django.templatetags.static import static
        print(static("admin/css/base.css")); print(static("no/such.css"))
    """).split()
    assert printed[0].startswith("/static/admin/css/base.")
    assert printed[0] != "/static/admin/css/base.css"
    assert printed[1] == "/static/no/such.css"


def test_a_storage_that_fails_costs_the_digests_only(any_polls: Project) -> None:
    any_polls.write("polls/storage.py", STRICT.replace("pass", "post_process = None"))
    any_polls.add_settings("STATICFILES_STORAGE = 'polls.storage.Strict'")
    report = run_reporting(any_polls, "probe").report
    assert (report["error"], report["static_collected"] > 50) == (None, True)
    assert any("collectstatic failed" in warning for warning in report["warnings"])
    assert (any_polls.data / "exchange/static/admin/css/base.css").is_file()


MOVING = """
from django.contrib.staticfiles.storage import StaticFilesStorage

class Moving(StaticFilesStorage):
    @property
    def base_location(self):
        raise ValueError("no tenant")

    @property
    def location(self):
        raise ValueError("no tenant")
"""


def test_a_storage_that_decides_its_place_by_itself_is_collected_too(any_polls: Project) -> None:
    any_polls.write("polls/storage.py", MOVING)
    any_polls.add_settings("STATICFILES_STORAGE = 'polls.storage.Moving'")
    report = run_reporting(any_polls, "probe").report
    assert (report["error"], report["static_collected"] > 50) == (None, True)


@pytest.mark.parametrize("root", ["'static'", "os.path.join(BASE_DIR, 'static')"])
def test_files_that_lie_at_static_root_are_shown_too(any_polls: Project, root: str) -> None:
    any_polls.write("static/site.css", "body {}")
    any_polls.write("static/admin/css/base.css", "old")
    any_polls.add_settings(f"import os\nSTATIC_ROOT = {root}")
    assert run_reporting(any_polls, "probe").report["error"] is None
    collected = any_polls.data / "exchange" / "static"
    assert (collected / "site.css").read_text() == "body {}"
    assert (collected / "admin/css/base.css").read_text() != "old"


def test_names_that_only_a_committed_manifest_knows_are_kept(any_polls: Project) -> None:
    paths = {"app.js": "app.0123456789ab.js", "gone.js": "gone.0123456789ab.js",
             "admin/css/base.css": "admin/css/base.0123456789ab.css"}  # fmt: skip
    any_polls.write("collected/app.0123456789ab.js", "built()")
    any_polls.write("collected/staticfiles.json", json.dumps({"version": "1.0", "paths": paths}))
    any_polls.add_settings("import os\nSTATIC_ROOT = os.path.join(BASE_DIR, 'collected')")
    assert run_reporting(any_polls, "probe").report["error"] is None
    collected = any_polls.data / "exchange" / "static"
    manifest = json.loads((collected / "staticfiles.json").read_text())["paths"]
    assert (collected / "app.0123456789ab.js").read_text() == "built()"
    assert (manifest["app.js"], "gone.js" in manifest) == ("app.0123456789ab.js", False)
    assert (collected / manifest["admin/css/base.css"]).is_file()


def test_static_folders_that_are_not_there_stop_nothing(any_polls: Project) -> None:
    any_polls.add_settings(
        "import os\nSTATICFILES_DIRS = [os.path.join(BASE_DIR, 'assets'), ('lib', '/gone')]"
    )
    report = run_reporting(any_polls, "probe").report
    assert (report["error"], report["static_collected"] > 50) == (None, True)
    assert not [warning for warning in report["warnings"] if "collectstatic failed" in warning]


def test_static_files_are_not_collected_to_where_they_come_from(any_polls: Project) -> None:
    any_polls.write("static/site.css", "body {}")
    any_polls.add_settings(
        "import os\nSTATIC_ROOT = os.path.join(BASE_DIR, 'static')\n"
        "STATICFILES_DIRS = [STATIC_ROOT]"
    )
    report = run_reporting(any_polls, "probe").report
    assert report["error"] is None
    assert not [warning for warning in report["warnings"] if "E002" in warning]
    assert (any_polls.data / "exchange/static/site.css").is_file()


def test_a_module_that_nothing_brings_is_named_whatever_was_made_of_it(any_polls: Project) -> None:
    any_polls.write(
        "polls/apps.py",
        "from django.apps import AppConfig\n"
        "from django.core.exceptions import ImproperlyConfigured\n"
        "try:\n    import nowhere.deep\n"
        "except ImportError as error:\n    raise ImproperlyConfigured('no driver')\n",
    )
    any_polls.add_settings("INSTALLED_APPS = list(INSTALLED_APPS) + ['polls.apps.X']")
    assert run_reporting(any_polls, "probe").report["error"]["module"] == "nowhere"


def test_a_module_of_a_package_that_is_there_is_not_the_packages_absence(polls: Project) -> None:
    polls.add_settings("import django.nowhere")
    assert run_reporting(polls, "probe").report["error"]["module"] == ""


def test_middleware_is_loaded_and_what_settings_name_is_looked_for(polls: Project) -> None:
    polls.add_settings("AUTHENTICATION_BACKENDS = ['django.x.Y', 'elsewhere.Backend']")
    polls.add_settings("SESSION_SERIALIZER = 'far.Away'")
    report = run_reporting(polls, "probe").report
    assert report["error"] is None
    assert report["absent"] == ["elsewhere", "far"]
    polls.add_settings("MIDDLEWARE = [*MIDDLEWARE, 'nowhere.Middleware']")
    error = run_reporting(polls, "probe").report["error"]
    assert (error["step"], error["module"]) == ("application", "nowhere")


def test_a_package_of_another_time_is_told_from_a_mistake(any_polls: Project) -> None:
    any_polls.add_settings("MIDDLEWARE = [*MIDDLEWARE, 'polls.between.Wrapper']")
    any_polls.write("polls/between.py", "from gunicorn.gone import Wrapper\n")
    error = run_reporting(any_polls, "probe").report["error"]
    assert (error["step"], error["unfit"]) == ("application", True)
    # What a variable may be the reason of is for the start to say.
    any_polls.write("polls/between.py", "from polls.views import gone\n")
    assert run_reporting(any_polls, "probe").report["error"] is None
