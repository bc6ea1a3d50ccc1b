"""What is installed in addition for a module that nothing brings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nuages.build.additions import MOST, Additions, driver_modules, file_to_write, find_packages
from nuages.build.errors import PACKAGES_FAILED
from nuages.build.plan import BuildPlan
from nuages.build.probe import ProbeResult, SettingsError
from nuages.core.errors import NuagesError
from nuages.core.facts import Dependencies, Offer
from nuages.core.image import Blueprint, ProbeReport

DEV = "the group dev of pyproject.toml"
OFFERS = (
    Offer("django-extensions", "django-extensions==3.2.1", DEV),
    Offer("django-modern-forms", "django-modern-forms", DEV),
    Offer("psycopg2", "psycopg2==2.9", "requirements/production.txt"),
    Offer("django", "Django>=4", "the group example of pyproject.toml"),
    Offer("pytz", "pytz", "the group example of pyproject.toml"),
)
DEPENDENCIES = Dependencies("poetry", ".", ("pyproject.toml", "poetry.lock"), offers=OFFERS)
PLAN = BuildPlan(DEPENDENCIES, ("3.12",), ("gunicorn",), "i", ".", Blueprint("s", "wsgi", "", ()))


def failing(module: str) -> SettingsError:
    return SettingsError({"module": module}, f"No module named '{module}'", "trace", "")


@pytest.mark.parametrize(
    ("module", "lines"),
    [
        # What the project names goes before what is well known.
        ("django_extensions", ["django-extensions==3.2.1"]),
        ("psycopg2", ["psycopg2==2.9"]),
        ("PIL", ["Pillow"]),
        ("pkg_resources", ["setuptools<81"]),
        ("debug_toolbar", ["django-debug-toolbar"]),
        # Not in the table, but the project's own word.
        ("modern_forms", ["django-modern-forms"]),
        # A whole list, where it is the one with Django.
        ("django", ["Django>=4", "pytz"]),
        # A name made from the module's may be anybody's.
        ("somebodys_module", []),
    ],
)
def test_a_package_is_one_that_the_project_names_or_a_well_known_one(
    module: str, lines: list[str]
) -> None:
    assert [line for line, _ in find_packages(module, DEPENDENCIES)] == lines


def test_each_module_is_tried_once_and_changes_the_dependency_input() -> None:
    additions = Additions(PLAN)
    assert additions.extended() == PLAN
    assert additions.find(["PIL", "unheard_of", ""]) == ("Pillow",)
    assert additions.find(["PIL"]) == ()
    plan = additions.extended()
    assert plan.extra == ("gunicorn", "Pillow")
    assert plan.input != PLAN.input
    assert plan == additions.extended()


def test_there_is_an_end_to_it() -> None:
    additions = Additions(PLAN)
    additions.find([f"unheard_of_{number}" for number in range(MOST)])
    assert additions.find(["PIL"]) == ()


def test_what_was_found_holds_until_the_projects_list_changes() -> None:
    first = Additions(PLAN)
    first.find(["PIL"])
    same = Additions(PLAN, tuple(first.added))
    assert same.extended() == first.extended()
    assert same.find(["PIL"]) == ()
    assert not Additions(replace(PLAN, input="other"), tuple(first.added)).added


def test_the_report_names_what_was_added_and_why() -> None:
    additions = Additions(PLAN)
    additions.find(["django_extensions"])
    result = ProbeResult(ProbeReport("5", "3", "s"), None, None, None, ("unheard_of",))
    report = additions.finish(result).report
    assert report.added == tuple(additions.added)
    assert str(report.added[0]) == (
        "django-extensions==3.2.1 was installed for the module django_extensions: the group dev "
        "of pyproject.toml names it"
    )
    assert report.warnings == (
        "The settings name the module unheard_of, which no package in pyproject.toml brings",
    )


def test_an_error_says_the_line_to_write_and_why_it_could_not_be_added() -> None:
    additions = Additions(PLAN)
    additions.find(["PIL"])
    additions.give_up(["Pillow"])
    assert additions.extended() == PLAN
    failure = NuagesError(PACKAGES_FAILED, "no wheel", details="uv's words")
    error = additions.explain(failing("PIL"), failure)
    assert error.hint == "Add a line to pyproject.toml: Pillow"
    assert error.details == "trace\nPillow could not be added: no wheel\nuv's words"
    unknown = additions.explain(failing("unheard_of"))
    assert unknown.hint == ("Add a line to pyproject.toml: (the package that brings unheard_of)")


def test_another_error_stays_as_it_is() -> None:
    error = failing("")
    assert Additions(PLAN).explain(error) is error


def test_no_line_is_to_be_written_to_a_lock() -> None:
    lock = Dependencies("pipenv", ".", ("Pipfile.lock",))
    assert file_to_write(lock) == "requirements.txt"


@pytest.mark.parametrize(
    ("url", "said", "modules"),
    [
        ("postgres://db/x", {}, ("psycopg",)),
        ("postgresql://db/x", {"pins": (("django", "5.2.1"),)}, ("psycopg",)),
        ("postgres://db/x", {"pins": (("django", "3.2.25"),)}, ("psycopg2",)),
        ("postgres://db/x", {"django": "~=4.1"}, ("psycopg2",)),
        ("postgres://db/x", {"names": frozenset(["psycopg2-binary"])}, ()),
        ("postgres://db/x", {"pins": (("psycopg", "3.2"),)}, ()),
        ("mysql://db/x", {}, ("MySQLdb",)),
        ("mysql://db/x", {"names": frozenset(["pymysql"])}, ()),
        ("sqlite:////data/x", {}, ()),
        ("", {}, ()),
    ],
)
def test_a_database_has_its_driver(url: str, said: dict[str, object], modules) -> None:
    dependencies = Dependencies("requirements", ".", (), **said)  # type: ignore[arg-type]
    assert driver_modules(url, dependencies) == modules
