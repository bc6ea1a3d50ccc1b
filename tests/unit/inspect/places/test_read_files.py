"""Files that settings read when they are loaded, and that are not in the source."""

from __future__ import annotations

import pytest

from nuages.core.finding import Severity
from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

BASE = (
    "import json, os, configparser\nfrom pathlib import Path\n"
    "BASE_DIR = Path(__file__).resolve().parent.parent\n"
)


def with_settings(text: str, **files: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": BASE + SETTINGS + text + "\n", **files})


OPENS = "with open(BASE_DIR / 'secrets.json') as f:\n    SECRETS = json.load(f)"


@pytest.mark.parametrize(
    "text",
    [
        OPENS,
        "SECRETS = json.load(open('secrets.json', 'rb'))",
        "SECRETS = json.loads((BASE_DIR / 'secrets.json').read_text())",
        "with (BASE_DIR / 'secrets.json').open(encoding='utf-8') as f:\n    S = json.load(f)",
        "def load():\n    with open(BASE_DIR / 'secrets.json') as f:\n        return json.load(f)\n"
        "SECRETS = load()",
        "class Live:\n    SECRETS = json.load(open(os.path.join(BASE_DIR, 'secrets.json')))",
    ],
)
def test_a_file_that_is_read_and_absent_is_said_with_its_line(inspected, text) -> None:
    inspection = inspected(with_settings(text))

    said = finding(inspection, "W161")
    assert said.message == "mysite/settings.py reads secrets.json, which is not in the source"
    assert said.file == "mysite/settings.py"
    lines = (BASE + SETTINGS + text).splitlines()
    assert "secrets.json" in lines[said.line - 1]
    assert inspection.facts.copies == ()


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    S = json.load(open('secrets.json'))\nexcept OSError:\n    S = {}",
        "if os.path.exists('secrets.json'):\n    SECRETS = json.load(open('secrets.json'))",
        "SECRETS = json.load(open('secrets.json')) if DEBUG else {}",
        "open(BASE_DIR / 'secrets.json', 'w').write('')",
        "def load():\n    return open('secrets.json')",
        "SECRETS = open(os.environ['SECRETS_FILE'])",
        "HOSTNAME = open('/etc/hostname').read()",
        "VERSION = open(BASE_DIR / 'requirements.txt').read()",
        "config = configparser.ConfigParser()\nconfig.read('a.ini')\n"
        "NAME = config.get('a', 'b', fallback='c')",
        "config = configparser.ConfigParser()\nconfig.read(['a.ini', 'b.ini'])\n"
        "N = config['a']['b']",
    ],
)
def test_what_the_settings_can_do_without_or_is_there_is_not_said(inspected, text) -> None:
    assert not {"W161", "W019"} & set(codes(inspected(with_settings(text))))


def test_a_file_outside_of_the_source_is_named_too(inspected) -> None:
    said = finding(inspected(with_settings("C = json.load(open('/etc/config.json'))")), "W161")

    assert "reads /etc/config.json" in said.message
    assert "nuages config APP set" in said.fix


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("secrets.json", "secrets.json.dist"),
        ("secrets.json", "secrets.example.json"),
        ("secrets.json", "example_secrets.json"),
        ("config.yaml", "config.yaml.sample"),
        ("config.yaml", "config-template.yaml"),
        (".env.live", ".env.live.example"),
    ],
)
def test_an_example_beside_takes_the_place_of_a_file(inspected, name, example) -> None:
    files = with_settings(f"C = open(BASE_DIR / {name!r}).read()", **{example: "{}"})

    inspection = inspected(files)

    assert inspection.facts.copies == ((example, name),)
    said = finding(inspection, "W019")
    assert (said.severity, said.line) == (Severity.WARNING, len((BASE + SETTINGS).splitlines()) + 1)
    assert said.fix.endswith(f"cp {example} {name}")


def test_an_example_of_a_configparser_file_is_taken(inspected) -> None:
    text = "config = configparser.ConfigParser()\nconfig.read(BASE_DIR / 'config.ini')\n"
    files = with_settings(
        text + "NAME = config.get('a', 'name')", **{"config.example.ini": "[a]\nname = b\n"}
    )

    assert inspected(files).facts.copies == (("config.example.ini", "config.ini"),)


@pytest.mark.parametrize(
    ("example", "content"),
    [("secrets.example.json", "// fill in\n{}"), ("other/secrets.example.json", "{}")],
)
def test_an_example_that_cannot_be_read_or_lies_elsewhere_is_not_taken(
    inspected, example, content
) -> None:
    inspection = inspected(with_settings(OPENS, **{example: content}))

    assert inspection.facts.copies == ()
    assert {"E011", "W161"} & set(codes(inspection))


def test_a_name_that_only_sounds_like_an_example_is_none(inspected) -> None:
    files = with_settings(OPENS, **{"secrets-example.md": "", "sample.json": "{}"})

    assert "W161" in codes(inspected(files))
