"""A Dockerfile of the project's own: which it is, and what its image is said to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nuages.build.own.dockerfile import (
    OwnDockerfile,
    build_own,
    own_dockerfile,
    remarks_on,
    save_own,
)
from nuages.core.errors import NuagesError
from nuages.source.directory import read_directory
from nuages.system.command import Command, Completed, RecordingRunner


class FailingRunner:
    """Ends every command as it is told."""

    def __init__(self, completed: Completed) -> None:
        self.completed = completed

    def run(self, command: Command) -> Completed:
        return self.completed


def make(folder: Path, **files: str) -> Path:
    for name, text in {"manage.py": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def found(folder: Path, scratch: Path, root: str | None = None) -> OwnDockerfile | None:
    return own_dockerfile(read_directory(folder, scratch), root)


@pytest.mark.parametrize("said", ["true", '"Dockerfile"', '"./Dockerfile"'])
def test_it_is_the_one_that_deploy_toml_names(said: str, tmp_path: Path) -> None:
    text = f"[build]\ndockerfile = {said}\n"
    folder = make(tmp_path / "shop", **{"deploy.toml": text, "Dockerfile": "FROM scratch\n"})
    assert found(folder, tmp_path / "scratch") == OwnDockerfile("Dockerfile", "")


def test_it_is_beside_the_deploy_toml_of_a_nested_project(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "shop",
        **{
            "back/deploy.toml": '[build]\ndockerfile = "docker/web"\n',
            "back/docker/web": "FROM scratch\n",
        },
    )
    expected = OwnDockerfile("back/docker/web", "back")
    assert found(folder, tmp_path / "scratch", "back") == expected
    assert found(folder, tmp_path / "scratch") == expected


@pytest.mark.parametrize("text", ["", "[build]\ndockerfile = false\n"])
def test_there_is_none_where_none_is_named(text: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", **{"deploy.toml": text, "Dockerfile": "FROM scratch\n"})
    assert found(folder, tmp_path / "scratch") is None


def test_one_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", **{"deploy.toml": '[build]\ndockerfile = "../Dockerfile"\n'})
    with pytest.raises(NuagesError) as caught:
        found(folder, tmp_path / "scratch")
    assert caught.value.code.code == "build.E096"
    assert "../Dockerfile" in caught.value.message


def test_remarks_are_about_what_keeps_an_image_from_running() -> None:
    assert remarks_on({"Cmd": ["gunicorn", "-b", "0.0.0.0:8080", "shop.wsgi"]}) == []
    assert remarks_on({"Cmd": ["sh", "-c", "gunicorn -b :$PORT shop.wsgi"]}) == []
    assert remarks_on({"Cmd": ["start"], "ExposedPorts": {"8080/tcp": {}}}) == []
    (listening,) = remarks_on({"Cmd": ["gunicorn", "shop.wsgi"], "ExposedPorts": {"80/tcp": {}}})
    assert "$PORT" in listening
    entry, _ = remarks_on({"Entrypoint": ["/entry.sh"], "Cmd": None})
    assert "ENTRYPOINT (/entry.sh)" in entry


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of the name, which nobody starts."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.usefixtures("engine")
def test_the_engine_is_given_argument_vectors(tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", Dockerfile="FROM scratch\n")
    source = read_directory(folder, tmp_path / "scratch")
    inspect = ("docker", "image", "inspect", "shop:1")
    document = [{"Id": "sha256:12", "Size": 5, "Config": {"Cmd": ["x"]}}]
    runner = RecordingRunner({inspect: Completed(0, json.dumps(document), "")})
    image = build_own(OwnDockerfile("Dockerfile", ""), source, "shop:1", runner)
    assert (image.id, image.size, len(image.remarks)) == ("sha256:12", 5, 1)
    assert runner.commands[0].argv[:2] == ("docker", "build")
    with pytest.raises(NuagesError) as caught:
        save_own(image, tmp_path / "folder", runner)
    assert caught.value.code.code == "build.E099"


@pytest.mark.usefixtures("engine")
def test_a_build_that_fails_shows_the_last_lines(tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", Dockerfile="FROM scratch\n")
    source = read_directory(folder, tmp_path / "scratch")
    runner = FailingRunner(Completed(1, "", "line\n" * 9000 + "unknown instruction: RUNN"))
    with pytest.raises(NuagesError) as caught:
        build_own(OwnDockerfile("Dockerfile", ""), source, "shop:1", runner)
    assert caught.value.code.code == "build.E097"
    assert caught.value.details
    assert caught.value.details.endswith("RUNN")
    assert len(caught.value.details) < 5000


def test_no_engine_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = make(tmp_path / "shop", Dockerfile="FROM scratch\n")
    source = read_directory(folder, tmp_path / "scratch")
    with pytest.raises(NuagesError) as caught:
        build_own(OwnDockerfile("Dockerfile", ""), source, "shop:1", RecordingRunner())
    assert caught.value.code.code == "build.E095"
