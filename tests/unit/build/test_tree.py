"""App trees share what did not change."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from nuages.build.tree import (
    FormerTree,
    bytecode_path,
    link_bytecode,
    links_into_volume,
    make_app_tree,
    put_repository,
)
from nuages.core.facts import Folder
from nuages.core.source import Source, SourceFile

TAG = "cpython-311"


def make_source(folder: Path, files: dict[str, str]) -> Source:
    rows = []
    for name, content in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        rows.append(SourceFile(name, hashlib.sha256(content.encode()).hexdigest(), len(content)))
    return Source(folder, "sha256:x", "folder:x", "x", tuple(rows))


def add_bytecode(tree: Path, name: str) -> Path:
    path = tree / bytecode_path(name, TAG)
    path.parent.mkdir(exist_ok=True)
    path.write_text("code")
    return path


def test_a_tree_links_the_sources_files(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", {"a/b/c.py": "1"})
    make_app_tree(source, tmp_path / "app")
    made = tmp_path / "app/a/b/c.py"
    assert made.samefile(source.path / "a/b/c.py")


def test_every_user_may_write_into_a_tree(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", {"a/b.py": "1"})
    make_app_tree(source, tmp_path / "app")
    assert (tmp_path / "app").stat().st_mode & 0o777 == 0o777
    assert (tmp_path / "app/a").stat().st_mode & 0o777 == 0o777
    assert (tmp_path / "app/a/b.py").stat().st_mode & 0o777 == 0o666


def test_only_changed_files_are_left_to_compile(tmp_path: Path) -> None:
    before = make_source(tmp_path / "one", {"a.py": "1", "b.py": "1", "c.txt": "1"})
    make_app_tree(before, tmp_path / "old")
    kept = add_bytecode(tmp_path / "old", "a.py")
    add_bytecode(tmp_path / "old", "b.py")
    after = make_source(tmp_path / "two", {"a.py": "1", "b.py": "2", "c.txt": "2"})
    make_app_tree(after, tmp_path / "new")
    former = FormerTree(tmp_path / "old", before.files, TAG)
    assert link_bytecode(after, tmp_path / "new", former, TAG) == ["b.py"]
    assert kept.samefile(tmp_path / "new" / bytecode_path("a.py", TAG))


def test_another_python_version_compiles_everything(tmp_path: Path) -> None:
    before = make_source(tmp_path / "one", {"a.py": "1"})
    make_app_tree(before, tmp_path / "old")
    add_bytecode(tmp_path / "old", "a.py")
    after = make_source(tmp_path / "two", {"a.py": "1"})
    make_app_tree(after, tmp_path / "new")
    former = FormerTree(tmp_path / "old", before.files, TAG)
    assert link_bytecode(after, tmp_path / "new", former, "cpython-312") == ["a.py"]


def test_missing_bytecode_is_made_again(tmp_path: Path) -> None:
    before = make_source(tmp_path / "one", {"a.py": "1"})
    make_app_tree(before, tmp_path / "old")
    after = make_source(tmp_path / "two", {"a.py": "1"})
    make_app_tree(after, tmp_path / "new")
    former = FormerTree(tmp_path / "old", before.files, TAG)
    assert link_bytecode(after, tmp_path / "new", former, TAG) == ["a.py"]


def test_a_copy_of_an_example_is_in_the_tree_and_not_in_the_source(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", {"a/b.py.example": "1", "z.py": ""})
    copied = source.with_copies([("a/b.py.example", "a/b.py")])
    assert [file.path for file in copied.files] == ["a/b.py", "a/b.py.example", "z.py"]
    make_app_tree(copied, tmp_path / "app")
    assert (tmp_path / "app/a/b.py").read_text() == "1"
    assert not (source.path / "a/b.py").exists()
    assert link_bytecode(copied, tmp_path / "app", None, TAG) == ["a/b.py", "z.py"]


def test_a_folder_in_the_volume_is_a_link_unless_a_front_end_fills_it() -> None:
    folders = [Folder("data", "/data/data"), Folder("data/a"), Folder("web/out", "/data/web/out")]
    assert links_into_volume(folders, ["web/out/app.js", "database/x"]) == [("data", "/data/data")]


def test_a_link_into_the_volume_is_part_of_the_tree(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", {"var/x.py": "1"})
    make_app_tree(source.with_links([("var/data", "/data/data")]), tmp_path / "app")
    assert (tmp_path / "app/var/data").readlink() == Path("/data/data")


COMMIT = "47b24bf6f5e5e4d7d0d4d2f8f4c4a5d6e7f80912"


def test_a_commit_is_read_as_raven_reads_it(tmp_path: Path) -> None:
    put_repository(tmp_path, COMMIT)
    head = (tmp_path / ".git/HEAD").read_text().strip()
    assert head.startswith("ref: ")
    assert (tmp_path / ".git" / head[5:]).read_text().strip() == COMMIT


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("rev-parse HEAD", COMMIT),
        ("rev-parse --short HEAD", COMMIT[:7]),
        ("rev-parse --abbrev-ref HEAD", "deployed"),
        ("describe --always", COMMIT[:7]),
        ("describe --tags --dirty --always", COMMIT[:7]),
        ("log -1 --format=%H", COMMIT),
        ("rev-list --count HEAD", "1"),
        ("cat-file -t HEAD", "commit"),
    ],
)
def test_git_tells_the_commit(tmp_path: Path, arguments: str, said: str) -> None:
    put_repository(tmp_path, COMMIT)
    argv = ("git", "-c", f"safe.directory={tmp_path}", *arguments.split())
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said


def test_every_user_may_write_the_records(tmp_path: Path) -> None:
    put_repository(tmp_path, COMMIT)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {True: 0o777, False: 0o666}
