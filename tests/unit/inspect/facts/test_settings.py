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


@pytest.mark.parametrize(
    ("member", "sibling"),
    [
        ("dev_settings", "production_settings"),
        ("settings_local", "settings_prod"),
        ("settings_dev", "settings_production"),
    ],
)
def test_production_is_preferred_where_it_is_a_word_of_the_name(inspected, member, sibling) -> None:
    files = plain(
        {
            "mysite/wsgi.py": WSGI.format(settings=f"mysite.{member}"),
            f"mysite/{member}.py": SETTINGS,
            f"mysite/{sibling}.py": SETTINGS,
            "manage.py": MANAGE.format(settings=f"mysite.{member}"),
        }
    )
    assert inspected(files).facts.settings.value == f"mysite.{sibling}"


@pytest.mark.parametrize(
    "line",
    [
        "from .secrets import KEY\n",
        "from mysite.settings.secrets import *\n",
        "import mysite.settings.secrets\n",
        "from . import secrets\n",
    ],
)
def test_production_settings_that_cannot_be_loaded_are_passed_over_and_said(
    inspected, line
) -> None:
    files = split("mysite.settings.dev", "dev", "production")
    files["mysite/settings/production.py"] = f"from .base import *\n{line}"
    inspection = inspected(files)
    assert inspection.facts.settings.value == "mysite.settings.dev"
    said = finding(inspection, "W008")
    assert ("secrets" in said.message, said.file, said.line) == (
        True,
        "mysite/settings/production.py",
        2,
    )


@pytest.mark.parametrize(
    "line",
    [
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        "if DEBUG:\n    from .secrets import KEY\n",
        "import boto3.session\nfrom secrets import token_hex\n",
    ],
)
def test_production_settings_with_guarded_or_foreign_imports_are_taken(inspected, line) -> None:
    files = split("mysite.settings.dev", "dev", "production")
    files["mysite/settings/production.py"] = f"from .base import *\n{line}"
    assert inspected(files).facts.settings.value == "mysite.settings.production"


def test_what_keeps_both_from_loading_decides_nothing(inspected) -> None:
    files = split("mysite.settings.dev", "dev", "production")
    files["mysite/settings/base.py"] = "from .secrets import KEY\n"
    assert inspected(files).facts.settings.value == "mysite.settings.production"


def test_what_wsgi_assigns_outright_is_what_is_served(inspected) -> None:
    files = split("mysite.settings.dev", "dev", "production")
    files["mysite/wsgi.py"] = (
        'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings.dev"\n'
    )
    assert inspected(files).facts.settings.value == "mysite.settings.dev"


def test_other_settings_of_manage_are_said_and_wsgi_is_believed(inspected) -> None:
    files = plain({"manage.py": MANAGE.format(settings="mysite.main"), "mysite/main.py": SETTINGS})
    inspection = inspected(files)
    assert inspection.facts.settings.value == "mysite.settings"
    said = finding(inspection, "W007")
    assert (said.severity, said.file) == ("info", "manage.py")
    assert "mysite.settings is taken" in said.message


def test_settings_for_development_in_manage_are_nothing_to_speak_of(inspected) -> None:
    files = split("mysite.settings.production", "dev", "production")
    files["manage.py"] = MANAGE.format(settings="mysite.settings.dev")
    inspection = inspected(files)
    assert inspection.facts.settings.value == "mysite.settings.production"
    assert "W007" not in codes(inspection)


def test_manage_is_believed_where_wsgi_names_settings_for_development_alone(inspected) -> None:
    files = plain({"mysite/wsgi.py": WSGI.format(settings="mysite.local"), "mysite/local.py": ""})
    assert inspected(files).facts.settings.value == "mysite.settings"


COMPUTED = (
    "import os\nenv = os.environ{lookup}\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', {})\n"
)


@pytest.mark.parametrize(
    "expression",
    [
        "f'mysite.settings.{env}'",
        "'mysite.settings.' + env",
        "'mysite.settings.{}'.format(env)",
        "'mysite.settings.%s' % env",
    ],
)
@pytest.mark.parametrize(
    ("lookup", "variables", "module"),
    [
        (".get('ENV', 'base')", {}, "base"),
        (".get('ENV', 'local')", {}, "production"),
        (".get('ENV', 'local')", {"ENV": "staging"}, "staging"),
        ("['ENV']", {"ENV": "staging"}, "staging"),
        ("['ENV']", {}, "production"),
    ],
)
def test_a_computed_name_is_followed(inspected, expression, lookup, variables, module) -> None:
    files = split("mysite.settings", "local", "production", "staging")
    text = COMPUTED.replace("{lookup}", lookup).replace("{}", expression, 1)
    files["mysite/wsgi.py"] = files["manage.py"] = text
    inspection = inspected(files, variables=variables)
    assert inspection.facts.settings.value == f"mysite.settings.{module}"
    assert ("W009" in codes(inspection)) == (lookup == "['ENV']" and not variables)


def test_a_name_that_branches_decide_is_the_one_for_production(inspected) -> None:
    files = split("mysite.settings", "dev", "production")
    files["mysite/wsgi.py"] = files["manage.py"] = (
        "import os\nif os.environ.get('DEBUG'):\n    name = 'dev'\nelse:\n    name = 'production'\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', f'mysite.settings.{name}')\n"
    )
    assert inspected(files).facts.settings.value == "mysite.settings.production"


@pytest.mark.parametrize("deep", ["+ 'a'" * 3000, "".join(f".f({i})" for i in range(900))])
def test_an_expression_of_endless_depth_names_nothing(inspected, deep) -> None:
    text = f"import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x' {deep})\n"
    assert inspected(plain({"mysite/wsgi.py": text})).facts.settings.file == "manage.py"


def test_a_missing_module_is_said_with_what_is_taken_instead(inspected) -> None:
    files = plain({
        "mysite/wsgi.py": WSGI.format(settings="gone.settings"),
        "manage.py": MANAGE.format(settings="gone.settings"),
        "aaa/tests/settings.py": SETTINGS,
        "tests/settings.py": SETTINGS,
    })  # fmt: skip
    files["zzz/settings.py"] = files.pop("mysite/settings.py")
    inspection = inspected(files)
    assert inspection.facts.settings.value == "zzz.settings"
    said = [each for each in inspection.findings if each.code.endswith("W004")]
    assert all("zzz.settings is taken" in each.message for each in said)


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
