"""What a Dockerfile of `nuages export` has done to the app's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages_runtime.container.prepare import lay_out, main, static_root


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
    assert "app, packages" in capsys.readouterr().err
