"""The Pythons that a project can be built with, in the order to try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nuages.build.versions.requests import django_pythons, other_requests, python_requests
from tests.unit.build.test_plan import NOTHING, facts, pinned


@pytest.mark.parametrize(
    ("python", "origin", "said", "wanted"),
    [
        # Nothing is said, and Django fits.
        ("3.12", "default", pinned("5.2.1"), ("3.12", "3.14", "3.13", "3.11", "3.10")),
        ("3.12", "default", pinned("3.2.25"), ("3.10", "3.9", "3.8", "3.7", "3.6")),
        ("3.12", "default", pinned("1.11.29"), ("3.7", "3.6")),
        ("3.12", "default", pinned("1.10.5"), ("3.6",)),
        # Too old for nuages_runtime: as if it were not said.
        ("2.7", "found", pinned("1.11.29"), ("3.7", "3.6")),
        ("3.5", "found", pinned("2.2"), ("3.9", "3.8", "3.7", "3.6")),
        # A range and a Django.
        (">=3.8", "found", pinned("3.2.25"), ("3.10", "3.9", "3.8")),
        (">=3.8", "found", {"django": ">=3.2,<4"}, ("3.10", "3.9", "3.8")),
        (">=3.9", "found", {"django": "~=4.1.0"}, ("3.11", "3.10", "3.9")),
        (">=3.10", "found", {}, ("3.12", "3.14", "3.13", "3.11", "3.10")),
        (">=3.13", "found", pinned("5.2"), ("3.14", "3.13")),
        # Packages of a day have wheels for the Pythons of then.
        ("3.12", "default", {"django": "==2.2.*", "as_of": "2019-06-30"}, ("3.7", "3.6")),
        (
            "3.12",
            "default",
            {"django": "==2.2.*", "as_of": "2015-06-30"},
            ("3.9", "3.8", "3.7", "3.6"),
        ),
        # What the project names outright.
        ("3.12", "found", pinned("3.2.25"), ("3.12",)),
        ("3.13", "deploy.toml", {}, ("3.13",)),
        # Nothing fits: the project's word.
        (">=3.13", "found", pinned("4.2"), ("3.14", "3.13")),
        (">=4", "found", {}, (">=4",)),
    ],
)
def test_the_python_fits_the_project_and_its_django(python, origin, said, wanted) -> None:
    assert python_requests(facts(python, origin, **said)) == wanted


@pytest.mark.parametrize(
    ("said", "pythons"),
    [({"django": ">=4.2"}, ">=3.10"), ({"django": "<5"}, ">=3.8,<3.13"), ({}, ">=3.10"),
     ({"django": "nonsense"}, ">=3.10"), (pinned("0.96"), ">=3.6,<3.7"),
     (pinned("1.11.2"), ">=3.6,<3.7"), ({"django": ">=1.8,<1.9"}, ">=3.6,<3.7"),
     ({**pinned("4.2.1"), "django": ">=4"}, ">=3.8,<3.13")],
)  # fmt: skip
def test_the_pin_decides_then_the_newest_django_that_is_admitted(said, pythons: str) -> None:
    assert django_pythons(replace(NOTHING, **said)) == pythons


@pytest.mark.parametrize(
    ("python", "origin", "said", "others"),
    [
        # Older ones than it can be had: the nearest that the Django supports, then any.
        ("3.7", "found", pinned("3.2.25"), ("3.8", "3.6", "3.9", "3.10")),
        ("3.12", "default", pinned("1.10.5"), ("3.7", "3.8", "3.9", "3.10")),
        (">=3.13", "found", pinned("5.2"), ("3.12", "3.11", "3.10", "3.9")),
        # What was asked of Nuages is meant.
        ("3.7", "deploy.toml", pinned("3.2.25"), ()),
        (">=4", "found", {}, ()),
    ],
)
def test_another_python_is_taken_where_none_of_them_can_be_had(
    python, origin, said, others
) -> None:
    assert other_requests(facts(python, origin, **said))[:4] == others


def test_a_dockerfile_is_believed_where_its_django_runs_there() -> None:
    for version, wanted in (("4.2", "3.9"), ("5.2", "3.12")):
        found = facts("3.9", "found", **pinned(version))
        hint = replace(found, python=replace(found.python, file="docker/Dockerfile"))
        assert python_requests(hint)[0] == wanted
