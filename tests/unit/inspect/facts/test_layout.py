"""Where the project lies."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import ASGI, MANAGE, SETTINGS, WSGI, codes, finding, plain


def below(folder: str) -> dict[str, str | bytes]:
    return {f"{folder}/{path}": content for path, content in plain().items()}


def test_a_manage_py_at_the_top_is_the_project(inspected) -> None:
    facts = inspected(plain()).facts
    assert (facts.root.value, facts.manage.value) == (".", "manage.py")


@pytest.mark.parametrize("folder", ["backend", "src/web", "a/b/c"])
def test_a_nested_manage_py_is_found_and_said(inspected, folder) -> None:
    inspection = inspected(below(folder))
    assert inspection.facts.root.value == folder
    assert inspection.facts.manage.value == f"{folder}/manage.py"
    assert inspection.facts.settings.value == "mysite.settings"
    assert finding(inspection, "W001").severity == "warning"


def test_a_nested_manage_py_is_an_error_when_strict(inspected) -> None:
    assert finding(inspected(below("backend"), strict=True), "W001").severity == "error"


@pytest.mark.parametrize("aside", ["example", "tests/testproject", "docs", "sandbox"])
def test_a_project_at_the_top_wins_over_one_set_aside(inspected, aside) -> None:
    inspection = inspected({**plain(), **below(aside)})
    assert inspection.facts.root.value == "."
    assert aside in inspection.facts.root.reason


def test_a_real_folder_wins_over_an_example(inspected) -> None:
    assert inspected({**below("server"), **below("example")}).facts.root.value == "server"


def test_the_only_project_of_a_library_is_its_example(inspected) -> None:
    assert inspected(below("example")).facts.root.value == "example"


def test_a_manage_py_whose_settings_exist_wins(inspected) -> None:
    files = {**below("web"), "old/manage.py": MANAGE.format(settings="gone.settings")}
    assert inspected(files).facts.root.value == "web"


def test_a_manage_py_of_something_else_is_no_candidate(inspected) -> None:
    files = {**below("web"), "manage.py": "print('a task runner of another kind')\n"}
    assert inspected(files).facts.root.value == "web"


def test_two_equal_projects_are_one_error_that_lists_them(inspected) -> None:
    inspection = inspected({**below("shop"), **below("blog")})
    error = finding(inspection, "E002")
    assert error.severity == "error"
    assert "blog, shop" in error.message
    assert "--root blog" in error.fix


def test_a_root_that_is_named_settles_it(inspected) -> None:
    inspection = inspected({**below("shop"), **below("blog")}, root="shop")
    assert (inspection.facts.root.value, inspection.facts.root.origin) == ("shop", "flag")
    assert "E002" not in codes(inspection)


def test_a_root_in_deploy_toml_settles_it_with_its_line(inspected) -> None:
    files = {**below("shop"), **below("blog"), "deploy.toml": '[build]\nroot = "./blog/"\n'}
    root = inspected(files).facts.root
    assert (root.value, root.origin, root.file, root.line) == (
        "blog",
        "deploy.toml",
        "deploy.toml",
        2,
    )


def test_the_flag_wins_over_deploy_toml(inspected) -> None:
    files = {**below("shop"), **below("blog"), "deploy.toml": '[build]\nroot = "blog"\n'}
    assert inspected(files, root="shop").facts.root.value == "shop"


@pytest.mark.parametrize("root", ["nowhere", "../outside", "/etc", "manage.py"])
def test_a_root_that_is_no_folder_is_an_error(inspected, root) -> None:
    assert root in finding(inspected(plain(), root=root), "E003").message


def test_the_deploy_toml_beside_a_nested_project_is_read(inspected) -> None:
    files = {**below("web"), "web/deploy.toml": '[database]\nengine = "mysql"\n'}
    database = inspected(files).facts.database
    assert (database.value, database.file, database.line) == ("mysql", "web/deploy.toml", 2)


def test_without_manage_py_the_project_is_found_by_wsgi(inspected) -> None:
    files = {f"web/{p}": c for p, c in plain({"manage.py": None}).items()}
    inspection = inspected(files)
    assert (inspection.facts.root.value, inspection.facts.manage.value) == ("web", "")
    assert inspection.facts.settings.value == "mysite.settings"
    assert finding(inspection, "W002").severity == "warning"


def test_without_manage_py_strict_is_an_error_in_the_documents_words(inspected) -> None:
    error = finding(inspected(plain({"manage.py": None}), strict=True), "W002")
    assert (error.severity, error.fix) == ("error", "Ensure manage.py is at the zip root")
    assert error.message.startswith("manage.py not found")


def test_asgi_or_settings_alone_are_a_project_too(inspected) -> None:
    asgi = {
        "mysite/asgi.py": ASGI.format(settings="mysite.settings"),
        "mysite/settings.py": SETTINGS,
    }
    assert inspected(asgi).facts.root.value == "."
    alone = {"mysite/__init__.py": "", "mysite/settings.py": SETTINGS}
    assert inspected(alone).facts.settings.value == "mysite.settings"


def test_settings_at_the_top_without_a_package_are_a_project(inspected) -> None:
    files = {"wsgi.py": WSGI.format(settings="settings"), "settings.py": SETTINGS}
    inspection = inspected(files)
    assert inspection.facts.settings.value == "settings"
    assert inspection.facts.application.value == "wsgi:application"


def test_no_project_is_an_error_that_shows_what_was_seen(inspected) -> None:
    error = finding(inspected({"app.py": "import flask", "src/x.py": "", "README.md": ""}), "E001")
    assert error.severity == "error"
    assert error.message.startswith("manage.py not found")
    assert "README.md, app.py, src/" in error.message


def test_a_manage_py_that_was_ignored_is_named(inspected) -> None:
    error = finding(inspected({".gitignore": "web/", "web/manage.py": "x", "a": ""}), "E001")
    assert "has: .gitignore, a" in error.message
