"""A project whose stylesheet a front end makes: built before static files are collected, once for
each input; and one whose pages fail without what a broken build should have made."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.test_changes import FILES
from tools.answers import Visitor
from tools.own_platform import Platform

# Node.js and npm alone; a package is named so that something is installed.
BUILD = (
    "const fs = require('fs');\n"
    "const { clsx } = require('clsx');\n"
    "if (process.env.NODE_ENV !== 'production' || process.env.SECRET_WORD) process.exit(3);\n"
    "fs.mkdirSync('../site/css', { recursive: true });\n"
    "fs.writeFileSync('../site/css/main.css', `.${clsx('a', 'b')} { color: red }`);\n"
    "fs.writeFileSync('../site/when.txt', String(Date.now()));\n"
)
PACKAGE = {"scripts": {"build": "node build.js"}, "devDependencies": {"clsx": "2.1.1"}}
SETTINGS = 'STATICFILES_DIRS = [BASE_DIR / "site"]\n'
STATISTICS = 'WEBPACK_LOADER = {"DEFAULT": {"STATS_FILE": str(BASE_DIR / "stats.json")}}\n'


def write(folder: Path, settings: str, **files: str) -> Path:
    texts = {**FILES, "client/package.json": json.dumps(PACKAGE), "client/build.js": BUILD, **files}
    texts["mysite/settings.py"] += settings
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_front_end_is_built_and_built_again_only_where_its_input_changed(
    platform: Platform, tmp_path: Path
) -> None:
    project = write(tmp_path / "dressed", SETTINGS)
    url = platform.read("deploy", str(project))["url"]
    style = Visitor(url).ask("/static/css/main.css")
    assert (style.status, style.text) == (200, ".a b { color: red }")
    when = Visitor(url).ask("/static/when.txt").text
    assert not list(Path(platform.home).glob("images/*/app/client/node_modules"))

    with (project / "mysite/urls.py").open("a") as stream:
        stream.write("handler404 = None\n")
    platform.read("deploy", str(project))
    assert Visitor(url).ask("/static/when.txt").text == when

    platform.read("config", "dressed", "set", "SECRET_WORD=hidden")
    (project / "client/build.js").write_text(BUILD.replace("red", "blue"))
    platform.read("deploy", str(project))
    assert Visitor(url).ask("/static/css/main.css").text == ".a b { color: blue }"


def test_a_build_that_fails_stops_only_what_cannot_go_without(
    platform: Platform, tmp_path: Path
) -> None:
    broken = {"client/build.js": "console.log('no such loader'); process.exit(1)\n"}
    project = write(tmp_path / "bare", SETTINGS, **broken)
    url = platform.read("deploy", str(project))["url"]
    assert Visitor(url).ask("/").status == 200

    with (project / "mysite/settings.py").open("a") as stream:
        stream.write(STATISTICS)
    told = platform.run("deploy", str(project), code=3).stderr
    assert "build.E020" in told
    assert "no such loader" in told
    assert Visitor(url).ask("/").status == 200
