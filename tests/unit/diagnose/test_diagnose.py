"""Which of the lines tell of the cause, and what is known of the app in the fix."""

from __future__ import annotations

import pytest

from nuages.core.facts import Dependencies
from nuages.diagnose.context import Context, module_names
from nuages.diagnose.diagnose import diagnose
from nuages.diagnose.log import diagnose_log

FRAME = '  File "/app/polls/views.py", line 6, in <module>'
HEAD = "Traceback (most recent call last):"


def codes(text: str, message: str = "", context: Context | None = None) -> list[str]:
    return [cause.code for cause in diagnose(message, text, context or Context("shop"))]


def test_of_exceptions_that_led_to_each_other_one_cause_is_named() -> None:
    text = (
        f"{HEAD}\nModuleNotFoundError: No module named 'psycopg'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        f"{HEAD}\ndjango.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg "
        "module"
    )

    assert codes(text) == ["diagnose.C001"]


def test_an_exception_that_was_survived_is_no_cause() -> None:
    survived = f"{HEAD}\n{FRAME}\nModuleNotFoundError: No module named 'yaml'\ngoing on\n"

    assert codes(f"{survived}{HEAD}\n{FRAME}\nValueError: no rows") == []


def test_an_exception_of_which_the_message_says_nothing_is_no_cause() -> None:
    text = f"{HEAD}\n{FRAME}\nModuleNotFoundError: No module named 'yaml'"

    assert codes(text, "A 'web' instance: RuntimeError: boom") == []
    assert codes(text, "A 'web' instance: ModuleNotFoundError: No module named 'yaml'") == [
        "diagnose.C072"
    ]


def test_a_cause_that_the_message_alone_tells_is_found() -> None:
    [cause] = diagnose("A 'web' instance: OperationalError: no such table: polls_x", "", Context())

    assert cause.code == "diagnose.C031"
    assert [proof.number for proof in cause.proofs] == [0]


@pytest.mark.parametrize(
    ("kind", "file", "fix"),
    [
        ("requirements", "requirements/live.txt", "Add a line to requirements/live.txt: PyYAML"),
        ("uv", "uv.lock", "Run: uv add PyYAML"),
        ("poetry", "poetry.lock", "Run: poetry add PyYAML"),
        ("none", "", "Add a line to requirements.txt: PyYAML"),
    ],
)
def test_a_package_is_added_in_the_way_of_the_project(kind: str, file: str, fix: str) -> None:
    dependencies = Dependencies(kind, ".", (file,) if file else ())
    context = Context("shop", dependencies)

    [cause] = diagnose("", "ModuleNotFoundError: No module named 'yaml'", context)

    assert cause.fix == fix


def test_a_module_of_the_projects_own_is_not_taken_for_a_package() -> None:
    modules = module_names(["src/captcha/__init__.py", "src/captcha/forms.py", "manage.py"], ".")
    context = Context("shop", modules=modules)

    assert codes("ModuleNotFoundError: No module named 'captcha'", "", context) == []
    assert codes("ModuleNotFoundError: No module named 'captcha.views'", "", context) == [
        "diagnose.C070"
    ]


def test_a_key_error_that_reads_no_variable_is_no_variable() -> None:
    code = "    return SIZES['LARGE']"

    assert codes(f"{HEAD}\n{FRAME}\n{code}\nKeyError: 'LARGE'") == []


def test_a_version_that_has_it_still_is_not_blamed() -> None:
    text = "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/x.py)"

    assert codes(text, "", Context("shop", python="3.9.18")) == []
    assert codes(text, "", Context("shop", python="3.12.1")) == ["diagnose.C063"]


def test_the_causes_of_a_log_are_numbered_from_its_first_line_the_latest_first() -> None:
    log = [
        HEAD, FRAME, "django.db.utils.OperationalError: no such table: polls_x",
        "GET / 500",
        HEAD, FRAME, "django.template.exceptions.TemplateDoesNotExist: a.html",
        HEAD, FRAME, "django.db.utils.OperationalError: no such table: polls_x",
    ]  # fmt: skip

    found = diagnose_log(log, Context("shop"))

    # The second one asks at the top level of a module, as the first does: they are the same.
    assert [cause.code for cause in found] == ["diagnose.C030", "diagnose.C084"]
    assert [cause.proofs[-1].number for cause in found] == [10, 7]


def test_a_repository_out_of_reach_is_no_misspelt_name() -> None:
    printed = "  cause: Because shop-parts was not found in the package registry and you require it"
    message = (
        "'shop-parts @ git+https://code.example/shop-parts' could not be fetched, and no release"
    )
    assert codes(printed, message) == []
    assert codes(printed, "The packages of a.txt could not be installed") == ["diagnose.C167"]
