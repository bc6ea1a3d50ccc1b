"""The specification: complete, the same as a page and as data, and its example is spotless."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from nuages.assist.page import render_page
from nuages.assist.specification import Specification, read_specification
from nuages.core.config import read_deploy_toml
from nuages.core.finding import Severity
from nuages.inspect.declared.catalogue import RULES
from nuages.pipeline.check import check_project
from tests.unit.cli.conftest import Nuages, nuages

__all__ = ["nuages"]
# It is pasted into an assistant, with a question and some files beside it.
MOST = 16_000


@pytest.fixture(scope="module")
def specification() -> Specification:
    return read_specification()


@pytest.fixture(scope="module")
def page(specification: Specification) -> str:
    return render_page(specification)


def written(specification: Specification, folder: Path) -> Path:
    for path, text in specification.example.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_a_strict_check_has_nothing_to_say_of_the_example(
    specification: Specification, tmp_path: Path
) -> None:
    project = written(specification, tmp_path / "project")

    checked = check_project(project, None, True, tmp_path / "scratch")

    assert checked.findings == ()
    assert checked.source.left_out == ()


def test_the_page_can_be_pasted(page: str) -> None:
    assert len(page) <= MOST


def test_every_rule_that_stops_a_deployment_is_on_the_page(page: str) -> None:
    for rule in RULES.values():
        if rule.severity is Severity.ERROR or rule.strict:
            assert f"{rule.code.removeprefix('inspect.')} {rule.title}" in page
        if rule.strict:
            assert f"{rule.why} *{rule.fix}*" in page


def test_the_page_holds_what_the_data_holds(page: str, specification: Specification) -> None:
    data = json.loads(json.dumps(specification.to_json()))

    texts = [*data["workflow"], *data["checklist"]]
    texts += [point for topic in data["topics"] for point in (topic["title"], *topic["points"])]
    texts += [one[name] for one in data["variables"] for name in ("name", "value")]
    texts += [one[name] for one in data["directories"] for name in ("path", "use")]
    texts += [one[name] for one in data["layout"] for name in ("path", "use")]
    texts += [text.rstrip() for text in data["example"].values()]
    assert [text for text in texts if text not in page] == []


def test_the_deploy_toml_of_the_page_is_read_and_all_of_it_has_an_effect(page: str) -> None:
    text = page.partition("```toml\n")[2].partition("```")[0]

    _, problems = read_deploy_toml(text)

    assert problems == []
    assert set(tomllib.loads(text)) <= set(
        read_specification().to_json()["deploy_toml"]["properties"]
    )


def test_the_command_prints_the_page(nuages: Nuages, page: str) -> None:
    ended = nuages("spec")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.strip() == page.strip()


def test_the_command_prints_the_data(nuages: Nuages, specification: Specification) -> None:
    document = nuages("spec", "--format", "json").json

    assert document["example"] == dict(specification.example)
    assert {rule["code"] for rule in document["strict"]} == {
        rule.code for rule in RULES.values() if rule.strict
    }


def test_the_command_prints_the_schema(nuages: Nuages) -> None:
    assert nuages("spec", "--schema").json["$id"] == "urn:nuages:schema:deploy.toml"


def test_another_form_is_refused(nuages: Nuages) -> None:
    ended = nuages("spec", "--format", "pdf")

    assert ended.code == 2
    assert "markdown" in ended.err
