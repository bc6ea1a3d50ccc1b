"""Where the packages come from."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages.core.requirement_lines import logical_lines
from nuages.inspect.facts.dependencies import find_dependencies
from nuages.inspect.facts.requirements import normalised, read_requirements
from tests.unit.inspect.projects import finding, plain

LOCK = """version = 1
requires-python = ">=3.12"

[[package]]
name = "django"
version = "5.2.1"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "django" },
]
"""
PROJECT = '[project]\nname = "shop"\ndependencies = [\n  "django>=5",\n  "Psycopg[binary]",\n]\n'


def of(tree, files, root="."):
    made = tree(files)
    return find_dependencies(made, root, made.remarks).value.value


def test_requirements_are_read_with_names_and_pins(tree) -> None:
    found = of(tree, {"requirements.txt": "Django==5.2.1  # web\ngunicorn>=20\nPillow\n"})
    assert (found.kind, found.root, found.files) == ("requirements", ".", ("requirements.txt",))
    assert found.names == {"django", "gunicorn", "pillow"}
    assert found.pins == (("django", "5.2.1"),)


@pytest.mark.parametrize(
    ("line", "name", "pin"),
    [
        ("Django==4.2", "django", "4.2"),
        ("Django == 4.2 ; python_version > '3'", "django", "4.2"),
        ("Django[argon2]===4.2", "django", "4.2"),
        ("django_filter", "django-filter", ""),
        ("zope.interface>=5,<6", "zope-interface", ""),
        ("django==4.*", "django", ""),
        ("django (>=4)", "django", ""),
        ("django @ https://example.org/django.zip", "django", ""),
        ("git+https://example.org/x.git#egg=Some_Pkg", "some-pkg", ""),
        ("-e git+https://example.org/x.git@main#egg=pkg&subdirectory=a", "pkg", ""),
        ("django==4.2 --hash=sha256:abc", "django", "4.2"),
        ("django==4.2 \\\n    --hash=sha256:abc", "django", "4.2"),
    ],
)
def test_a_requirement_line_gives_a_name_and_a_pin(tree, line, name, pin) -> None:
    found = of(tree, {"requirements.txt": line + "\n"})
    assert found.names == {name}
    assert dict(found.pins).get(name, "") == pin


@pytest.mark.parametrize("line", ["-i https://example.org/simple", "--no-binary :all:", "# a", ""])
def test_options_and_comments_are_no_requirements(tree, line) -> None:
    assert of(tree, {"requirements.txt": f"django\n{line}\n"}).names == {"django"}


@pytest.mark.parametrize("line", ["-e .", ".", "./libs/x", "libs/x", "x @ file:libs/x", "x.whl"])
def test_an_entry_in_the_source_makes_the_input_local(tree, line) -> None:
    assert of(tree, {"requirements.txt": f"django\n{line}\n"}).local


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"requirements.txt": "Django>=4.2,<5\n-c limits.txt\n", "limits.txt": "django<4.3\n"},
         ">=4.2,<5,<4.3"),
        ({"requirements.txt": "django\n"}, ""),
        ({"pyproject.toml": '[tool.poetry.dependencies]\ndjango = "^4.2"\n'}, ">=4.2,<5"),
    ],
)  # fmt: skip
def test_what_is_said_of_djangos_version_is_kept(tree, files, said: str) -> None:
    assert of(tree, files).django == said


@pytest.mark.parametrize("name", ["file:///etc/hostname", "ssh://host/x", "missing.txt"])
def test_a_file_that_is_not_in_the_source_cannot_be_included(inspected, name: str) -> None:
    files = plain({"requirements.txt": f"django==5.2\n-r {name}\n"})
    assert name in finding(inspected(files), "E005").message


def test_included_files_belong_to_the_input_in_reading_order(tree) -> None:
    found = of(tree, {"requirements.txt": "-r requirements/production.txt\n",
                      "requirements/production.txt": "-r base.txt\n-c limits.txt\ngunicorn\n",
                      "requirements/base.txt": "django\n",
                      "requirements/limits.txt": "django==5.1\nredis==5\n"})  # fmt: skip
    assert found.files == ("requirements.txt", "requirements/production.txt",
                           "requirements/base.txt", "requirements/limits.txt")  # fmt: skip
    assert found.names == {"django", "gunicorn"}
    assert dict(found.pins) == {"django": "5.1", "redis": "5"}


def test_files_that_include_each_other_end(tree) -> None:
    found = of(tree, {"requirements.txt": "-r a.txt\n", "a.txt": "-r requirements.txt\ndjango\n"})
    assert found.names == {"django"}


def test_a_missing_included_file_is_an_error_with_its_line(inspected) -> None:
    error = finding(inspected(plain({"requirements.txt": "django\n-r gone.txt\n"})), "E005")
    assert (error.file, error.line) == ("requirements.txt", 2)
    assert "gone.txt" in error.message


def test_a_line_that_is_no_requirement_is_an_error_with_its_line(inspected) -> None:
    error = finding(inspected(plain({"requirements.txt": "django\nsome words here\n"})), "E007")
    assert error.line == 2


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["requirements/production.txt", "requirements/base.txt"], "requirements/production.txt"),
        (["requirements/base.txt", "requirements/local.txt"], "requirements/base.txt"),
        (["requirements-prod.txt", "requirements-dev.txt"], "requirements-prod.txt"),
        (["requirements.txt", "requirements/production.txt"], "requirements.txt"),
    ],
)
def test_production_requirements_are_preferred(tree, names, chosen) -> None:
    assert of(tree, dict.fromkeys(names, "django\n")).files == (chosen,)


def test_an_empty_requirements_file_gives_way(tree) -> None:
    assert of(tree, {"requirements.txt": "\n", "pyproject.toml": PROJECT}).kind == "pyproject"


def test_a_uv_lock_wins_and_pins_everything(tree) -> None:
    found = of(tree, {"uv.lock": LOCK, "pyproject.toml": PROJECT, "requirements.txt": "x"})
    assert (found.kind, found.files) == ("uv", ("pyproject.toml", "uv.lock"))
    assert found.names == {"django", "psycopg"}
    assert found.pins == (("django", "5.2.1"),)
    assert not found.local


def test_a_uv_lock_with_a_member_of_the_source_is_local(tree) -> None:
    lock = LOCK.replace('{ name = "django" }', '{ name = "lib" }')
    lock += '\n[[package]]\nname = "lib"\nversion = "1"\nsource = { editable = "libs/lib" }\n'
    assert of(tree, {"uv.lock": lock, "pyproject.toml": PROJECT}).local


def test_a_pyproject_lists_the_packages(tree) -> None:
    found = of(tree, {"pyproject.toml": PROJECT})
    assert (found.kind, found.names) == ("pyproject", {"django", "psycopg"})


def test_a_poetry_project_lists_the_packages(tree) -> None:
    text = '[tool.poetry.dependencies]\npython = "^3.10"\nDjango = "4.2.1"\nx = {version = "^1"}\n'
    found = of(tree, {"pyproject.toml": text})
    assert found.names == {"django", "x"}
    assert found.pins == (("django", "4.2.1"),)


def test_a_pyproject_that_only_configures_tools_is_no_input(tree) -> None:
    assert of(tree, {"pyproject.toml": "[tool.black]\nline-length = 90\n"}).kind == "none"


def test_the_nearest_folder_wins_and_folders_above_are_searched(tree) -> None:
    files = {"requirements.txt": "a", "web/requirements.txt": "b", "other/x": ""}
    assert of(tree, files, "web").root == "web"
    assert of(tree, files, "other").root == "."


def test_several_systems_are_said(inspected) -> None:
    inspection = inspected(plain({"poetry.lock": "", "Pipfile": ""}))
    assert "poetry.lock, Pipfile" in finding(inspection, "W027").message


def test_a_broken_pyproject_is_an_error_with_its_line(inspected) -> None:
    files = plain({"requirements.txt": None, "pyproject.toml": "[project]\nname = \n"})
    assert finding(inspected(files), "E007").line == 2


def test_names_are_compared_as_the_index_does() -> None:
    assert normalised("Django_REST.framework") == "django-rest-framework"


@given(st.text("abc=<>~!.-_ #\\\n;[]@:/1", max_size=80))
def test_any_requirements_file_is_read_without_an_exception(text) -> None:
    assert all(line >= 1 and part.strip() for line, part in logical_lines(text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["django==4.2", "-r a.txt", "-r b.txt", "-e .", "# x", "x\\"])))
def test_any_closure_of_includes_ends(tree, lines) -> None:
    made = tree({"a.txt": "\n".join(lines), "b.txt": "\n".join(reversed(lines)) or "x"})
    read = read_requirements(made, "a.txt", made.remarks)
    assert len(read.files) == len(set(read.files)) <= 2


@pytest.mark.parametrize(
    "text",
    ['[project]\nname = "x"\ndynamic = ["dependencies"]\n',
     '[project]\ndependencies = ["x"]\n[tool.uv.sources]\nx = { path = "libs/x" }\n',
     '[tool.poetry.dependencies]\nx = { path = "libs/x" }\n'],
)  # fmt: skip
def test_a_pyproject_that_reads_other_files_makes_the_input_local(tree, text: str) -> None:
    assert of(tree, {"pyproject.toml": text}).local


@pytest.mark.parametrize("value", ["5", '"dependencies"', "[5]", "{ a = 1 }"])
def test_a_pyproject_with_an_odd_dynamic_is_read(inspected, value: str) -> None:
    text = f"[project]\ndynamic = {value}\ndependencies = ['django==5.2']\n"
    facts = inspected(plain({"pyproject.toml": text, "requirements.txt": None})).facts
    assert facts.dependencies.value.pins == (("django", "5.2"),)


@pytest.mark.parametrize("file", ["pyproject.toml", "Pipfile", "deploy.toml"])
def test_a_number_beyond_reason_is_an_error_of_its_file(inspected, file: str) -> None:
    errors = [each for each in inspected(plain({file: f"x = {'9' * 5000}\n"})).findings
              if each.severity == "error"]  # fmt: skip
    assert [each.file for each in errors] == [file]


def test_a_large_lock_file_is_read(tree) -> None:
    padding = "".join(f"# {'x' * 1000}\n" for _ in range(2200))
    found = of(tree, {"uv.lock": LOCK + padding, "pyproject.toml": PROJECT})
    assert ("django", "5.2.1") in found.pins
