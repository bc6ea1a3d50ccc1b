"""The packages of a conda environment."""

from __future__ import annotations

import pytest

from nuages.inspect.lists.conda import requirement_of
from tests.unit.inspect.projects import codes, finding, plain

ENVIRONMENT = """name: shop
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - django=5.2    # the web
  - libpq
  - "nodejs>=18"
  - conda-forge::pillow=9.1.0=py39h0
  - pip:
      - gunicorn==23.0.0
      - -r more.txt
  - psycopg2>=2.9
prefix: /home/me/conda/envs/shop
variables:
  - a=1
"""


@pytest.mark.parametrize(
    ("spec", "requirement"),
    [
        ("django", "django"),
        ("django=3.2", "django==3.2.*"),
        ("django=3.2.*", "django==3.2.*"),
        ("django 3.2", "django==3.2.*"),
        ("django==3.2.5", "django==3.2.5"),
        ("django=3.2.5=pyhd3eb1b0_0", "django==3.2.5"),
        ("django>=3.2,<5", "django>=3.2,<5"),
        ("django=*", "django"),
        ("Typing_Extensions=4.3.0=py39", "typing-extensions==4.3.0"),
        ("pytorch::pytorch=1.9", "torch==1.9.*"),
        ("libsass", "libsass"),
        ("_libgcc_mutex=0.1=main", ""),
        ("libpq=12", ""),
        ("r-base=4", ""),
        ("gdal", ""),
        ("- odd -", ""),
    ],
)
def test_a_package_has_the_name_that_it_has_on_the_index(spec: str, requirement: str) -> None:
    assert requirement_of(spec) == requirement


def test_pips_part_and_condas_are_installed_and_the_rest_is_said(inspected) -> None:
    files = {"requirements.txt": None, "environment.yml": ENVIRONMENT, "more.txt": "whitenoise\n"}
    inspection = inspected(plain(files))
    value = inspection.facts.dependencies.value
    assert (value.kind, value.files) == ("conda", ("environment.yml", "more.txt"))
    assert value.lines == (
        "django==5.2.*", "pillow==9.1.0", "gunicorn==23.0.0", "whitenoise", "psycopg2-binary>=2.9",
    )  # fmt: skip
    assert value.django == "==5.2.*"
    assert "W023" not in codes(inspection)
    said = finding(inspection, "W028")
    assert said.message.endswith("no packages of Python's: libpq, nodejs")
    assert inspection.facts.python.value == "3.11"


@pytest.mark.parametrize("text", ["", "dependencies\n", "dependencies:\n  python\n", "\t- x\n:\n"])
def test_an_environment_without_packages_is_none(inspected, text: str) -> None:
    inspection = inspected(plain({"requirements.txt": None, "environment.yml": text}))
    assert inspection.facts.dependencies.value.kind == "none"
    assert "W023" in codes(inspection)


def test_pips_own_list_comes_first(inspected) -> None:
    inspection = inspected(plain({"environment.yml": ENVIRONMENT}))
    assert inspection.facts.dependencies.value.kind == "requirements"
    assert "W027" in codes(inspection)
