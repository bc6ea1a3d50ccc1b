"""`nuages build`: one digest for one project, and an image that every engine takes."""

from __future__ import annotations

import json
import subprocess
import tarfile
import urllib.request
from pathlib import Path

import pytest

from nuages.core.home import Home
from tests.dockerd import Docker
from tests.integration.build.conftest import Builder, make_builder
from tests.integration.registry.servers import Registry, skopeo
from tools.own_platform import processes_of

ASK = "import ctypes, django, os, sqlite3, ssl, sys; print(sys.prefix, os.getuid())"


def test_the_same_project_has_the_same_digest_on_another_machine(
    builder: Builder, place: Path
) -> None:
    made = builder.build()
    again = make_builder(place / "two").build()
    assert again["image"] == made["image"]
    assert not again["unchanged"]
    later = builder.build(SOURCE_DATE_EPOCH="1700000000", NUAGES_HOME=str(place / "two" / "home"))
    assert later["image"] != made["image"]


def test_what_did_not_change_is_not_made_again(builder: Builder) -> None:
    said = builder.run()
    assert "Nothing changed" in said
    assert said.splitlines()[-1].startswith("sha256:") or said.startswith("sha256:")
    assert builder.build()["unchanged"]
    assert processes_of(builder.home) == {}, "the agent of a build ends with it"


def test_a_changed_line_changes_one_layer(builder: Builder) -> None:
    before = builder.build()
    views = builder.project / "polls" / "views.py"
    written = views.read_text()
    views.write_text(f"{written}\n# One line more.\n")
    after = builder.build()
    changed = [
        one["holds"]
        for one, two in zip(before["layers"], after["layers"], strict=True)
        if one != two
    ]
    assert changed == ["app"]
    views.write_text(written)
    assert builder.build()["image"] == before["image"], "what was before is found again"


def test_docker_runs_it(builder: Builder, docker: Docker, tmp_path: Path) -> None:
    archive = tmp_path / "polls.tar"
    made = builder.build("-o", str(archive), "--tag", "shop/polls:7")
    assert "shop/polls:7" in docker.run("load", "-i", str(archive))
    ran = docker.run("run", "--rm", "--network=none", "shop/polls:7", "/venv/bin/python", "-c", ASK)
    assert ran.splitlines()[-1] == "/venv 1000"
    described = json.loads(docker.run("image", "inspect", "shop/polls:7"))[0]
    assert described["Config"]["Entrypoint"] is None
    assert described["Config"]["Cmd"][-2:] == ["nuages_runtime.container", "web"]
    assert len(described["RootFS"]["Layers"]) == len(made["layers"])
    # There is no shell in it.
    docker.run("run", "--rm", "--network=none", "shop/polls:7", "sh", "-c", "id", code=127)


