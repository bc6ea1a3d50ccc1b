"""Where the project lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from nuages.core.overrides import Overrides
from nuages.inspect.inspection import Inspection, inspect_project
from nuages.source.directory import take_directory
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
    error = finding(
        inspected({".git/HEAD": "", ".gitignore": "web/", "web/manage.py": "x", "a": ""}), "E001"
    )
    assert "has: .gitignore, a" in error.message


@pytest.fixture
def linked(tmp_path) -> Callable[..., Inspection]:
    """Inspect a project of which some files are links: `links` maps them to their targets."""

    def run(files: Mapping[str, str | bytes], links: Mapping[str, str]) -> Inspection:
        folder = tmp_path / "linked"
        for path, content in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        for path, target in links.items():
            (folder / path).symlink_to(target)
        return inspect_project(take_directory(folder, tmp_path / "store"), Overrides())

    return run


def test_a_link_to_a_manage_py_is_the_project_that_it_leads_to(linked) -> None:
    files = {**below("backend"), "requirements.txt": "Django\n", "Procfile": "web: x\n"}
    inspection = linked(files, {"manage.py": "backend/manage.py"})
    facts = inspection.facts
    assert (facts.root.value, facts.manage.value) == ("backend", "backend/manage.py")
    assert facts.settings.value == "mysite.settings"
    assert "E002" not in codes(inspection)


def test_a_link_to_a_manage_py_of_another_name_stays_where_the_settings_are(linked) -> None:
    files = plain({"manage.py": None, "bin/django": MANAGE.format(settings="mysite.settings")})
    facts = linked(files, {"manage.py": "bin/django"}).facts
    assert (facts.root.value, facts.manage.value) == (".", "manage.py")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_mark_of_another_system_change_nothing(inspected, mark) -> None:
    files = {
        path: mark + content.encode().replace(b"\n", b"\r\n")
        for path, content in plain().items()
        if isinstance(content, str)
    }
    inspection = inspected(files)
    assert inspection.facts == inspected(plain()).facts
    assert codes(inspection) == codes(inspected(plain()))


COOKIECUTTER = {
    "cookiecutter.json": "{}",
    **below("{{cookiecutter.project_slug}}"),
}


@pytest.mark.parametrize(
    "files",
    [
        COOKIECUTTER,
        below("{{ project_name }}"),
        {"manage.py": MANAGE.format(settings="{{ project_name }}.settings"), "README.md": ""},
        {"manage.py-tpl": "", "project_name/settings.py-tpl": ""},
        {"template/manage.py.jinja": ""},
    ],
)
def test_a_template_of_projects_is_refused_with_a_reason(inspected, files) -> None:
    inspection = inspected(files)
    error = finding(inspection, "E010")
    assert "template of projects" in error.message
    assert error.file
    assert "Make a project" in error.fix
    assert "E001" not in codes(inspection)


def test_a_template_beside_a_project_is_passed_over(inspected) -> None:
    inspection = inspected({**COOKIECUTTER, **below("backend")})
    assert inspection.facts.root.value == "backend"
    assert "E010" not in codes(inspection)


def test_a_template_that_is_named_as_root_is_refused(inspected) -> None:
    assert "E010" in codes(inspected(COOKIECUTTER, root="{{cookiecutter.project_slug}}"))


@pytest.mark.parametrize("path", ["src/shop/__main__.py", "src/shop/cli.py", "src/shop/app/run.py"])
def test_a_console_script_stands_for_manage_py(inspected, path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django"]\n'
        '[project.scripts]\nshop = "shop.cli:main"\n',
        "src/shop/__init__.py": "",
        "src/shop/app/__init__.py": "",
        "src/shop/app/conf.py": SETTINGS,
        path: MANAGE.format(settings="shop.app.conf"),
    }
    inspection = inspected(files)
    facts = inspection.facts
    assert (facts.root.value, facts.manage.value) == ("src", "")
    assert (facts.settings.value, facts.settings.file) == ("shop.app.conf", path)
    assert path in finding(inspection, "W002").message


def test_a_program_of_tests_is_no_console_script(inspected) -> None:
    files = {
        "setup.py": "",
        "lib/__init__.py": "",
        "tests/__init__.py": "",
        "tests/settings.py": "",
        "tests/run.py": MANAGE.format(settings="tests.settings"),
    }
    assert "E001" in codes(inspected(files))


def test_a_real_wsgi_file_wins_over_one_of_an_example(inspected) -> None:
    files = {f"web/api/{p}": c for p, c in plain({"manage.py": None}).items()}
    files |= {f"demo/{p}": c for p, c in plain({"manage.py": None}).items()}
    assert inspected(files).facts.root.value == "web/api"


ONE_FILE = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
settings.configure(
    DEBUG=True, SECRET_KEY="canary", ROOT_URLCONF=__name__, STATIC_ROOT="/data/static",
)
urlpatterns = []
application = get_wsgi_application()
"""


@pytest.mark.parametrize("path", ["app.py", "src/hello.py", "manage.py", "web/wsgi.py"])
def test_one_file_can_be_the_whole_project(inspected, path) -> None:
    more = "def main():\n    execute_from_command_line([])\n" if path == "manage.py" else ""
    inspection = inspected({path: ONE_FILE + more, "requirements.txt": "Django\n"})
    facts = inspection.facts
    folder, _, name = path.rpartition("/")
    assert facts.root.value == (folder or ".")
    assert (facts.settings.value, facts.settings.file) == ("", path)
    assert facts.application.value == f"{name.removesuffix('.py')}:application"
    assert facts.settings_files == (path,)
    assert not {"E001", "E004", "W003"} & set(codes(inspection))
    assert {"W010", "W011"} <= set(codes(inspection))
    assert "canary" not in repr(inspection)


def test_one_file_for_asgi_is_served_so(inspected) -> None:
    text = ONE_FILE.replace("wsgi", "asgi").replace("application =", "app =")
    facts = inspected({"hello.py": text}).facts
    assert (facts.interface.value, facts.application.value) == ("asgi", "hello:app")


def test_one_file_that_serves_nothing_is_an_error(inspected) -> None:
    text = ONE_FILE.replace("application = ", "run(")[:-1] + ")\n"
    error = finding(inspected({"hello.py": text}), "E012")
    assert ("application" in error.fix, error.file) == (True, "hello.py")


@pytest.mark.parametrize("path", ["tests/app.py", "docs/example.py"])
def test_one_file_that_is_set_aside_is_no_project(inspected, path) -> None:
    assert "E001" in codes(inspected({path: ONE_FILE, "lib/__init__.py": ""}))


def test_a_test_runner_that_configures_django_is_no_project(inspected) -> None:
    text = "from django.conf import settings\nsettings.configure(DEBUG=True)\n"
    assert "E001" in codes(inspected({"runtests.py": text}))


def test_settings_that_are_named_win_over_one_file(inspected) -> None:
    files = {"app.py": ONE_FILE, "conf.py": SETTINGS, "deploy.toml": '[build]\nsettings = "conf"\n'}
    assert inspected(files).facts.settings.value == "conf"
