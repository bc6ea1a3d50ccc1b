"""A project is checked and planned without a server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.pipeline.check import check_project
from nuages.pipeline.pack import pack_project
from nuages.pipeline.plan import plan_project
from nuages.source.take import read_source, take_for_now


def planned(project: Path, scratch: Path) -> dict[str, str]:
    return {each.what: each.value for each in plan_project(project, None, False, scratch)}


def test_a_check_gives_facts_and_findings(project: Path, scratch: Path) -> None:
    checked = check_project(project, None, False, scratch)
    assert checked.facts.settings.value == "mysite.settings"
    assert "inspect.W010" in [finding.code for finding in checked.findings]
    assert not checked.has_errors


def test_a_strict_check_has_errors(project: Path, scratch: Path) -> None:
    assert check_project(project, None, True, scratch).has_errors


def test_a_check_of_a_folder_writes_nothing(project: Path, scratch: Path) -> None:
    before = sorted(project.rglob("*"))
    check_project(project, None, False, scratch)
    assert sorted(project.rglob("*")) == before
    assert not scratch.exists() or not list(scratch.iterdir())


def test_a_folder_that_is_only_read_has_the_digest_of_one_that_is_taken(
    project: Path, scratch: Path
) -> None:
    (project / "run.sh").write_text("true")
    (project / "run.sh").chmod(0o755)
    (project / "linked.py").symlink_to("manage.py")
    read, taken = read_source(project, scratch), take_for_now(project, scratch)
    assert replace(read, path=taken.path) == taken


def test_a_zip_is_checked_like_its_folder(project: Path, scratch: Path, tmp_path: Path) -> None:
    packed = pack_project(project, tmp_path / "polls.zip")
    from_zip = check_project(packed.path, None, False, scratch)
    from_folder = check_project(project, None, False, scratch)
    assert from_zip.source.digest == from_folder.source.digest
    assert from_zip.facts == from_folder.facts


def test_a_root_is_handed_on(project: Path, scratch: Path) -> None:
    checked = check_project(project, "nowhere", False, scratch)
    assert [finding.code for finding in checked.findings if finding.severity == "error"] == [
        "inspect.E003"
    ]


def test_a_path_that_is_not_there_is_an_error(scratch: Path, tmp_path: Path) -> None:
    with pytest.raises(NuagesError, match="nothing-here"):
        check_project(tmp_path / "nothing-here", None, False, scratch)


def test_a_plan_names_every_decision(project: Path, scratch: Path) -> None:
    plan = planned(project, scratch)
    assert plan["settings"] == "mysite.settings"
    assert plan["application"] == "mysite.wsgi:application"
    assert plan["python"] == "3.12"
    assert plan["added package"] == "whitenoise"
    assert plan["process web"] == "the platform's server"
    assert plan["process worker"] == "python manage.py work"
    assert plan["release command"] == "migrate"
    assert plan["database"] == "sqlite"


def test_an_old_django_decides_the_python(project: Path, scratch: Path) -> None:
    (project / "requirements.txt").write_text("Django==2.2.28\n")
    assert planned(project, scratch)["python"] == "3.9"


def test_every_decision_has_an_origin_and_a_reason(project: Path, scratch: Path) -> None:
    origins = {"flag", "environment", "deploy.toml", "Procfile", "found", "default"}
    for decision in plan_project(project, None, False, scratch):
        assert decision.origin in origins
        assert decision.reason


def test_a_release_command_of_the_platforms_own_is_marked(project: Path, scratch: Path) -> None:
    (project / "deploy.toml").write_text('[startup]\ncommands = ["python manage.py migrate"]\n')
    expected = "python manage.py migrate (the platform's own step)"
    assert planned(project, scratch)["release command"] == expected


def test_no_project_has_no_plan(scratch: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "readme").write_text("x")
    assert plan_project(empty, None, False, scratch) == []
