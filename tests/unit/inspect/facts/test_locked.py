"""Locks and manifests of Poetry, PDM, Pipenv and PEP 751 as lines of a requirements file."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages.inspect.locks.constraints import specifier
from tests.unit.inspect.projects import codes, finding, plain

POETRY = """
[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.10"
Django = "~4.2"
uvicorn = {version = "^0.30", extras = ["standard"]}
tzdata = {version = "*", platform = "win32"}
old = {version = "1.0", python = "<3.9"}
redis = {version = "^5", optional = true}
tool = {git = "https://code.example/tool.git", tag = "v1"}
own = {path = "libs/own", develop = true}
[tool.poetry.extras]
cache = ["redis"]
[tool.poetry.group.dev.dependencies]
black = "*"
"""
# Between Poetry 1.5 and 1.8 a lock says neither a category nor groups.
BETWEEN = """
[[package]]
name = "django"
version = "4.2.30"
optional = false
files = [{file = "django.whl", hash = "sha256:aa"}]
[package.dependencies]
asgiref = ">=3.6"
tzdata = {version = "*", markers = "sys_platform == \\"win32\\""}
[package.extras]
argon2 = ["argon2-cffi (>=19.1.0)"]

[[package]]
name = "uvicorn"
version = "0.30.1"
[package.dependencies]
uvloop = {version = ">=0.14", optional = true, markers = "extra == \\"standard\\""}
h11 = ">=0.8"
[package.extras]
standard = ["uvloop (>=0.14)"]

[[package]]
name = "asgiref"
version = "3.8.1"
[[package]]
name = "tzdata"
version = "2024.1"
[[package]]
name = "h11"
version = "0.14.0"
[[package]]
name = "uvloop"
version = "0.19.0"
[[package]]
name = "black"
version = "24.0"
[[package]]
name = "redis"
version = "5.0.0"
optional = true
[[package]]
name = "tool"
version = "1.0"
[package.source]
type = "git"
url = "git@code.example:tool.git"
reference = "v1"
resolved_reference = "abc123"
[[package]]
name = "own"
version = "0.1"
develop = true
[package.source]
type = "directory"
url = "libs/own"
"""


def lines(inspected, files: dict[str, str]) -> list[str]:
    inspection = inspected(plain({"requirements.txt": None, **files}))
    return list(inspection.facts.dependencies.value.lines)


def test_a_poetry_lock_that_names_no_groups_is_followed_from_the_project(inspected) -> None:
    assert lines(inspected, {"pyproject.toml": POETRY, "poetry.lock": BETWEEN}) == [
        "django==4.2.30 --hash=sha256:aa",
        "uvicorn==0.30.1",
        "asgiref==3.8.1",
        "tzdata==2024.1 ; (sys_platform == 'win32') or (sys_platform == \"win32\")",
        "h11==0.14.0",
        "uvloop==0.19.0",
        "tool @ git+ssh://git@code.example/tool.git@abc123",
        "-e /app/libs/own",
    ]


def test_what_two_conditions_lead_to_has_both(inspected) -> None:
    project = """
[tool.poetry.dependencies]
a = {version = "*", markers = "sys_platform == 'linux'"}
b = "*"
"""
    lock = """
[[package]]
name = "a"
version = "1"
[package.dependencies]
c = "*"
[[package]]
name = "b"
version = "1"
[package.dependencies]
a = {version = "*", markers = "python_version < '3.9'"}
[[package]]
name = "c"
version = "1"
[package.dependencies]
a = "*"
"""
    found = lines(inspected, {"pyproject.toml": project, "poetry.lock": lock})
    assert [line.partition(" ")[0] for line in found] == ["a==1", "b==1", "c==1"]
    for line in (found[0], found[2]):
        assert "linux" in line
        assert "3.9" in line
        assert " or " in line


def test_a_poetry_1_lock_says_the_category(inspected) -> None:
    lock = """
[[package]]
name = "django"
version = "3.2"
category = "main"
[[package]]
name = "black"
version = "22.1"
category = "dev"
[metadata.files]
django = [{file = "d.whl", hash = "sha256:bb"}]
"""
    found = lines(inspected, {"pyproject.toml": POETRY, "poetry.lock": lock})
    assert found == ["django==3.2 --hash=sha256:bb"]


def test_a_poetry_2_lock_says_groups_and_markers(inspected) -> None:
    lock = """
[[package]]
name = "django"
version = "5.2"
groups = ["main", "dev"]
[[package]]
name = "tzdata"
version = "2025.1"
groups = ["main", "dev"]
markers = {main = "sys_platform == 'win32'", dev = "python_version < '3.9'"}
[[package]]
name = "black"
version = "25.1"
groups = ["dev"]
[[package]]
name = "redis"
version = "5.0"
optional = true
groups = ["main"]
"""
    found = lines(inspected, {"pyproject.toml": POETRY, "poetry.lock": lock})
    assert found == ["django==5.2", "tzdata==2025.1 ; sys_platform == 'win32'"]


def test_poetrys_project_without_a_lock_is_translated(inspected) -> None:
    inspection = inspected(plain({"requirements.txt": None, "pyproject.toml": POETRY}))
    value = inspection.facts.dependencies.value
    assert (value.kind, value.local, value.django) == ("poetry", True, ">=4.2,<4.3")
    assert list(value.lines) == [
        "Django>=4.2,<4.3",
        "uvicorn[standard]>=0.30,<0.31",
        "tzdata ; sys_platform == 'win32'",
        "old==1.0 ; python_version < '3.9'",
        "tool @ git+https://code.example/tool.git@v1",
        "-e /app/libs/own",
    ]


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("*", ""), ("1.2.3", "==1.2.3"), ("1.2.*", "==1.2.*"), (">=1,<2", ">=1,<2"),
        ("^1.2.3", ">=1.2.3,<2"), ("^0.3", ">=0.3,<0.4"), ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"), ("~1.2.3", ">=1.2.3,<1.3"), ("~1", ">=1,<2"), ("~=4.2", "~=4.2"),
        (">= 1.0 < 2.0", ">=1.0,<2.0"), ("^3.2 || ^4.2", ">=4.2,<5"), ("!=1.5", "!=1.5"),
        ("latest", ""),
    ],
)  # fmt: skip
def test_poetrys_constraints_become_specifiers(constraint, expected) -> None:
    assert specifier(constraint) == expected


def test_a_pipfile_lock_is_read_before_requirements(inspected) -> None:
    lock = {
        "default": {
            "django": {"version": "==4.2.30", "hashes": ["sha256:bb", "sha256:aa"],
                       "markers": "python_version >= '3.8'"},
            "uvicorn": {"version": "==0.30.1", "extras": ["standard"]},
            "tool": {"git": "https://code.example/tool.git", "ref": "abc"},
            "own": {"path": "./libs/own", "editable": True},
            "outside": {"path": "../other"},
        },
        "develop": {"black": {"version": "==24.0"}},
    }  # fmt: skip
    files = {"Pipfile.lock": json.dumps(lock), "Pipfile": "[packages]\ndjango = '*'\n"}
    inspection = inspected(plain(files))
    value = inspection.facts.dependencies.value
    assert (value.kind, value.local, dict(value.pins)["django"]) == ("pipenv", True, "4.2.30")
    assert list(value.lines) == [
        "django==4.2.30 ; (python_version >= '3.8') --hash=sha256:aa --hash=sha256:bb",
        "uvicorn[standard]==0.30.1",
        "tool @ git+https://code.example/tool.git@abc",
        "-e /app/libs/own",
    ]
    assert "passed over: requirements.txt" in finding(inspection, "W027").message


def test_a_pipfile_without_a_lock_is_read(inspected) -> None:
    text = """
[packages]
django = "~=4.2"
uvicorn = {version = "*", extras = ["standard"], sys_platform = "== 'linux'"}
[dev-packages]
black = "*"
"""
    found = lines(inspected, {"Pipfile": text})
    assert found == ["django~=4.2", "uvicorn[standard] ; sys_platform == 'linux'"]


def test_the_standards_list_comes_before_a_pipfile_without_a_lock(inspected) -> None:
    project = "[project]\nname = 'x'\ndependencies = ['Django==5.2']\n"
    files = {"pyproject.toml": project, "Pipfile": "[packages]\ndjango = '*'\n"}
    inspection = inspected(plain({"requirements.txt": None, **files}))
    assert inspection.facts.dependencies.value.kind == "pyproject"
    assert "Pipfile" in finding(inspection, "W027").message


def test_a_poetry_project_that_asks_for_python_alone_lists_nothing(inspected) -> None:
    project = "[tool.poetry]\nname = 'x'\n[tool.poetry.dependencies]\npython = '^3.10'\n"
    inspection = inspected(plain({"requirements.txt": None, "pyproject.toml": project}))
    assert inspection.facts.dependencies.value.kind == "none"


@pytest.mark.parametrize("groups", ['groups = ["{}"]', ""])
def test_a_pdm_lock_gives_what_the_project_needs(inspected, groups) -> None:
    lock = f"""
[[package]]
name = "django"
version = "5.0.2"
dependencies = ["asgiref<4,>=3.7.0"]
{groups.format("default")}
[[package]]
name = "asgiref"
version = "3.7.2"
marker = "python_version >= '3.7'"
{groups.format("default")}
[[package]]
name = "black"
version = "24.2.0"
{groups.format("dev")}
"""
    project = "[project]\nname = 'x'\ndependencies = ['Django>=5']\n"
    found = lines(inspected, {"pyproject.toml": project, "pdm.lock": lock})
    assert found == ["django==5.0.2", "asgiref==3.7.2 ; python_version >= '3.7'"]


def test_the_shared_lock_file_is_read(inspected) -> None:
    lock = """
lock-version = "1.0"
[[packages]]
name = "django"
version = "5.2"
wheels = [{url = "https://files.example/django.whl", hashes = {sha256 = "aa"}}]
[[packages]]
name = "tool"
vcs = {type = "git", url = "https://code.example/tool.git", commit-id = "abc"}
[[packages]]
name = "black"
version = "25.0"
marker = "'dev' in dependency_groups"
"""
    assert lines(inspected, {"pylock.toml": lock}) == [
        "django==5.2 --hash=sha256:aa", "tool @ git+https://code.example/tool.git@abc",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"])
def test_a_lock_that_cannot_be_parsed_is_an_error(inspected, name) -> None:
    project = "[project]\nname = 'x'\ndependencies = ['Django==5.2']\n"
    inspection = inspected(plain({"pyproject.toml": project, name: "{ not one"}))
    assert "E007" in codes(inspection)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("git=<>^~.1*[]@ -", max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["default", "version", "git", "path", "hashes", "extras", "markers", "x"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_VALUES)
def test_any_pipfile_lock_is_read_without_an_exception(inspected, value) -> None:
    inspected(plain({"Pipfile.lock": json.dumps({"default": value})}))
