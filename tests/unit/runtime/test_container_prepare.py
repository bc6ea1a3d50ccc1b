"""What a Dockerfile of `nuages export` has done to the app's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.frontend import results
from nuages_runtime.container.prepare import LEFT, WEB, lay_out, main, prepare_built, static_root


def test_examples_are_copied_and_folders_lead_into_the_volume(tmp_path: Path) -> None:
    (tmp_path / "settings.py.example").write_text("DEBUG = False\n")
    (tmp_path / "shop" / "uploads").mkdir(parents=True)
    (tmp_path / "shop" / "uploads" / "old").write_text("")
    links = [["shop/uploads", "/data/uploads"], ["logs/all", "/data/logs"]]
    lay_out(str(tmp_path), {"copies": [["settings.py.example", "settings.py"]], "links": links})
    assert (tmp_path / "settings.py").read_text() == "DEBUG = False\n"
    assert (tmp_path / "shop" / "uploads").readlink() == Path("/data/uploads")
    assert (tmp_path / "logs" / "all").readlink() == Path("/data/logs")


@pytest.mark.parametrize(
    ("written", "root"),
    [
        ("/app/staticfiles", "/app/staticfiles"),
        ("", "/static"),
        ("relative", "/static"),
        ("/etc/static", "/static"),
        ("/app", "/static"),
        ("/srv/../etc", "/static"),
    ],
)
def test_static_files_lie_where_the_project_says_if_that_is_a_place_for_them(
    written: str, root: str
) -> None:
    assert static_root(written) == root


def test_a_static_root_behind_a_link_is_none(tmp_path: Path) -> None:
    (tmp_path / "collected").symlink_to("/data/collected")
    assert static_root(str(tmp_path / "collected"), str(tmp_path)) == "/static"


def test_an_unknown_step_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"]) == 2
    assert "app, built, packages" in capsys.readouterr().err


def test_of_front_ends_only_what_they_made_is_left(tmp_path: Path) -> None:
    app, source = tmp_path / "app", tmp_path / "source"
    files = {
        "package.json": "{}",
        "static/app.css": "old",
        "assets/app.scss": "made of this",
    }
    made = {
        "static/app.css": "new",
        "static/dist/app.js": "built",
        "front/node_modules/chart/chart.js": "shown",
        "front/node_modules/chart/README.md": "not shown",
        "front/node_modules/other/other.js": "installed",
        "node_modules/.bin/esbuild": "installed",
        ".cache/x": "left",
    }
    for folder, texts in ((source, files), (app, {**files, **made})):
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    prepare_built(["front/node_modules/chart"], str(app), str(source))
    left = {str(path.relative_to(app)) for path in app.rglob("*") if path.is_file()}
    expected = {"static/app.css", "static/dist/app.js", "front/node_modules/chart/chart.js"}
    assert left == expected
    assert not (app / "assets").exists()


def test_what_is_left_is_what_a_build_without_docker_takes() -> None:
    assert set(results._PASSED_OVER) == {*LEFT, "node_modules"}
    assert set(results._WEB) == set(WEB)
