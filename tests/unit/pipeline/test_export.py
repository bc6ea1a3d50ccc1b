"""Files for container engines: nothing is overwritten unasked, and nothing is lost in a context."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nuages.build.export.environment import key_in
from nuages.build.export.ignore import render_dockerignore
from nuages.core.errors import NuagesError
from nuages.pipeline.check import check_project
from nuages.pipeline.export import ExportRequest, export_compose, export_dockerfile
from nuages.source.ignore import parse_dockerignore

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of an example."""
    shutil.copytree(EXAMPLES / "polls", tmp_path / "polls")
    return tmp_path / "polls"


def code_of(request: ExportRequest) -> str:
    with pytest.raises(NuagesError) as caught:
        export_dockerfile(request)
    assert str(request.path) in caught.value.message or "Python" in caught.value.message
    return caught.value.code.code


def test_a_second_export_writes_nothing(folder: Path) -> None:
    first = export_dockerfile(ExportRequest(folder))
    assert {"Dockerfile", ".dockerignore", ".nuages/image.json"} <= set(first.written)
    assert first.beside
    assert export_dockerfile(ExportRequest(folder)).written == ()
    assert "docker-compose.yml" in export_compose(ExportRequest(folder)).written
    assert export_compose(ExportRequest(folder)).written == (), "the key of the first is kept"


def test_a_file_that_differs_is_overwritten_with_force_alone(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    assert code_of(ExportRequest(folder)) == "build.E090"
    assert not (folder / ".dockerignore").exists(), "nothing is written before all is known"
    assert "Dockerfile" in export_dockerfile(ExportRequest(folder, force=True)).written


def test_another_folder_is_written_to(folder: Path, tmp_path: Path) -> None:
    made = export_compose(ExportRequest(folder, tmp_path / "elsewhere"))
    assert not made.beside
    text = (tmp_path / "elsewhere" / "docker-compose.yml").read_text()
    assert '"../polls:/app"' in text
    assert "build:" not in text
    assert ".env-local" not in {path.name for path in folder.iterdir()}


def test_an_archive_needs_a_folder_to_write_to(folder: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "polls"), "zip", folder))
    assert code_of(ExportRequest(archive)) == "build.E091"
    assert export_dockerfile(ExportRequest(archive, tmp_path / "out")).folder == tmp_path / "out"


def test_a_folder_that_is_a_file_is_one_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(NuagesError) as caught:
        export_dockerfile(ExportRequest(folder, tmp_path / "taken"))
    assert caught.value.code.code == "build.E092"


def test_a_python_that_uv_does_not_run_on_is_refused(folder: Path) -> None:
    (folder / "requirements.txt").write_text("Django==2.0.13\n")
    assert code_of(ExportRequest(folder)) == "build.E093"


def test_what_was_exported_is_no_part_of_the_source_and_tells_nothing(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "deploy.toml").write_text('[build]\npackages = ["ffmpeg"]\n')
    before = check_project(folder, None, strict=False, scratch=tmp_path / "one")
    export_dockerfile(ExportRequest(folder))
    after = check_project(folder, None, strict=False, scratch=tmp_path / "two")
    assert after.facts == before.facts
    assert {f.path for f in after.source.files} - {".dockerignore"} == {
        f.path for f in before.source.files
    }


def test_a_compose_file_beside_a_dockerfile_of_ours_builds(folder: Path) -> None:
    export_dockerfile(ExportRequest(folder))
    export_compose(ExportRequest(folder))
    assert 'build: "."' in (folder / "docker-compose.yml").read_text()


def test_the_variables_have_a_fresh_key_and_are_for_their_owner_alone(folder: Path) -> None:
    keys = set()
    for _ in range(2):
        export_compose(ExportRequest(folder))
        keys.add(key_in((folder / ".env-local").read_text()))
        assert (folder / ".env-local").stat().st_mode & 0o077 == 0
        (folder / ".env-local").unlink()
    assert len(keys) == 2
    assert {len(key) for key in keys} == {50}


def test_variables_that_the_settings_need_are_there(folder: Path) -> None:
    settings = folder / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + "\nimport os\nAPI_KEY = os.environ['API_KEY']\n")
    export_compose(ExportRequest(folder))
    assert "API_KEY=" in (folder / ".env-local").read_text()
    export_dockerfile(ExportRequest(folder))
    document = json.loads((folder / ".nuages" / "image.json").read_text())
    assert document["build"]["variables"]["API_KEY"]
    assert document["needed"] == ["API_KEY"]


def test_the_context_has_every_file_of_the_source(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.css\n/polls/static/\nbuild/\n!kept.log\n*.log\n")
    export_dockerfile(ExportRequest(folder))
    rules = parse_dockerignore((folder / ".dockerignore").read_bytes())
    for path in ("manage.py", "requirements.txt", "polls/views.py", ".nuages/image.json"):
        assert not rules.ignored(path), path
    for path in (".env", "shop/.env-local", "x/build/y", "some.log", ".git/HEAD", "a/b.pyc"):
        assert rules.ignored(path), path
    assert not rules.ignored(".env.example")


def test_files_that_a_source_has_all_the_same_are_taken_back() -> None:
    rules = parse_dockerignore(render_dockerignore([], "lib/\n", ["shop/lib/a.py"]).encode())
    assert rules.ignored("other/lib/a.py")
    assert not rules.ignored("shop/lib/a.py")
