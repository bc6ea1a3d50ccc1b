"""Which variables the settings read, and how."""

from __future__ import annotations

import pytest

from nuages.inspect.facts.variables import read_variables


def reads(tree, text: str):
    return read_variables(tree({"s.py": text}), ["s.py"])


OS = "import os\n"
ENVIRON = "import environ\nenv = environ.Env(DEBUG=(bool, False), PORT=int)\n"
ENVIRONS = "from environs import Env\nenv = Env()\n"
URL = "import dj_database_url\nX = dj_database_url."
DECOUPLE = "from decouple import config, Csv\n"


@pytest.mark.parametrize(
    ("text", "name", "default", "cast", "required"),
    [
        (OS + 'X = os.environ["A"]', "A", None, "str", True),
        (OS + 'X = os.environ.get("A")', "A", None, "str", False),
        (OS + 'X = os.environ.get("A", "b")', "A", "'b'", "str", False),
        (OS + 'X = os.getenv("A", default="b")', "A", "'b'", "str", False),
        (OS + 'X = os.getenv("A", None)', "A", None, "str", False),
        ("from os import environ\nX = environ['A']", "A", None, "str", True),
        ("from os import getenv as g\nX = g('A')", "A", None, "str", False),
        (OS + 'X = int(os.environ.get("A", 3))', "A", "3", "int", False),
        (OS + 'X = bool(os.environ.get("A"))', "A", None, "nonempty", False),
        (OS + 'X = bool(int(os.environ.get("A", "0")))', "A", "'0'", "int", False),
        (OS + 'X = os.environ.get("A", "x").split(",")', "A", "'x'", "list", False),
        (OS + 'X = [h.strip() for h in os.environ["A"].split(",")]', "A", None, "list", True),
        (OS + 'X = os.environ.get("A") == "True"', "A", None, "equals:True", False),
        (OS + 'X = os.environ.get("A", "").lower() == "true"', "A", "''", "equals:true", False),
        (OS + 'X = os.environ.get("A") != "False"', "A", None, "differs:False", False),
        (OS + 'X = os.environ.get("A") in ("1", "true")', "A", None, "equals:1", False),
        (OS + 'X = strtobool(os.getenv("A", "no"))', "A", "'no'", "bool", False),
        (OS + 'X = not os.environ.get("A")', "A", None, "unknown", False),
        (OS + 'X = json.loads(os.environ["A"])', "A", None, "unknown", True),
        (OS + 'X = "A" in os.environ', "A", None, "unknown", False),
        (OS + 'X = os.getenv("A") or "b"', "A", None, "str", False),
        (OS + 'X = {"default": {"NAME": os.environ["A"]}}', "A", None, "str", True),
        (ENVIRON + 'X = env("DEBUG")', "DEBUG", "False", "bool", False),
        (ENVIRON + 'X = env("PORT")', "PORT", None, "int", True),
        (ENVIRON + 'X = env("A")', "A", None, "str", True),
        (ENVIRON + 'X = env("A", default="b")', "A", "'b'", "str", False),
        (ENVIRON + 'X = env.bool("A", default=True)', "A", "True", "bool", False),
        (ENVIRON + 'X = env.list("A", default=[])', "A", "[]", "list", False),
        (ENVIRON + "X = env.db()", "DATABASE_URL", None, "url", True),
        (ENVIRON + 'X = env.db("A", default="sqlite:///x")', "A", "'sqlite:///x'", "url", False),
        (ENVIRON + 'X = env.cache(default="locmemcache://")', "CACHE_URL", "'locmemcache://'",
         "url", False),
        (ENVIRONS + 'X = env.bool("A", False)', "A", "False", "bool", False),
        (ENVIRONS + 'X = env.dj_db_url("A")', "A", None, "url", True),
        ("from .env import env\nX = env.int('A')", "A", None, "int", True),
        (DECOUPLE + 'X = config("A")', "A", None, "str", True),
        (DECOUPLE + 'X = config("A", default=False, cast=bool)', "A", "False", "bool", False),
        (DECOUPLE + 'X = config("A", default="", cast=Csv())', "A", "''", "list", False),
        (DECOUPLE + 'X = config("A", cast=lambda v: v)', "A", None, "unknown", True),
        (URL + "config()", "DATABASE_URL", None, "url", False),
        (URL + "config(default='sqlite:///a')", "DATABASE_URL", "'sqlite:///a'", "url", False),
        (URL + "config(env='A')", "A", None, "url", False),
        (OS + URL + "parse(os.environ['A'])", "A", None, "url", True),
    ],
)  # fmt: skip
def test_a_read_is_understood(  # noqa: PLR0917
    tree, text, name, default, cast, required
) -> None:
    found = [read for read in reads(tree, text) if read.setting == "X"]
    assert [(r.name, r.default, r.cast, r.required) for r in found] == [
        (name, default, cast, required)
    ]


def test_a_read_has_its_line_and_its_setting(tree) -> None:
    read = reads(tree, "import os\n\nDATABASES['default']['NAME'] = os.environ['DB']\n")[0]
    assert (read.file, read.line, read.setting) == ("s.py", 3, "DATABASES")


def test_names_that_are_computed_are_passed_over(tree) -> None:
    assert reads(tree, "import os\nX = os.environ[name]\nY = os.getenv(f'A_{b}')\n") == ()


def test_another_function_called_config_is_no_read(tree) -> None:
    assert reads(tree, "from logging import config\nX = config('A')\n") == ()


def test_a_file_that_cannot_be_parsed_has_no_reads(tree) -> None:
    assert reads(tree, "import os\nprint os.environ['A']\n") == ()


def test_names_that_a_module_has_from_another_one_are_known(tree) -> None:
    files = {
        "base.py": "from decouple import config\nimport environ\nenv = environ.Env(P=int)\n",
        "live.py": "from base import *\nX = config('A')\nY = env('P')\n",
        "other.py": "from elsewhere import config\nX = config('B')\n",
    }
    found = read_variables(tree(files), list(files))
    assert [(each.name, each.file, each.cast) for each in found] == [
        ("A", "live.py", "str"),
        ("P", "live.py", "int"),
    ]


@pytest.mark.parametrize(
    ("body", "required"),
    [
        (
            "try:\n        return os.environ[name]\n    except KeyError:\n        raise E(name)",
            True,
        ),
        ("return os.environ.get(name, default)", False),
        ("return os.getenv(name) or default", False),
    ],
)
def test_a_function_of_the_projects_own_reads_what_it_is_given(tree, body, required) -> None:
    text = f"{OS}def get(name, default=None):\n    {body}\nX = get('A')\nY = get('B', 'c')\n"
    first, second = reads(tree, text)
    assert (first.name, first.setting, first.required) == ("A", "X", required)
    assert (second.name, second.default, second.required) == ("B", "'c'", False)


def test_a_function_that_reads_one_variable_reads_no_other(tree) -> None:
    text = f"{OS}def get(name):\n    return os.environ['A'] + name\nX = get('B')\n"
    assert [each.name for each in reads(tree, text)] == ["A"]
