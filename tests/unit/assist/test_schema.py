"""The JSON Schema of deploy.toml: it refuses what the parser refuses, and nothing else."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nuages.assist.schema import deploy_schema
from nuages.core.config import KEYS, read_deploy_toml
from tests.unit.core.test_config import WHOLE

SCHEMA = deploy_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def is_taken(text: str) -> tuple[bool, bool]:
    """What the schema says of a deploy.toml, and what the parser says."""
    return VALIDATOR.is_valid(tomllib.loads(text)), not read_deploy_toml(text)[1]


def toml(value: Any) -> str:
    """A value as TOML writes it within a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def document(content: dict[str, Any]) -> str:
    return "\n".join(f"{json.dumps(name)} = {toml(value)}" for name, value in content.items())


def test_the_schema_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_is_in_the_schema_with_a_description_and_an_example_that_it_takes() -> None:
    for key in KEYS:
        found = SCHEMA["properties"][key.section]
        found = found["properties"][key.name] if key.name else found
        assert found["description"] == key.help
        Draft202012Validator(found).validate(found["examples"][0])
        assert key.default == str(found.get("default", ""))


@pytest.mark.parametrize(
    "text",
    [
        "",
        WHOLE,
        "[limits]\nmemory = 1024\ncpu = 2\nstorage = '0.5G'\n",
        "[limits]\nmemory = ' 512 mib '\n",
        "[scale]\nweb = 2.0\nworker = 0\n",
        "[jobs.a]\nschedule = '@daily'\ncommand = 'x'\n",
    ],
)
def test_schema_and_parser_take_a_good_file(text: str) -> None:
    assert is_taken(text) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "build = 1",
        "[bild]",
        "[build]\nrot = 'a'",
        "[build]\nroot = '  '",
        "[build]\nroot = 3",
        f"[build]\nroot = '{'x' * 501}'",
        "[startup]\ncommands = 'migrate'",
        "[startup]\ncommands = [1]",
        f"[startup]\ncommands = {['x'] * 11}",
        "[database]\nengine = 'oracle'",
        "[processes]\n'my web' = 'x'",
        "[processes]\nweb = ''",
        "[scale]\nweb = '2'",
        "[scale]\nweb = true",
        "[scale]\nweb = 1001",
        "[scale]\nweb = 1.5",
        "[limits]\nmemory = 'much'",
        "[limits]\nmemory = 0",
        "[limits]\nmemory = '0M'",
        "[limits]\nmemory = '512\u212a'",
        f"[limits]\nmemory = '{'9' * 400}'",
        "[limits]\ncpu = true",
        "[limits]\ncpu = 0",
        "[health]\npath = 'health'",
        "[health]\ntimeout = '60'",
        "[settings]\noverlay = 'on'",
        "[settings]\nkeep = 'LOGGING'",
        "[jobs]\na = 'x'",
        "[jobs.a]\ncommand = 'x'",
        "[jobs.a]\nschedule = '0 3 * *'\ncommand = 'x'",
        "[jobs.a]\nschedule = '@daily'\ncommand = 'x'\nuser = 'root'",
        "[build]\nroot = 2026-11-28",
    ],
)
def test_schema_and_parser_refuse_a_bad_file(text: str) -> None:
    assert is_taken(text) == (False, False)


WORDS = st.one_of(
    st.sampled_from(["512M", "0.5 gib", "0", "@daily", "0 3 * * *", "/x", " ", "postgres", "off"]),
    st.text("aK0.5/ @*éM", max_size=12),
    st.integers(495, 505).map(lambda count: "x" * count),
)
SCALARS = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(-2, 1100),
    st.floats(-2, 4000, allow_nan=False),
)
NAMES = st.text("aZ-_9 é.", max_size=41)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=11),
        st.dictionaries(st.one_of(NAMES, st.sampled_from(["schedule", "command"])), inner),
    ),
    max_leaves=12,
)
PLACES = [(key.section, key.name or "web") for key in KEYS]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), VALUES, max_size=4))
def test_schema_and_parser_agree_on_any_values(values: dict[tuple[str, str], Any]) -> None:
    content: dict[str, Any] = {}
    for (section, name), value in values.items():
        content.setdefault(section, {})[name] = value

    by_schema, by_parser = is_taken(document(content))

    assert by_schema == by_parser


@settings(deadline=None)
@given(st.data())
def test_one_mutation_of_a_good_file_is_judged_alike(data: st.DataObject) -> None:
    content: dict[str, Any] = tomllib.loads(WHOLE)
    section = data.draw(st.sampled_from(sorted(content)))
    place, name = content[section], data.draw(st.sampled_from(sorted(content[section])))
    if section == "jobs" and data.draw(st.booleans()):
        place, name = place[name], data.draw(st.sampled_from(["schedule", "command"]))
    match data.draw(st.sampled_from(["value", "key", "gone", "section", "new section"])):
        case "value":
            place[name] = data.draw(VALUES)
        case "key":
            place[data.draw(NAMES)] = place.pop(name)
        case "gone":
            del place[name]
        case "section":
            content[section] = data.draw(VALUES)
        case "new section":
            content[data.draw(NAMES)] = {}

    by_schema, by_parser = is_taken(document(content))

    assert by_schema == by_parser
