"""What edits make of a settings file, and what they leave as it was."""

from __future__ import annotations

import pytest

from nuages.core.finding import Edit, EditKind
from nuages.inspect.edits.offers import DATABASE, DEBUG, HOSTS, KEY, SECURITY, WHITENOISE
from nuages.inspect.edits.settings_code import edit_code

FILE = "mysite/settings.py"


def assign(name: str, text: str, line: int) -> Edit:
    return Edit(EditKind.ASSIGN, FILE, text, name, line)


def edited(text: str, *edits: Edit) -> str:
    return edit_code(text.encode(), edits).decode()


def test_a_value_is_replaced_and_its_comment_stays() -> None:
    text = "import os\n\nDEBUG = True  # for now\nTIME_ZONE = 'UTC'\n"

    assert edited(text, assign("DEBUG", DEBUG, 3)) == (
        'import os\n\nDEBUG = os.environ.get("DJANGO_DEBUG", "False") == "True"  # for now\n'
        "TIME_ZONE = 'UTC'\n"
    )


def test_an_annotation_stays() -> None:
    assert "DEBUG: bool = os." in edited(
        "import os\nDEBUG: bool = True\n", assign("DEBUG", "os.x", 2)
    )


def test_imports_come_once_behind_the_docstring_and_the_future() -> None:
    text = '"""Settings."""\nfrom __future__ import annotations\n\nSECRET_KEY = "x"\nDEBUG = True\n'

    assert edited(text, assign("SECRET_KEY", KEY, 4), assign("DEBUG", DEBUG, 5)).startswith(
        '"""Settings."""\nfrom __future__ import annotations\n\nimport os\nimport secrets\n\n'
        "\nSECRET_KEY = os."
    )


@pytest.mark.parametrize(
    "line", ["import os", "import sys, os", "import os.path", "import os  # x"]
)
def test_an_import_that_is_there_is_not_written_again(line: str) -> None:
    assert (
        edited(f"{line}\nDEBUG = True\n", assign("DEBUG", "os.x", 2)) == f"{line}\nDEBUG = os.x\n"
    )


def test_an_import_under_another_name_is_none() -> None:
    text = edited("import os as system\nDEBUG = True\n", assign("DEBUG", "os.x", 2))

    assert text == "import os\nimport os as system\nDEBUG = os.x\n"


def test_line_endings_and_a_byte_order_mark_stay() -> None:
    content = "\ufeff# Réglages\r\nDEBUG = True\r\n".encode()

    assert edit_code(content, [assign("DEBUG", "False", 2)]) == (
        "\ufeff# Réglages\r\nDEBUG = False\r\n".encode()
    )


def test_a_declared_encoding_stays() -> None:
    content = "# -*- coding: latin-1 -*-\nNAME = 'é'\nDEBUG = True\n".encode("latin-1")

    after = edit_code(content, [assign("DEBUG", "False", 3)])

    assert after == content.replace(b"True", b"False")


def test_a_file_without_a_last_line_break_keeps_none() -> None:
    assert edited("DEBUG = True", assign("DEBUG", "False", 1)) == "DEBUG = False"


def test_a_database_stays_for_where_no_address_is_given() -> None:
    text = (
        "import os\nDATABASES = {\n    'default': {\n        'ENGINE': 'x',  # as ever\n    },\n"
        "    'other': {},\n}\n"
    )

    after = edited(text, Edit(EditKind.ASSIGN_DEFAULT, FILE, DATABASE, "DATABASES", 2))

    assert after == text.replace(
        "'default': {",
        "'default': dj_database_url.config(conn_max_age=600) "
        'if os.environ.get("DATABASE_URL") else {',
    ).replace("import os\n", "import os\n\nimport dj_database_url\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("['S', 'b']", "['S', 'W', 'b']"),
        ("['S']", "['S', 'W']"),
        ("['a', 'S']", "['a', 'S', 'W']"),
        ("[\n    'S',  # first\n    'b',\n]", "[\n    'S',  # first\n    'W',\n    'b',\n]"),
        ("[\n    'a',\n    'S'\n]", "[\n    'a',\n    'S',\n    'W'\n]"),
    ],
)
def test_an_entry_is_laid_out_as_those_around_it(before: str, after: str) -> None:
    def whole(entries: str) -> str:
        return f"MIDDLEWARE = {entries}\n".replace("S'", f"{SECURITY}'").replace(
            "W'", f"{WHITENOISE}'"
        )

    edit = Edit(EditKind.LIST, FILE, WHITENOISE, "MIDDLEWARE", 1, SECURITY)

    assert edited(whole(before), edit) == whole(after)


def test_a_new_setting_stands_behind_the_one_it_belongs_to() -> None:
    edit = Edit(EditKind.ADD, FILE, "'x'", "STATIC_ROOT", after="STATIC_URL")

    assert edited("STATIC_URL = '/s/'\n\n# More\nA = 1\n", edit) == (
        "STATIC_URL = '/s/'\nSTATIC_ROOT = 'x'\n\n# More\nA = 1\n"
    )


def test_local_settings_keep_the_last_word_over_a_new_setting() -> None:
    text = "A = 1\n\ntry:\n    from .local import *\nexcept ImportError:\n    pass\n"
    edit = Edit(EditKind.ADD, FILE, HOSTS, "ALLOWED_HOSTS", after="DEBUG")

    after = edited(text, edit)

    assert after.index("ALLOWED_HOSTS") < after.index("try:")


def test_a_setting_that_is_not_where_it_was_read_is_refused() -> None:
    with pytest.raises(ValueError, match="DEBUG was not found"):
        edited("A = 1\n", assign("DEBUG", "False", 1))


def test_a_file_that_is_no_python_is_refused() -> None:
    with pytest.raises(ValueError, match="yntax"):
        edited("print 'x'\n", assign("DEBUG", "False", 1))
