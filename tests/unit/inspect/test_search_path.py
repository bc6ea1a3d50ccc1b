"""Folders beside the project's own, and the library that a project is an example of."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import MANAGE, SETTINGS, codes, finding, plain

LIBRARY = """
[build-system]
requires = ["hatchling"]
[project]
name = "django-basket"
version = "1"
dependencies = ["Django~=5.2"]
"""
APPS = SETTINGS + 'INSTALLED_APPS = ["basket", "mysite"]\n'


def example(changed: dict[str, str | None] | None = None) -> dict[str, str | bytes]:
    files: dict[str, str | bytes | None] = {f"example/{path}": text for path, text in plain({
        "requirements.txt": None, "mysite/settings.py": APPS,
    }).items()}  # fmt: skip
    files |= {"pyproject.toml": LIBRARY, "src/basket/__init__.py": "", **(changed or {})}
    return {path: text for path, text in files.items() if text is not None}


def paths(inspection) -> list[str]:
    return [path.value for path in inspection.facts.paths]


@pytest.mark.parametrize("folder", ["src", "."])
def test_an_example_finds_the_library_around_it(inspected, folder) -> None:
    place = "basket" if folder == "." else f"{folder}/basket"
    made = inspected(example({"src/basket/__init__.py": None, f"{place}/__init__.py": ""}))
    assert paths(made) == [folder]
    assert made.facts.dependencies.value.library == "pyproject.toml"
    said = finding(made, "W150")
    assert (said.file, said.line) == ("example/mysite/settings.py", 9)


def test_a_setup_py_is_what_an_example_depends_on(inspected) -> None:
    made = inspected(example({"pyproject.toml": None, "setup.py": "setup()"}))
    value = made.facts.dependencies.value
    assert (value.kind, value.files, value.library) == ("none", ("setup.py",), "setup.py")
    assert "W023" not in codes(made)


def test_a_library_that_is_installed_from_the_index_is_left_to_it(inspected) -> None:
    listed = "Django\ndjango-basket\nbasket\n"
    made = inspected(example({"example/requirements.txt": listed}))
    assert paths(made) == []
    assert "W150" not in codes(made)


def test_a_library_that_is_installed_from_the_source_is_not_installed_again(inspected) -> None:
    made = inspected(example({"example/requirements.txt": "-e ..\n"}))
    assert made.facts.dependencies.value.library == ""


def test_packages_beside_the_project_are_no_library(inspected) -> None:
    made = inspected(example({"pyproject.toml": None}))
    assert paths(made) == ["src"]
    assert made.facts.dependencies.value.library == ""
    assert finding(made, "W151").message == "basket is imported from src"


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.insert(0, 'apps')",
        "sys.path.append(os.path.join(os.path.dirname(__file__), 'apps'))",
        "sys.path += [str(Path(__file__).resolve().parent / 'apps')]",
        "site.addsitedir('apps')",
        "sys.path.extend(['apps', 'nowhere', '/usr'])",
    ],
)
def test_what_manage_py_puts_on_the_path_holds_for_all(inspected, line) -> None:
    manage = f"import sys, os, site\n{line}\n{MANAGE.format(settings='mysite.settings')}"
    made = inspected(plain({"manage.py": manage, "apps/polls/__init__.py": ""}))
    assert [(path.value, path.file, path.line) for path in made.facts.paths] == [
        ("apps", "manage.py", 2)
    ]
    assert "W151" not in codes(made)


def test_an_ordinary_project_has_no_other_folders(inspected) -> None:
    assert paths(inspected(plain({"docs/basket/__init__.py": ""}))) == []


def test_the_app_of_a_model_is_no_module(inspected) -> None:
    settings = SETTINGS + 'INSTALLED_APPS = ["apps.users"]\nAUTH_USER_MODEL = "users.User"\n'
    files = {"mysite/settings.py": settings, "apps/users/__init__.py": "", "apps/__init__.py": ""}
    made = inspected({**plain({}), **files})
    assert paths(made) == []
    assert "W151" not in codes(made)
