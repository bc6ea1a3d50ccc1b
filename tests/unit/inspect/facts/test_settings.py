"""Which settings module is taken, and what it assigns."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import MANAGE, SETTINGS, WSGI, codes, finding, plain


def split(named: str, *members: str, init: str = "") -> dict[str, str | bytes]:
    return plain(
        {
            "mysite/settings.py": None,
            "mysite/settings/__init__.py": init,
            "mysite/wsgi.py": WSGI.format(settings=named),
            "manage.py": MANAGE.format(settings=named),
            "mysite/settings/base.py": SETTINGS,
            **{f"mysite/settings/{name}.py": "from .base import *\n" for name in members},
        }
    )


def test_wsgi_is_believed_before_manage(inspected) -> None:
    files = plain({"manage.py": MANAGE.format(settings="mysite.local"), "mysite/local.py": ""})
    settings = inspected(files).facts.settings
    assert (settings.value, settings.file, settings.line) == (
        "mysite.settings",
        "mysite/wsgi.py",
        4,
    )


def test_manage_is_believed_where_there_is_no_wsgi(inspected) -> None:
    settings = inspected(plain({"mysite/wsgi.py": None})).facts.settings
    assert (settings.value, settings.file) == ("mysite.settings", "manage.py")


def test_an_outright_assignment_is_read(inspected) -> None:
    wsgi = 'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"\n'
    assert inspected(plain({"mysite/wsgi.py": wsgi})).facts.settings.line == 2


def test_a_branch_for_tests_is_passed_over(inspected) -> None:
    wsgi = (
        "import os, sys\n"
        'if "test" in sys.argv:\n'
        '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.test_settings")\n'
        "else:\n"
        '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    )
    files = plain({"mysite/wsgi.py": wsgi, "mysite/test_settings.py": ""})
    assert inspected(files).facts.settings.value == "mysite.settings"


@pytest.mark.parametrize("member", ["local", "dev", "development"])
@pytest.mark.parametrize("sibling", ["production", "prod"])
def test_production_settings_are_preferred_and_said(inspected, member, sibling) -> None:
    inspection = inspected(split(f"mysite.settings.{member}", member, sibling))
    assert inspection.facts.settings.value == f"mysite.settings.{sibling}"
    assert finding(inspection, "W005").severity == "info"


def test_development_settings_are_taken_where_there_are_no_others(inspected) -> None:
    inspection = inspected(split("mysite.settings.dev", "dev"))
    assert inspection.facts.settings.value == "mysite.settings.dev"


def test_base_settings_are_taken_when_wsgi_names_them(inspected) -> None:
    inspection = inspected(split("mysite.settings.base", "production"))
    assert inspection.facts.settings.value == "mysite.settings.base"


def test_an_empty_settings_package_gives_way_to_production(inspected) -> None:
    inspection = inspected(split("mysite.settings", "production"))
    assert inspection.facts.settings.value == "mysite.settings.production"


def test_a_settings_package_that_imports_a_member_is_taken(inspected) -> None:
    inspection = inspected(split("mysite.settings", "production", init="from .base import *\n"))
    assert inspection.facts.settings.value == "mysite.settings"
    assert inspection.facts.settings_files == (
        "mysite/settings/__init__.py", "mysite/settings/base.py",
    )  # fmt: skip


def test_a_named_module_that_is_missing_is_said_and_the_next_is_taken(inspected) -> None:
    inspection = inspected(plain({"mysite/wsgi.py": WSGI.format(settings="mysite.production")}))
    assert inspection.facts.settings.value == "mysite.settings"
    assert finding(inspection, "W004").file == "mysite/wsgi.py"


def test_settings_that_nobody_names_are_searched(inspected) -> None:
    files = plain({"mysite/wsgi.py": None, "manage.py": MANAGE.format(settings="gone.settings")})
    assert inspected(files).facts.settings.value == "mysite.settings"


def test_deploy_toml_wins_over_wsgi_and_a_config_var_over_both(inspected) -> None:
    files = plain({"deploy.toml": '[build]\nsettings = "mysite.a"\n', "mysite/a.py": "",
                   "mysite/b.py": ""})  # fmt: skip
    assert inspected(files).facts.settings.value == "mysite.a"
    variables = {"DJANGO_SETTINGS_MODULE": "mysite.b"}
    settings = inspected(files, variables=variables).facts.settings
    assert (settings.value, settings.origin) == ("mysite.b", "environment")


def test_named_settings_that_are_missing_are_an_error(inspected) -> None:
    error = finding(inspected(plain({"deploy.toml": '[build]\nsettings = "a.b"\n'})), "E004")
    assert ("a.b" in error.message, error.file, error.line) == (True, "deploy.toml", 2)


def test_no_settings_at_all_are_an_error(inspected) -> None:
    files = {"manage.py": MANAGE.format(settings="gone.settings")}
    assert "E004" in codes(inspected(files))


def literals(inspection) -> dict[str, str]:
    return {literal.name: literal.value for literal in inspection.facts.literals}


def test_literals_are_the_last_word_over_star_imports(inspected) -> None:
    files = split("mysite.settings.production")
    files["mysite/settings/base.py"] = "DEBUG = True\nLANGUAGE_CODE = 'fr'\n"
    files["mysite/settings/production.py"] = "from .base import *\nDEBUG = False\n"
    assert literals(inspected(files)) == {"DEBUG": "False", "LANGUAGE_CODE": "'fr'"}


def test_an_absolute_star_import_is_followed(inspected) -> None:
    files = split("mysite.settings.production")
    files["mysite/settings/production.py"] = "from mysite.settings.base import *\n"
    assert "mysite/settings/base.py" in inspected(files).facts.settings_files


def test_imports_in_a_circle_end(inspected) -> None:
    files = split("mysite.settings.production")
    files["mysite/settings/production.py"] = "from .base import *\n"
    files["mysite/settings/base.py"] = "from .production import *\nDEBUG = False\n"
    assert literals(inspected(files)) == {"DEBUG": "False"}


def test_a_setting_that_a_branch_changes_is_no_literal(inspected) -> None:
    text = "import os\nDEBUG = True\nif os.environ.get('LIVE'):\n    DEBUG = False\n"
    assert "DEBUG" not in literals(inspected(plain({"mysite/settings.py": text})))


def test_a_setting_that_is_extended_is_what_it_comes_to(inspected) -> None:
    text = "ALLOWED_HOSTS = []\nALLOWED_HOSTS += ['a.example']\n"
    inspection = inspected(plain({"mysite/settings.py": text}))
    assert "a.example" in finding(inspection, "W016").message


def test_secrets_are_masked(inspected) -> None:
    text = "SECRET_KEY = 'canary'\nEMAIL_HOST_PASSWORD = 'canary'\nA = {'PASSWORD': 'canary'}\n"
    inspection = inspected(plain({"mysite/settings.py": text}))
    assert "canary" not in repr(inspection.facts.literals)
    assert "canary" not in repr(inspection.findings)


def components(include: str) -> dict[str, str | bytes]:
    return plain({
        "mysite/settings.py": f"from split_settings.tools import include, optional\n{include}\n",
        "mysite/components/common.py": "ALLOWED_HOSTS = ['*']\n",
        "mysite/components/static.py": "STATIC_ROOT = '/data/static'\n",
        "mysite/other/local.py": "DEBUG = True\n",
    })  # fmt: skip


@pytest.mark.parametrize(
    "include",
    [
        "include('components/*.py')",
        "include('components/common.py', 'components/static.py', optional('local.py'))",
        "files = ['components/common.py', 'components/static.py']\ninclude(*files)",
        "import split_settings.tools\nsplit_settings.tools.include('components/*.py')",
    ],
)
def test_settings_that_are_included_are_read(inspected, include: str) -> None:
    inspection = inspected(components(include))
    files = ("mysite/settings.py", "mysite/components/common.py", "mysite/components/static.py")
    assert inspection.facts.settings_files == files
    assert not {"W012", "W013"} & set(codes(inspection))


@pytest.mark.parametrize(
    "text",
    [
        "import os\ninclude(f'environments/{os.environ[\"ENV\"]}.py')",
        "include('components/gone.py')",
        "exec(open('other.py').read())",
        "globals().update(load())",
        "import django_heroku\ndjango_heroku.settings(locals())",
    ],
)
def test_what_cannot_be_followed_gives_no_false_alarm(inspected, text: str) -> None:
    assert not {"W012", "W013"} & set(codes(inspected(components(text))))


def test_a_function_of_the_settings_sets_nothing_by_being_there(inspected) -> None:
    text = "def show():\n    return locals()"
    assert {"W012", "W013"} <= set(codes(inspected(components(text))))
