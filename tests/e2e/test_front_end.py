"""A project whose stylesheet a front end makes: built before static files are collected, once for
each input; and one whose pages fail without what a broken build should have made."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.killing import until
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

# A workspace with a client and what that takes of another member; its lock has not the newest.
CLIENT = (
    "const fs = require('fs');\n"
    "const described = require.resolve('clsx').replace(/dist.*/, 'package.json');\n"
    "const { version } = JSON.parse(fs.readFileSync(described));\n"
    "fs.mkdirSync('../../site', { recursive: true });\n"
    "const style = `.v { color: ${require('tokens')} } /* ${version} */`;\n"
    "fs.writeFileSync('../../site/main.css', style);\n"
)
CLSX = (
    "sha512-m3iNNWpd9rl3jvvcBnu70ylMdrXt8Vlq4HYadnU5fwc"
    "OtvkSQWPmj7amUcDT2qYI7risszBjI5AUIUox9D16pg=="
)
NPM_LOCK = {
    "lockfileVersion": 3,
    "requires": True,
    "packages": {
        "": {"workspaces": ["packages/*"]},
        "node_modules/client": {"resolved": "packages/client", "link": True},
        "node_modules/clsx": {"version": "2.1.0", "integrity": CLSX, "dev": True},
        "node_modules/tokens": {"resolved": "packages/tokens", "link": True},
        "packages/client": {
            "version": "1.0.0",
            "devDependencies": {"clsx": "^2.1.0", "tokens": "1.0.0"},
        },
        "packages/tokens": {"version": "1.0.0"},
    },
}
PNPM_LOCK = f"""lockfileVersion: '9.0'
importers:
  .: {{}}
  packages/client:
    devDependencies:
      clsx:
        specifier: ^2.1.0
        version: 2.1.0
      tokens:
        specifier: workspace:*
        version: link:../tokens
  packages/tokens: {{}}
packages:
  clsx@2.1.0:
    resolution: {{integrity: {CLSX}}}
snapshots:
  clsx@2.1.0: {{}}
"""
NPM = {
    "package.json": json.dumps({"private": True, "workspaces": ["packages/*"]}),
    "package-lock.json": json.dumps(NPM_LOCK),
}
PNPM = {
    "package.json": json.dumps({"private": True}),
    "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
    "pnpm-lock.yaml": PNPM_LOCK,
}


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


@pytest.mark.parametrize(
    ("manager", "files", "own"), [("npm", NPM, "1.0.0"), ("pnpm", PNPM, "workspace:*")]
)
def test_a_member_of_a_workspace_is_built_by_the_lock_of_the_workspace(
    platform: Platform, tmp_path: Path, manager: str, files: dict[str, str], own: str
) -> None:
    package = {"name": "client", "version": "1.0.0", "scripts": {"build": "node build.js"}}
    wanted = {"clsx": "^2.1.0", "tokens": own}
    members = {
        "packages/client/package.json": json.dumps({**package, "devDependencies": wanted}),
        "packages/client/build.js": CLIENT,
        "packages/tokens/package.json": json.dumps({"name": "tokens", "version": "1.0.0"}),
        "packages/tokens/index.js": "module.exports = 'teal'\n",
    }
    project = write(tmp_path / f"house-{manager}", SETTINGS, **files, **members)
    for path in (project / "client").iterdir():
        path.unlink()
    url = platform.read("deploy", str(project))["url"]
    assert Visitor(url).ask("/static/main.css").text == ".v { color: teal } /* 2.1.0 */"


def test_a_build_of_a_time_before_openssl_3_is_made_as_it_was_then(
    platform: Platform, tmp_path: Path
) -> None:
    # As webpack 4 names what it makes.
    hashing = "const made = require('crypto').createHash('md4').update('a').digest('hex');\n"
    written = "const fs = require('fs');\nfs.mkdirSync('../site', { recursive: true });\n"
    build = f"{hashing}{written}fs.writeFileSync('../site/main.css', `/* ${{made}} */`);\n"
    package = json.dumps({"scripts": {"build": "node build.js"}})
    files = {"client/package.json": package, "client/build.js": build}
    done = platform.run("deploy", str(write(tmp_path / "bygone", SETTINGS, **files)))
    assert "NODE_OPTIONS=--openssl-legacy-provider" in done.stdout + done.stderr
    answer = Visitor(platform.address("bygone")).ask("/static/main.css")
    assert answer.text == "/* bde52cb31de33e46245e05fbdbd6fb24 */"


def test_two_builds_of_the_same_at_once_do_not_disturb_each_other(
    platform: Platform, tmp_path: Path
) -> None:
    project = write(tmp_path / "shared", SETTINGS)

    def style(app: str) -> str:
        url = platform.read("deploy", str(project), "--app", app)["url"]
        return Visitor(url).ask("/static/css/main.css").text

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(style, ("one", "two"))) == [".a b { color: red }"] * 2


def test_a_build_that_was_killed_leaves_nothing_behind_for_the_next(
    platform: Platform, tmp_path: Path
) -> None:
    slow = (
        "const fs = require('fs');\n"
        "if (fs.existsSync('node_modules/half') || fs.existsSync('../site')) process.exit(9);\n"
        "fs.mkdirSync('../site');\n"
        "fs.writeFileSync('node_modules/half', '');\n"
        "setTimeout(() => fs.writeFileSync('../site/main.css', 'a { top: 0 }'), 4000);\n"
    )
    package = {**PACKAGE, "scripts": {"build": "node build.js halved"}}
    files = {"client/package.json": json.dumps(package), "client/build.js": slow}
    project = write(tmp_path / "halved", SETTINGS, **files)
    with ThreadPoolExecutor() as pool:
        deployed = pool.submit(platform.read, "deploy", str(project))
        until(lambda: _running("node", "build.js", "halved"), "the build runs")
        for pid in _running("node", "build.js", "halved"):
            os.kill(pid, signal.SIGKILL)
        url = deployed.result()["url"]
    assert Visitor(url).ask("/static/main.css").status == 404
    platform.read("deploy", str(project))
    assert Visitor(url).ask("/static/main.css").text == "a { top: 0 }"


def _running(*words: str) -> list[int]:
    """The processes with this command line."""
    wanted = "".join(f"{word}\0" for word in words).encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == wanted:
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found
