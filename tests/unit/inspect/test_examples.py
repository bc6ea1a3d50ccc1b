"""Settings that somebody has to copy from an example."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

IMPORT = SETTINGS + "from .local_settings import *\n"


@pytest.mark.parametrize(
    "example",
    [
        "local_settings.py.example",
        "local_settings.py.dist",
        "local_settings.py-sample",
        "local_settings.example.py",
        "local_settings_template.py",
        "local_settings.sample",
        "example_local_settings.py",
        "local_settings.py.default.txt",
    ],
)
def test_an_example_takes_the_place_of_what_is_missing(inspected, example) -> None:
    text = "import os\nTOKEN = os.environ['TOKEN']\n"
    inspection = inspected(plain({"mysite/settings.py": IMPORT, f"mysite/{example}": text}))
    said = finding(inspection, "W019")
    line = IMPORT.count("\n")
    assert (said.severity, said.file, said.line) == ("warning", "mysite/settings.py", line)
    assert f"cp mysite/{example} mysite/local_settings.py" in said.fix
    assert inspection.facts.copies == ((f"mysite/{example}", "mysite/local_settings.py"),)
    (read,) = (each for each in inspection.facts.variables if each.name == "TOKEN")
    assert (read.file, read.line) == ("mysite/local_settings.py", 2)


def test_an_example_may_need_another_one(inspected) -> None:
    files = {
        "mysite/settings.py": IMPORT,
        "mysite/local_settings.py.example": "from .keys import *\n",
        "mysite/keys.py.dist": "SECRET_KEY = 'x'\n",
    }
    assert inspected(plain(files)).facts.copies == (
        ("mysite/keys.py.dist", "mysite/keys.py"),
        ("mysite/local_settings.py.example", "mysite/local_settings.py"),
    )


def test_an_example_that_is_to_be_filled_in_is_an_error(inspected) -> None:
    files = {"mysite/settings.py": IMPORT, "mysite/local_settings.py.dist": "KEY = <your key>\n"}
    inspection = inspected(plain(files))
    error = finding(inspection, "E011")
    assert (error.severity, error.file) == ("error", "mysite/settings.py")
    assert "cp mysite/local_settings.py.dist mysite/local_settings.py" in error.fix
    assert inspection.facts.copies == ()


def test_an_example_elsewhere_is_taken_too(inspected) -> None:
    files = plain({"mysite/settings.py": IMPORT, "docs/local_settings.py.example": ""})
    fix = finding(inspected(files), "W019").fix
    assert "cp docs/local_settings.py.example mysite/local_settings.py" in fix


@pytest.mark.parametrize("line", ["from local_settings import *\n", "import local_settings\n"])
def test_a_module_at_the_top_is_copied_to_the_top(inspected, line) -> None:
    files = plain({"mysite/settings.py": SETTINGS + line, "local_settings.py.example": ""})
    fix = finding(inspected(files), "W019").fix
    assert "cp local_settings.py.example local_settings.py" in fix
    below = {f"web/{path}": content for path, content in files.items()}
    assert " web/local_settings.py" in finding(inspected(below), "W019").fix


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n",
        "try:\n    from mysite.local_settings import *\nexcept ModuleNotFoundError:\n    x = 1\n",
        "if os.environ.get('LOCAL'):\n    from .local_settings import *\n",
    ],
)
def test_an_import_that_is_guarded_is_nothing_to_speak_of(inspected, guarded) -> None:
    files = plain({"mysite/settings.py": SETTINGS + guarded, "mysite/local_settings.py.dist": ""})
    assert not {"E011", "W017", "W019"} & set(codes(inspected(files)))


def test_a_file_that_is_there_needs_no_copy(inspected) -> None:
    files = {"mysite/local_settings.py": "", "mysite/local_settings.py.example": ""}
    inspection = inspected(plain({"mysite/settings.py": IMPORT, **files}))
    assert not {"E011", "W017", "W019"} & set(codes(inspection))


def test_a_module_without_an_example_is_a_warning(inspected) -> None:
    said = finding(inspected(plain({"mysite/settings.py": IMPORT})), "W017")
    assert "mysite/local_settings.py is not in the source" in said.message


def test_the_rule_that_leaves_the_file_out_is_named(inspected) -> None:
    files = plain({
        "mysite/settings.py": IMPORT,
        ".gitignore": "local_settings.py\n",
        # Without a repository nobody knows whether it was committed.
        ".git/HEAD": "",
        "mysite/local_settings.py": "",
        "mysite/local_settings.py.example": "",
    })  # fmt: skip
    assert ".gitignore" in finding(inspected(files), "E011").message


def test_an_import_of_a_package_is_no_module_of_the_projects(inspected) -> None:
    text = SETTINGS + "import environ\nfrom secrets import token_hex\nimport mysite_theme.x\n"
    inspection = inspected(plain({"mysite/settings.py": text, "example/environs.py": ""}))
    assert not {"E011", "W017", "W019"} & set(codes(inspection))


@pytest.mark.parametrize(
    "example", ["settings.py.example", "settings.example.py", "settings.py-dist"]
)
def test_settings_that_are_an_example_themselves_are_taken(inspected, example) -> None:
    files = plain({"mysite/settings.py": None, f"mysite/{example}": SETTINGS})
    inspection = inspected(files)
    assert f"cp mysite/{example} mysite/settings.py" in finding(inspection, "W019").fix
    assert not {"E004", "W004"} & set(codes(inspection))


def test_settings_that_are_there_are_taken_whatever_examples_there_are(inspected) -> None:
    assert not {"E011", "W019"} & set(codes(inspected(plain({"mysite/settings.example.py": ""}))))


def test_what_is_imported_in_vain_is_seen_in_what_is_star_imported(inspected) -> None:
    files = plain({
        "mysite/settings.py": "from .base import *\n",
        "mysite/base.py": SETTINGS + "from .configuration import SECRET\n",
        "mysite/configuration.example.py": "",
    })  # fmt: skip
    assert finding(inspected(files), "W019").file == "mysite/base.py"


@pytest.mark.parametrize("line", ["from shop.defaults import *\n", "from .defaults import *\n"])
def test_a_module_of_that_name_elsewhere_is_no_example(inspected, line) -> None:
    files = {"mysite/settings.py": SETTINGS + line, "src/shop/defaults.py": "A = 1\n"}
    assert inspected(plain(files)).facts.copies == ()


def test_a_packages_module_has_no_example(inspected) -> None:
    files = {
        "mysite/settings.py": SETTINGS + "import shop.local\n",
        "docs/local.py.example": "A = 1\n",
    }
    assert inspected(plain(files)).facts.copies == ()
