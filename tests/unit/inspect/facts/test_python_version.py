"""Which Python a project asks for."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import finding, plain


def asked(inspected, **files: str):
    names = {"python_version": ".python-version", "runtime": "runtime.txt", "pipfile": "Pipfile",
             "tools": ".tool-versions", "pyproject": "pyproject.toml",
             "deploy": "deploy.toml"}  # fmt: skip
    return inspected(plain({names[name]: text for name, text in files.items()}))


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("python_version", "3.11\n", "3.11"),
        ("python_version", "# newest\n3.13.2\n", "3.13"),
        ("python_version", "cpython-3.10.4\n", "3.10"),
        ("python_version", "\ufeff3.11\n", "3.11"),
        ("runtime", "python-3.9.18\n", "3.9"),
        ("runtime", "python-3.14.x", "3.14"),
        ("tools", "nodejs 22.1\npython 3.10.1 3.9\n", "3.10"),
        ("pipfile", '[requires]\npython_version = "3.8"\n', "3.8"),
        ("pyproject", '[project]\nname="x"\nrequires-python = ">=3.10"\n', ">=3.10"),
        ("pyproject", '[project]\nname="x"\nrequires-python = ">=3.13"\n', ">=3.13"),
        ("pyproject", '[project]\nname="x"\nrequires-python = ">=3.8,<3.11"\n', "<3.11,>=3.8"),
        ("pyproject", '[project]\nname="x"\nrequires-python = "==3.11.*"\n', "3.11"),
        ("pyproject", '[tool.poetry.dependencies]\npython = "^3.10"\n', "<4,>=3.10"),
        ("pyproject", '[tool.poetry.dependencies]\npython = "~3.9"\n', "<3.10,>=3.9"),
        ("deploy", '[build]\npython = "3.11"\n', "3.11"),
    ],
)
def test_a_version_is_read(inspected, name, text, version) -> None:
    python = asked(inspected, **{name: text}).facts.python
    assert python.value == version
    assert python.origin == ("deploy.toml" if name == "deploy" else "found")


def test_without_a_word_it_is_3_12(inspected) -> None:
    python = inspected(plain()).facts.python
    assert (python.value, python.origin) == ("3.12", "default")


def test_deploy_toml_wins_over_python_version(inspected) -> None:
    inspection = asked(inspected, deploy='[build]\npython = "3.13"\n', python_version="3.11")
    assert inspection.facts.python.value == "3.13"


def test_a_version_that_makes_no_sense_is_said_and_the_next_is_asked(inspected) -> None:
    inspection = asked(inspected, python_version="my-environment\n", runtime="python-3.11\n")
    assert inspection.facts.python.value == "3.11"
    assert finding(inspection, "W030").file == ".python-version"


def test_the_folders_above_the_project_are_searched(inspected) -> None:
    files = {f"web/{path}": content for path, content in plain().items()}
    assert inspected({**files, ".python-version": "3.10"}).facts.python.value == "3.10"


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("poetry.lock", '[[package]]\nname = "x"\npython-versions = ">=2"\n\n'
         '[metadata]\npython-versions = "^3.8"\n', "<4,>=3.8"),
        ("setup.cfg", "[options]\npython_requires = >=3.8\n", ">=3.8"),
        ("setup.py", "setup(\n    python_requires='>=3.7, <3.10',\n)\n", "<3.10,>=3.7"),
        ("environment.yml", "dependencies:\n  - python=3.8\n  - pip\n", "3.8"),
        ("environment.yml", "dependencies:\n  - python==3.9.7=h12\n", "3.9"),
        ("Dockerfile", "FROM node:18 AS css\nFROM --platform=x docker.io/python:3.9-slim\n", "3.9"),
    ],
)  # fmt: skip
def test_a_version_is_read_where_other_tools_are_told(inspected, path, text, version) -> None:
    python = inspected(plain({path: text})).facts.python
    assert (python.value, python.origin, python.file) == (version, "found", path)


def test_a_dockerfile_is_only_a_hint(inspected) -> None:
    files = {"Dockerfile": "FROM python:3.9\n", "runtime.txt": "python-3.11.2\n"}
    assert inspected(plain(files)).facts.python.value == "3.11"
    assert inspected(plain({"Dockerfile": "FROM python:2.7\n"})).facts.python.origin == "default"
    assert inspected(plain({"Dockerfile": "FROM python:3\n"})).facts.python.origin == "default"
