"""check, plan and pack: a project is read, and nothing of it is run."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from nuages.core.finding import Finding, Severity
from nuages.inspect.annotations import folder_below, to_github
from tests.unit.cli.conftest import Nuages
from tests.unit.inspect.sarif import replaced

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a warning and without errors."""
    folder = tmp_path / "polls"
    (folder / "site1").mkdir(parents=True)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "requirements.txt").write_text("Django==5.2\n")
    (folder / "site1/__init__.py").write_text("")
    (folder / "site1/settings.py").write_text("DEBUG = True\nSECRET_KEY = 'x'\n")
    (folder / ".env").write_text("KEY=canary")
    return folder


def test_check_tells_findings_with_place_reason_and_fix(nuages: Nuages, project: Path) -> None:
    ended = nuages("check", str(project))

    assert ended.code == 0
    assert "site1/settings.py:1: DEBUG" in ended.out
    assert "  Why: " in ended.out
    assert "  Fix: " in ended.out


def test_check_says_what_was_left_out(nuages: Nuages, project: Path) -> None:
    ended = nuages("check", str(project))

    assert "left out: .env" in ended.err
    assert "canary" not in ended.out + ended.err


def test_check_with_errors_ends_with_3(nuages: Nuages, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no project")

    ended = nuages("check", str(tmp_path))

    assert ended.code == 3
    assert "error inspect.E001" in ended.out


def test_strict_makes_errors_of_what_the_overlay_repairs(nuages: Nuages, project: Path) -> None:
    assert nuages("check", str(project), "--strict").code == 3


def test_check_as_json_is_one_document_also_with_errors(nuages: Nuages, project: Path) -> None:
    ended = nuages("check", str(project), "--strict", "--json")

    assert ended.code == 3
    assert ended.json["status"] == "errors"
    assert ended.json["facts"]["settings"]["value"] == "site1.settings"
    assert {"code", "severity", "message", "why", "fix", "file", "line"} <= set(
        ended.json["findings"][0]
    )


def test_one_reason_is_told_once_for_many_places(nuages: Nuages, project: Path) -> None:
    for number in range(12):
        (project / f"link{number}").symlink_to("/etc/hostname")

    ended = nuages("check", str(project))

    assert "and 4 more" in ended.out
    assert ended.out.count("inspect.W041") == 1


def test_plan_gives_each_decision_its_reason(nuages: Nuages, project: Path) -> None:
    ended = nuages("plan", str(project))

    assert ended.code == 0
    assert "site1.settings" in ended.out
    assert "WHY" in ended.out.splitlines()[0]


def test_plan_as_json_is_a_list(nuages: Nuages, project: Path) -> None:
    rows = nuages("plan", str(project), "--json").json

    assert {"name", "value", "origin", "reason", "file", "line"} == set(rows[0])


def test_a_path_that_is_not_there_is_wrong_usage(nuages: Nuages) -> None:
    for name in ("check", "plan", "pack"):
        assert nuages(name, "/nowhere/at/all").code == 2


def test_pack_writes_the_zip_and_prints_its_path_last(nuages: Nuages, project: Path) -> None:
    target = project.parent / "out.zip"

    ended = nuages("pack", str(project), "-o", str(target))

    assert ended.out == f"{target}\n"
    assert "manage.py" in zipfile.ZipFile(target).namelist()
    assert ".env" not in zipfile.ZipFile(target).namelist()


def test_pack_as_json_says_what_is_in_it(nuages: Nuages, project: Path) -> None:
    target = project.parent / "out.zip"

    document = nuages("pack", str(project), "-o", str(target), "--json").json

    assert document["path"] == str(target)
    assert document["name"] == project.name
    assert document["files"] == 4
    assert document["left_out"][0]["path"] == ".env"


def test_pack_with_a_root_that_is_not_there_is_wrong_usage(nuages: Nuages, project: Path) -> None:
    assert nuages("pack", str(project), "--root", "nowhere").code == 2


def test_check_as_sarif_places_findings_below_the_current_folder(
    nuages: Nuages, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    ended = nuages("check", "polls", "--strict", "--format", "sarif")

    assert ended.code == 3
    log = json.loads(ended.out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    debug = next(one for one in run["results"] if one["ruleId"] == "inspect.W011")
    assert debug["level"] == "error"
    assert debug["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "polls/site1/settings.py"},
        "region": {"startLine": 1},
    }
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {one["ruleId"] for one in run["results"]} == rules


def test_the_fixes_of_sarif_are_what_fix_does(
    nuages: Nuages, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    (run,) = json.loads(nuages("check", "polls", "--strict", "--format", "sarif").out)["runs"]
    fixed = {one["ruleId"]: one["fixes"] for one in run["results"] if "fixes" in one}
    assert {"inspect.W010", "inspect.W011", "inspect.W020"} <= fixed.keys()
    for code, (fix,) in fixed.items():
        shutil.copytree(project, "mended")
        assert nuages("fix", "mended", code, "--strict").code == 0
        for change in fix["artifactChanges"]:
            path = Path(change["artifactLocation"]["uri"])
            mended = Path("mended", path.relative_to("polls")).read_bytes()
            assert replaced(path.read_bytes(), change["replacements"]) == mended
        shutil.rmtree("mended")


def test_an_archive_has_no_fixes(nuages: Nuages, project: Path) -> None:
    archive = shutil.make_archive(str(project), "zip", project)
    (run,) = json.loads(nuages("check", archive, "--format", "sarif").out)["runs"]
    assert run["results"]
    assert not any("fixes" in one for one in run["results"])


def test_check_for_github_is_one_line_for_each_finding(
    nuages: Nuages, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    ended = nuages("check", "--format", "github")

    assert ended.code == 0
    lines = ended.out.splitlines()
    (debug,) = [line for line in lines if "inspect.W011" in line]
    assert debug.startswith("::warning file=site1/settings.py,line=1,title=inspect.W011::DEBUG")
    assert "%0AFix: " in debug
    assert all(line.startswith(("::warning ", "::error ", "::notice ")) for line in lines)


def test_what_would_end_a_github_annotation_is_escaped() -> None:
    finding = Finding("inspect.W011", Severity.INFO, "50%\nmore", "", "a,b:c.py", 2)

    line = to_github(finding, PurePosixPath("x"))

    assert line == "::notice file=x/a%2Cb%3Ac.py,line=2,title=inspect.W011::50%25%0Amore%0AFix: "


def test_files_of_a_folder_elsewhere_are_named_as_below_the_source(tmp_path: Path) -> None:
    assert folder_below(tmp_path, tmp_path / "other") == PurePosixPath()


def test_two_forms_at_once_are_refused(nuages: Nuages, project: Path) -> None:
    ended = nuages("check", str(project), "--json", "--format", "sarif")
    assert ended.code == 2
    assert "--json and --format sarif exclude each other" in ended.err