def test_skopeo_and_podman_read_it(builder: Builder, place: Path, tmp_path: Path) -> None:
    archive, layout = tmp_path / "polls.tar", tmp_path / "layout"
    made = builder.build("-o", str(archive))
    builder.build("-o", str(layout))
    for reference in (f"oci-archive:{archive}", f"oci:{layout}"):
        asked = subprocess.run(
            ["skopeo", "inspect", reference], capture_output=True, text=True, check=True
        )
        described = json.loads(asked.stdout)
        assert described["Digest"] == made["image"]
        assert described["Labels"]["org.opencontainers.image.title"] == "polls"
    # podman has its state in a folder whose path is short.
    store = ("--root", str(place / "podman"), "--runroot", str(place / "run"))
    loaded = subprocess.run(
        ["podman", *store, "--storage-driver=vfs", "load", "-q", "-i", archive],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "polls:latest" in loaded.stdout


def test_an_archive_is_the_same_bytes_every_time(builder: Builder, tmp_path: Path) -> None:
    one, two = tmp_path / "one.tar", tmp_path / "two.tar"
    builder.build("-o", str(one))
    builder.build("-o", str(two))
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as archive:
        assert {"oci-layout", "index.json", "manifest.json"} <= set(archive.getnames())


def test_a_folder_of_somebody_elses_is_left_alone(builder: Builder, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    said = builder.run("-o", str(own), code=1)
    assert "build.E082" in said
    assert [path.name for path in own.iterdir()] == ["letter.txt"]
    # One of our own is replaced.
    layout = tmp_path / "layout"
    builder.run("-o", str(layout))
    builder.run("-o", str(layout))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layout", "own"]


@pytest.mark.parametrize("there", ["missing/polls.tar", "file/polls.tar", "missing/layout"])
def test_a_place_that_cannot_be_written_is_an_error(
    builder: Builder, tmp_path: Path, there: str
) -> None:
    (tmp_path / "file").touch()
    assert "build.E082" in builder.run("-o", str(tmp_path / there), code=1)


def test_a_damaged_layer_is_refused_and_then_made_again(builder: Builder, tmp_path: Path) -> None:
    made = builder.build()
    largest = max(made["layers"], key=lambda layer: layer["size"])
    blob = Home(builder.home).blobs / "sha256" / largest["digest"].removeprefix("sha256:")
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    archive = tmp_path / "polls.tar"
    said = builder.run("-o", str(archive), code=1)
    assert "build.E080" in said
    assert largest["digest"] in said
    assert not archive.exists()
    assert builder.build("-o", str(archive))["image"] == made["image"]
    assert archive.exists()


def test_a_path_that_is_not_there_is_named(builder: Builder) -> None:
    done = Builder(builder.home, builder.project / "nothing").run(code=2)
    assert str(builder.project / "nothing") in done


def test_it_is_loaded_into_an_engine(builder: Builder, docker: Docker) -> None:
    variables = {"DOCKER_HOST": docker.environment()["DOCKER_HOST"]}
    made = builder.build("--load", "--tag", "loaded:1", **variables)
    assert made["loaded"]
    assert "loaded:1" in docker.run("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")


def test_an_engine_that_does_not_answer_is_named(builder: Builder) -> None:
    said = builder.run("--load", code=1, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert "build.E084" in said
    assert "nowhere" in said
    assert "build.E083" in builder.run("--load", code=1, PATH="/nowhere")


def test_it_is_pushed_with_its_bill_of_materials(builder: Builder, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry").start()
    try:
        name = f"localhost:{registry.port}/team/polls"
        made = builder.build("--push", f"{name}:1")
        described = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{name}:1"))
        assert described["Digest"] == made["image"]
        listed = f"docker://{name}:{made['image'].replace(':', '-')}"
        index = json.loads(skopeo("inspect", "--raw", "--tls-verify=false", listed))
        [attached] = index["manifests"]
        assert attached["artifactType"] == "application/spdx+json"
        address = f"docker://{name}@{attached['digest']}"
        artifact = json.loads(skopeo("inspect", "--raw", "--tls-verify=false", address))
        blob = artifact["layers"][0]["digest"]
        url = f"http://localhost:{registry.port}/v2/team/polls/blobs/{blob}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            packages = {each["name"] for each in json.load(answer)["packages"]}
        # Of PyPI, of the distribution, and Python.
        assert {"Django", "libc6", "Python"} <= packages
    finally:
        registry.stop()


def test_a_reference_is_read_before_anything_is_built(builder: Builder) -> None:
    said = builder.run("--push", "polls:1", code=2)
    assert "build.E041" in said
    assert "Nothing changed" not in said


def test_the_store_is_listed(builder: Builder) -> None:
    made = builder.build()
    rows = builder.images()
    [row] = [row for row in rows if row["id"] == made["image"]]
    assert row["size"] == made["size"] == row["own"] + row["shared"]
    assert (row["project"], row["kept_for"], row["status"]) == ("polls", "build", "complete")
