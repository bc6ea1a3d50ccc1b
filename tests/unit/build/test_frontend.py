"""Front ends: the commands of a build, what helps where one fails, what decides and what is kept
of a result."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.errors import NO_NODE
from nuages.build.frontend.inputs import build_environment, build_key, public_variables
from nuages.build.frontend.node import ensure_node
from nuages.build.frontend.plan import plan_front_end, remedy_for
from nuages.build.frontend.results import (
    copy_source,
    load_results,
    publish_results,
    take_results,
)
from nuages.core.errors import NuagesError
from nuages.core.facts import Fact, FrontEnd
from nuages.core.source import Source, SourceFile
from nuages.system.command import Completed, RecordingRunner

FRONT_END = FrontEnd(
    folder="client",
    manager="npm",
    version="",
    program="",
    lock="client/package-lock.json",
    node=Fact("22", "so", "default"),
    scripts=("build",),
    need="files",
)


def argvs(front_end: FrontEnd) -> list[str]:
    return [" ".join(step.argv) for step in plan_front_end(front_end)]


def make_source(folder: Path, files: dict[str, str]) -> Source:
    rows = []
    for path, text in sorted(files.items()):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        rows.append(SourceFile(path, sha256, len(text)))
    return Source(folder, "sha256:0", "folder:x", "x", tuple(rows))


def test_npm_installs_by_the_lock_file_without_running_code() -> None:
    first, scripts, build = plan_front_end(FRONT_END)
    assert first.argv == ("npm", "ci", "--ignore-scripts", "--include=dev")
    assert (first.shared_cache, scripts.shared_cache, build.shared_cache) == (True, False, False)
    assert (build.argv, dict(build.env)) == (("npm", "run", "build"), {"NODE_ENV": "production"})
    assert {step.folder for step in (first, scripts, build)} == {"client"}
    assert not first.env
    assert argvs(replace(FRONT_END, lock=""))[0].startswith("npm install")


@pytest.mark.parametrize(
    ("manager", "version", "installed", "frozen"),
    [
        ("pnpm", "8", "pnpm@8", "--frozen-lockfile"),
        ("yarn", "", "yarn@1.22.22", "--frozen-lockfile"),
        ("berry", "4.5.0", "@yarnpkg/cli-dist@4.5.0", "--immutable"),
        ("bun", "", "bun@1", "--frozen-lockfile"),
    ],
)
def test_other_managers_are_installed_first(manager, version, installed, frozen) -> None:
    front_end = replace(FRONT_END, manager=manager, version=version)
    tool, install, build = plan_front_end(front_end)
    assert tool.argv[-1] == installed
    assert frozen in install.argv
    assert build.argv[1:] == ("run", "build")
    assert not any(step.shared_cache for step in (tool, install, build))
    assert frozen not in plan_front_end(replace(front_end, lock=""))[1].argv


@pytest.mark.parametrize("manager", ["npm", "pnpm", "yarn", "berry", "bun"])
def test_packages_of_a_workspace_are_installed_in_its_folder(manager) -> None:
    steps = plan_front_end(replace(FRONT_END, manager=manager, workspace="."))
    assert {step.folder for step in steps[:-1]} == {"."}
    assert steps[-1].folder == "client"


def test_a_copy_of_yarn_in_the_source_runs_itself() -> None:
    front_end = replace(FRONT_END, manager="berry", program="client/.yarn/releases/yarn.cjs")
    assert argvs(front_end)[1] == "node /app/client/.yarn/releases/yarn.cjs run build"


def test_a_program_is_run_where_there_is_no_script() -> None:
    front_end = replace(FRONT_END, scripts=(), command=("vite", "build"))
    assert argvs(front_end)[-1] == "npx --no-install vite build"


@pytest.mark.parametrize(
    ("output", "step", "changed"),
    [
        ("code: 'ERR_OSSL_EVP_UNSUPPORTED'", 2, "NODE_OPTIONS"),
        ("Treating warnings as errors because process.env.CI = true.", 2, "CI"),
        ("npm error ERESOLVE could not resolve", 0, "npm_config_legacy_peer_deps"),
    ],
)
def test_a_known_failure_is_tried_again_once(output, step, changed) -> None:
    failed = plan_front_end(FRONT_END)[step]
    remedy = remedy_for(failed, output)
    assert remedy is not None
    assert changed in remedy.applied(failed).env
    assert remedy_for(remedy.applied(failed), output) is None


def test_a_lock_file_that_does_not_fit_is_passed_over() -> None:
    failed = plan_front_end(FRONT_END)[0]
    output = "`npm ci` can only install packages when your package.json and lock are in sync"
    remedy = remedy_for(failed, output)
    assert remedy is not None
    assert remedy.applied(failed).argv[:2] == ("npm", "install")


def test_any_other_failure_is_one() -> None:
    assert remedy_for(plan_front_end(FRONT_END)[0], "ENOENT: no such file") is None


def test_python_files_decide_only_where_they_are_read(tmp_path) -> None:
    one = make_source(tmp_path / "a", {"a.py": "1", "a.html": "1"})
    other = make_source(tmp_path / "b", {"a.py": "2", "a.html": "1"})
    third = make_source(tmp_path / "c", {"a.py": "1", "a.html": "2"})

    def key(source: Source, **changes: object) -> str:
        return build_key(source, [replace(FRONT_END, **changes)], ["22"], {})  # type: ignore[arg-type]

    assert key(one) == key(other) != key(third)
    assert key(one, reads_python=True) != key(other, reads_python=True)
    assert key(one) != build_key(one, [FRONT_END], ["24"], {})
    assert key(one) != build_key(one, [FRONT_END], ["22"], {"VITE_URL": "x"})


def test_only_variables_that_are_meant_for_browsers_reach_a_build(tmp_path) -> None:
    public = public_variables({"VITE_URL": "x", "SECRET_KEY": "y", "DATABASE_URL": "z"})
    env = build_environment(tmp_path, tmp_path, public)
    assert env["VITE_URL"] == "x"
    assert env["CI"] == "true"
    assert not {"SECRET_KEY", "DATABASE_URL", "NODE_ENV"} & env.keys()


def test_what_a_build_made_or_changed_is_kept_and_nothing_else(tmp_path, home) -> None:
    files = {"a.html": "a", "client/package.json": "{}", "static/old.css": "old"}
    source = make_source(tmp_path / "source", files)
    tree = tmp_path / "tree"
    stamps = copy_source(source, tree)
    (tree / "static" / "new.css").write_text("new")
    (tree / "static" / "old.css").write_text("changed")
    (tree / "static" / "link.css").symlink_to("/etc/passwd")
    (tree / "client" / "node_modules" / "bootstrap" / "dist").mkdir(parents=True)
    (tree / "client" / "node_modules" / "bootstrap" / "dist" / "a.css").write_text("b")
    (tree / "client" / "node_modules" / "bootstrap" / "README.md").write_text("b")
    (tree / "client" / "node_modules" / "other").mkdir()
    (tree / "client" / "node_modules" / "other" / "a.css").write_text("o")
    served = replace(FRONT_END, served=("bootstrap", "gone"))
    built = take_results(tree, stamps, [served], tmp_path / "made")
    kept = publish_results(home, "key", built)
    paths = [file.path for file in kept.files]
    assert paths == [
        "client/node_modules/bootstrap/dist/a.css", "static/new.css", "static/old.css"
    ]  # fmt: skip
    assert load_results(home, "key") == kept

    whole = kept.added_to(source)
    assert whole.digest != source.digest
    assert [file.path for file in whole.files] == sorted({*files, *paths})
    app = tmp_path / "app"
    copy_source(source, app)
    kept.put_into(app)
    assert (app / "static" / "old.css").read_text() == "changed"
    assert (source.path / "static" / "old.css").read_text() == "old"


def test_a_damaged_result_counts_as_none(tmp_path, home) -> None:
    source = make_source(tmp_path / "source", {"a": "a"})
    stamps = copy_source(source, tmp_path / "tree")
    (tmp_path / "tree" / "b").write_text("b")
    made = take_results(tmp_path / "tree", stamps, [], tmp_path / "made")
    kept = publish_results(home, "key", made)
    (kept.path / "b").unlink()
    assert load_results(home, "key") is None


def test_the_oldest_results_go(tmp_path, home) -> None:
    source = make_source(tmp_path / "source", {"a": "a"})
    for number in range(30):
        stamps = copy_source(source, tmp_path / f"tree{number}")
        made = take_results(tmp_path / f"tree{number}", stamps, [], tmp_path / f"made{number}")
        kept = publish_results(home, f"key{number}", made)
        os.utime(kept.path.parent, (number, number))
    assert load_results(home, "key29") is not None
    assert load_results(home, "key0") is None


class _Refusing(RecordingRunner):
    """Nothing can be installed, and there is no Node.js on this machine."""

    def run(self, command) -> Completed:
        if "pip" in command.argv:
            return Completed(1, "", "no such package")
        raise FileNotFoundError(command.argv[0])


def test_a_node_that_cannot_be_had_is_one_error(home) -> None:
    with pytest.raises(NuagesError) as raised:
        ensure_node("22", home, _Refusing())
    assert raised.value.code is NO_NODE
    assert list((home.cache / "node").iterdir()) == []
