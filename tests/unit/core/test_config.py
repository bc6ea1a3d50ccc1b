"""deploy.toml: what is read, what is refused, and with which words."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.core.config import (
    BAD_TOML,
    BAD_VALUE,
    KEYS,
    UNKNOWN_KEY,
    DeployConfig,
    parse_deploy_toml,
    read_deploy_toml,
)
from nuages.core.config_kinds import Job
from nuages.core.errors import EXIT_PROJECT, ErrorCode, NuagesError

WHOLE = """
[build]
root = "backend"
settings = "shop.settings"
python = "3.11"
packages = ["libpq-dev", "gdal-bin"]
[startup]
commands = ["python manage.py migrate --noinput", "python manage.py loaddata first"]
[database]
engine = "postgres"
migrations = "refuse"
[processes]
web = "gunicorn shop.wsgi"
worker = "celery -A shop worker"
[scale]
web = 2
[limits]
memory = "256M"
cpu = 0.5
storage = "2G"
[health]
path = "/health/"
timeout = 20
[settings]
overlay = "off"
keep = ["LOGGING"]
[jobs.nightly]
schedule = "0 3 * * *"
command = "python manage.py clearsessions"
"""


def refused(text: str) -> NuagesError:
    with pytest.raises(NuagesError) as caught:
        parse_deploy_toml(text)
    return caught.value


def test_every_section_of_the_documentation_is_read() -> None:
    config = parse_deploy_toml(WHOLE)
    assert config.root == "backend"
    assert config.packages == ("libpq-dev", "gdal-bin")
    assert config.commands[1] == "python manage.py loaddata first"
    assert (config.engine, config.migrations) == ("postgres", "refuse")
    assert config.processes["worker"] == "celery -A shop worker"
    assert config.scale == {"web": 2}
    assert (config.memory, config.cpu, config.storage) == (256 * 1024**2, 0.5, 2 * 1024**3)
    assert (config.health_path, config.health_timeout) == ("/health/", 20.0)
    assert (config.overlay, config.keep) == (False, ("LOGGING",))
    assert config.jobs == {"nightly": Job("0 3 * * *", "python manage.py clearsessions")}


def test_an_empty_file_says_nothing() -> None:
    assert parse_deploy_toml("") == DeployConfig()


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_deploy_toml('\ufeff[build]\nroot = "a"').root == "a"


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("[build\n", BAD_TOML, 1, "Expected"),
        ('[build]\nroot = "a"\nroot = "b"\n', BAD_TOML, 3, "overwrite"),
        ("[bild]\n", UNKNOWN_KEY, 1, "[bild]"),
        ('\n[build]\nrot = "a"\n', UNKNOWN_KEY, 3, "rot"),
        ("build = 1\n", BAD_VALUE, 1, "section"),
        ('[startup]\n\ncommands = "migrate"\n', BAD_VALUE, 3, "list"),
        ("[startup]\ncommands = [1]\n", BAD_VALUE, 2, "entry 1"),
        ('[database]\nengine = "oracle"\n', BAD_VALUE, 2, "sqlite, postgres, mysql"),
        ('[scale]\nweb = "2"\n', BAD_VALUE, 2, "whole number"),
        ("[scale]\nweb = true\n", BAD_VALUE, 2, "whole number"),
        ("[scale]\nweb = -1\n", BAD_VALUE, 2, "between 0"),
        ('[limits]\nmemory = "much"\n', BAD_VALUE, 2, "512M"),
        ("[limits]\ncpu = 0\n", BAD_VALUE, 2, "between"),
        ('[health]\npath = "health"\n', BAD_VALUE, 2, "begin with '/'"),
        ('[settings]\noverlay = "on"\n', BAD_VALUE, 2, "auto, off"),
        ('[processes]\n"my web" = "x"\n', BAD_VALUE, 2, "name"),
        ('[processes]\nweb = ""\n', BAD_VALUE, 2, "empty"),
        ('[jobs.a]\nschedule = "0 3 * *"\ncommand = "x"\n', BAD_VALUE, 2, "five fields"),
        ('[jobs.a]\ncommand = "x"\n', BAD_VALUE, 1, "no schedule"),
        ('[jobs]\na = "x"\n', BAD_VALUE, 2, "table"),
        ("health.timeout = 0\n", BAD_VALUE, 1, "between 1"),
    ],
)
def test_a_mistake_names_its_line_and_what_is_wrong(
    text: str, code: ErrorCode, line: int, words: str
) -> None:
    error = refused(text)
    assert error.code == code
    assert error.message.startswith(f"deploy.toml:{line}: ")
    assert words in error.message
    assert error.hint
    assert error.exit_code == EXIT_PROJECT


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    assert refused('[build]\nsetings = "x"\n').hint == "Did you mean settings?"


def test_a_misspelt_section_is_answered_with_the_right_one() -> None:
    assert refused("[proceses]\n").hint == "Did you mean [processes]?"


def test_a_key_like_no_other_is_answered_with_all_of_the_section() -> None:
    assert refused("[limits]\nqqqq = 1\n").hint == "The keys of [limits] are cpu, memory, storage."


def test_ten_startup_commands_are_the_most() -> None:
    assert len(parse_deploy_toml(f"[startup]\ncommands = {['x'] * 10}").commands) == 10
    assert "at most 10" in refused(f"[startup]\ncommands = {['x'] * 11}").message


def test_a_startup_command_has_at_most_500_characters() -> None:
    assert parse_deploy_toml(f"[startup]\ncommands = ['{'x' * 500}']").commands == ("x" * 500,)
    assert "501 characters" in refused(f"[startup]\ncommands = ['{'x' * 501}']").message


def test_all_mistakes_are_found_at_once() -> None:
    _, problems = read_deploy_toml('[build]\nrot = 1\n[scale]\nweb = "x"\n[foo]\n')
    assert [problem.line for problem in problems] == [2, 4, 5]


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    config, problems = read_deploy_toml('[build]\nroot = "a"\nrot = "b"\n')
    assert (config.root, len(problems)) == ("a", 1)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.title)
def test_the_example_of_every_key_is_accepted_and_takes_effect(key) -> None:
    head = f"[{key.section}.example]" if key.section == "jobs" else f"[{key.section}]"
    config = parse_deploy_toml(f"{head}\n{key.example}\n")
    assert getattr(config, key.attribute) or key.attribute == "overlay"


def test_every_field_is_declared_once_with_help() -> None:
    assert len({(key.section, key.name) for key in KEYS}) == len(KEYS)
    assert all(key.help.endswith(".") for key in KEYS)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    _, problems = read_deploy_toml(text)
    assert all(1 <= problem.line <= len(text.splitlines()) + 1 for problem in problems)


@given(
    st.dictionaries(
        st.sampled_from([*{key.section for key in KEYS}, "other"]),
        st.dictionaries(
            st.sampled_from([*{key.name for key in KEYS if key.name}, "web", "other"]),
            st.one_of(
                st.integers(), st.booleans(), st.text("abc /%é", max_size=8), st.floats(0, 9)
            ),
            max_size=4,
        ),
        max_size=4,
    )
)
def test_any_document_is_read_or_refused_at_a_line_that_names_the_key(document) -> None:
    lines = []
    for section, table in document.items():
        lines.append(f"[{section}]")
        for name, value in table.items():
            shown = str(value).lower() if isinstance(value, bool) else value
            lines.append(
                f"{name} = {shown}" if not isinstance(value, str) else f"{name} = '{value}'"
            )
    text = "\n".join(lines)
    tomllib.loads(text)
    _, problems = read_deploy_toml(text)
    for problem in problems:
        line = lines[problem.line - 1].strip("[]").partition(" = ")[0]
        assert line in problem.message
