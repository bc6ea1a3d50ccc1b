"""A folder becomes a source."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.core.source import LINK_OUTSIDE, SECRETS
from nuages.source import errors
from nuages.source.directory import suggest_name, take_directory


def tree_of(path: Path) -> set[str]:
    return {str(each.relative_to(path)) for each in path.rglob("*")}


def old(folder: Path) -> None:
    """Let every file have been left in peace for long."""
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_a_folder_becomes_a_clean_tree_named_by_its_digest(project, store) -> None:
    source = take_directory(project({"manage.py": "a", "polls/views.py": "b"}), store)
    assert tree_of(source.path) == {"manage.py", "polls", "polls/views.py"}
    assert source.path == store / source.digest.removeprefix("sha256:")
    assert [file.path for file in source.files] == ["manage.py", "polls/views.py"]


def test_the_identity_and_the_name_come_from_the_folder(project, store) -> None:
    folder = project({"a": "a"}, name="My Polls")
    source = take_directory(folder, store)
    assert (source.identity, source.name) == (f"folder:{folder}", "my-polls")


def test_a_name_that_is_given_wins(project, store) -> None:
    assert take_directory(project({"a": "a"}), store, name="shop").name == "shop"


@pytest.mark.parametrize(
    ("path", "name"),
    [("/srv/shop/src", "shop"), ("/srv/shop/backend/app", "shop"), ("/srv/2048", "app")],
)
def test_a_generic_folder_name_gives_way_to_its_parent(path: str, name: str) -> None:
    assert suggest_name(Path(path)) == name


def test_modes_are_plain_whatever_they_were(project, store) -> None:
    folder = project({"run.sh": "x", "secret.txt": "y", "d/f": "z"})
    (folder / "run.sh").chmod(0o4751)
    (folder / "secret.txt").chmod(0o600)
    (folder / "d").chmod(0o700)
    source = take_directory(folder, store)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in source.path.rglob("*")}
    assert modes == {"run.sh": 0o755, "secret.txt": 0o644, "d": 0o755, "f": 0o644}
    assert stat.S_IMODE(source.path.stat().st_mode) == 0o755


def test_the_digest_does_not_depend_on_place_time_or_umask(project, store, tmp_path) -> None:
    first = take_directory(project({"a/b": "x"}), store)
    before = os.umask(0o077)
    try:
        second = take_directory(project({"a/b": "x"}, name="other"), tmp_path / "store2")
    finally:
        os.umask(before)
    assert first.digest == second.digest


@pytest.mark.parametrize("change", ["content", "name", "x bit", "link"])
def test_the_digest_covers_contents_names_x_bits_and_links(project, store, change) -> None:
    folder = project({"a": "x", "b": "y"})
    (folder / "l").symlink_to("a")
    before = take_directory(folder, store).digest
    if change == "content":
        (folder / "a").write_text("z")
    elif change == "name":
        (folder / "a").rename(folder / "c")
    elif change == "x bit":
        (folder / "a").chmod(0o755)
    else:
        (folder / "l").unlink()
        (folder / "l").symlink_to("b")
    assert take_directory(folder, store).digest != before


def test_an_unchanged_folder_is_not_copied_again(project, store) -> None:
    folder = project({"a": "x"})
    first = take_directory(folder, store)
    inode = (first.path / "a").stat().st_ino
    assert take_directory(folder, store) == first
    assert (first.path / "a").stat().st_ino == inode


def test_unchanged_files_are_linked_from_the_former_tree(project, store, monkeypatch) -> None:
    folder = project({"a": "x", "d/b": "y"})
    _in_peace(monkeypatch)
    first = take_directory(folder, store)
    (folder / "a").write_text("changed")
    second = take_directory(folder, store)
    assert (first.path / "d/b").samefile(second.path / "d/b")
    assert (second.path / "a").read_text() == "changed"
    assert (first.path / "a").read_text() == "x"


def test_remembered_files_are_not_read(project, store, monkeypatch) -> None:
    folder = project({"a": "x", "b": "y"})
    _in_peace(monkeypatch)
    take_directory(folder, store)
    (folder / "b").write_text("changed")
    opened = []
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda path, *a, **k: opened.append(path) or real(path, *a, **k)
    )
    take_directory(folder, store)
    assert not [path for path in opened if str(path).endswith("/a")]


def test_a_file_changed_a_moment_ago_is_read_again(project, store) -> None:
    folder = project({"a": "old"})
    first = take_directory(folder, store)
    status = (folder / "a").stat()
    (folder / "a").write_text("new")
    os.utime(folder / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert take_directory(folder, store).digest != first.digest


def test_a_changed_x_bit_does_not_change_the_former_tree(project, store, monkeypatch) -> None:
    folder = project({"a": "x", "b": "y"})
    _in_peace(monkeypatch)
    first = take_directory(folder, store)
    (folder / "a").chmod(0o755)
    second = take_directory(folder, store)
    assert stat.S_IMODE((first.path / "a").stat().st_mode) == 0o644
    assert stat.S_IMODE((second.path / "a").stat().st_mode) == 0o755


def test_a_damaged_memory_is_no_memory(project, store) -> None:
    folder = project({"a": "x"})
    first = take_directory(folder, store)
    for file in (store / ".memory").iterdir():
        file.write_text("{]")
    assert take_directory(folder, store).digest == first.digest


def test_a_removed_tree_is_made_again(project, store, monkeypatch) -> None:
    folder = project({"a": "x"})
    _in_peace(monkeypatch)
    first = take_directory(folder, store)
    (first.path / "a").unlink()
    first.path.rmdir()
    assert (take_directory(folder, store).path / "a").read_text() == "x"


def test_a_file_missing_from_the_former_tree_is_copied(project, store, monkeypatch) -> None:
    folder = project({"a": "x", "b": "y"})
    _in_peace(monkeypatch)
    first = take_directory(folder, store)
    (first.path / "a").unlink()
    (folder / "b").write_text("changed")
    assert (take_directory(folder, store).path / "a").read_text() == "x"


def test_files_equal_to_those_of_a_former_source_are_linked(project, store) -> None:
    first = take_directory(project({"a": "x", "b": "y"}), store)
    second = take_directory(project({"a": "x", "b": "z"}, name="clone"), store, previous=first)
    assert (first.path / "a").samefile(second.path / "a")


def test_what_the_document_names_is_left_out_once_each(project, store) -> None:
    files = [
        ".env", ".git/config", "node_modules/a/b.js", "p/__pycache__/x.pyc", "p/old.pyc",
        ".venv/bin/python", "venv/bin/python", "db.sqlite3", "staticfiles/admin/a", "media/a.png",
        "Dockerfile", "deep/node_modules/x.js",
    ]  # fmt: skip
    source = take_directory(project(dict.fromkeys([*files, "manage.py"], "x")), store)
    assert [file.path for file in source.files] == ["manage.py"]
    assert [left.path for left in source.left_out] == [
        ".env", ".git", ".venv", "Dockerfile", "db.sqlite3", "deep/node_modules", "media",
        "node_modules", "p/__pycache__", "p/old.pyc", "staticfiles", "venv",
    ]  # fmt: skip
    assert {left.path: left.rule for left in source.left_out}[".env"] == SECRETS


def test_any_folder_with_a_pyvenv_cfg_is_a_virtual_environment(project, store) -> None:
    source = take_directory(project({"a": "x", "myenv/pyvenv.cfg": "", "myenv/lib/x": ""}), store)
    assert [left.path for left in source.left_out] == ["myenv"]


def test_an_app_called_media_is_kept(project, store) -> None:
    source = take_directory(project({"manage.py": "", "media/__init__.py": "x"}), store)
    assert [file.path for file in source.files] == ["manage.py", "media/__init__.py"]


def test_static_files_of_ones_own_are_kept_whatever_their_folder_is_called(project, store) -> None:
    own = {"manage.py": "", "staticfiles/css/a.css": "x", "media/css/a.css": "x"}
    assert {file.path for file in take_directory(project(own), store).files} == own.keys()
    collected = {"manage.py": "", "staticfiles/css/a.css": "x", "staticfiles/staticfiles.json": ""}
    source = take_directory(project(collected, name="other"), store)
    assert [left.path for left in source.left_out] == ["staticfiles"]


def test_media_deep_in_an_app_is_kept(project, store) -> None:
    source = take_directory(project({"manage.py": "", "polls/static/media/a.png": "x"}), store)
    assert "polls/static/media/a.png" in [file.path for file in source.files]


def test_media_beside_a_nested_manage_py_is_left_out(project, store) -> None:
    source = take_directory(project({"web/manage.py": "", "web/media/a.png": "x"}), store)
    assert [left.path for left in source.left_out] == ["web/media"]


def test_a_dockerfile_is_kept_where_deploy_toml_wants_it(project, store) -> None:
    files = {"deploy.toml": '[build]\ndockerfile = "docker/Dockerfile"', "docker/Dockerfile": "x",
             "Dockerfile": "y"}  # fmt: skip
    source = take_directory(project(files), store)
    assert [file.path for file in source.files] == ["deploy.toml", "docker/Dockerfile"]


def test_gitignore_is_honoured_with_its_line(project, store) -> None:
    folder = project({".gitignore": "# logs\n*.log\n", "a.log": "x", "b.txt": "y"})
    source = take_directory(folder, store)
    assert [(left.path, left.rule) for left in source.left_out] == [("a.log", ".gitignore:2 *.log")]


def test_a_nested_gitignore_holds_below_its_folder_only(project, store) -> None:
    folder = project({"p/.gitignore": "*.txt\n!keep.txt\n", "p/a.txt": "", "p/keep.txt": "",
                      "a.txt": ""})  # fmt: skip
    assert [left.path for left in take_directory(folder, store).left_out] == ["p/a.txt"]


def test_what_a_procfile_names_stays_whatever_dockerignore_says(project, store) -> None:
    files = {
        ".dockerignore": "*.ini\n.env\nconf\n",
        "Procfile": "web: uwsgi --ini=uwsgi.ini -e .env -c conf/a.ini\n",
    }
    rest = dict.fromkeys(("uwsgi.ini", "other.ini", ".env", "conf/a.ini"), "")
    source = take_directory(project({**files, **rest}), store)
    assert {"uwsgi.ini", "other.ini", ".env", "conf/a.ini"} & {
        file.path for file in source.files
    } == {"uwsgi.ini"}


def test_dockerignore_is_anchored_and_may_take_back_below_a_folder(project, store) -> None:
    files = ["docs/a.txt", "docs/keep.txt", "p/docs/b.txt", "p/x.md", "y.md"]
    rules = {".dockerignore": "docs\n*.md\n!docs/keep.txt\n"}
    source = take_directory(project({**rules, **dict.fromkeys(files, "")}), store)
    assert [left.path for left in source.left_out] == ["docs/a.txt", "y.md"]


def test_a_folder_of_which_nothing_is_taken_back_is_said_once(project, store) -> None:
    folder = project({".dockerignore": "*\n!manage.py\n", "manage.py": "", "d/a": "", "d/b": ""})
    source = take_directory(folder, store)
    assert [file.path for file in source.files] == ["manage.py"]
    assert [left.path for left in source.left_out] == [".dockerignore", "d"]


def test_a_link_that_stays_inside_is_kept(project, store) -> None:
    folder = project({"a/x": "1"})
    (folder / "b").symlink_to("a/x")
    source = take_directory(folder, store)
    assert (source.path / "b").readlink() == Path("a/x")
    assert [file.link for file in source.files] == ["", "a/x"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside", "a/../x"])
def test_a_link_that_could_lead_out_is_left_out_and_said(project, store, target) -> None:
    folder = project({"a/x": "1"})
    (folder / "evil").symlink_to(target)
    source = take_directory(folder, store)
    assert [(left.path, left.rule) for left in source.left_out] == [("evil", LINK_OUTSIDE)]
    assert not (source.path / "evil").is_symlink()


def test_a_linked_folder_is_not_walked(project, store, tmp_path) -> None:
    folder = project({"a/x": "1"})
    (folder / "loop").symlink_to(".")
    assert len(take_directory(folder, store).files) == 2


def test_pipes_and_sockets_are_left_out(project, store, monkeypatch) -> None:
    folder = project({"a": "x"})
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        source = take_directory(folder, store)
    assert [left.path for left in source.left_out] == ["pipe", "s"]


def test_an_ignore_file_that_is_a_pipe_is_not_waited_for(project, store) -> None:
    folder = project({"a": "x"})
    os.mkfifo(folder / ".gitignore")
    assert [file.path for file in take_directory(folder, store).files] == ["a"]


def test_names_that_are_not_utf8_are_kept(project, store) -> None:
    folder = project({"a": "x"})
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("y")
    first = take_directory(folder, store)
    assert len(first.files) == 2
    assert take_directory(folder, store).digest == first.digest


def test_the_platforms_own_home_inside_the_project_is_left_out(project) -> None:
    folder = project({"manage.py": "x"})
    store = folder / "state" / "sources"
    first = take_directory(folder, store)
    (folder / "state" / "key").write_text("secret")
    again = take_directory(folder, store)
    assert [file.path for file in again.files] == ["manage.py"]
    assert first.digest == again.digest


@pytest.mark.parametrize("path", ["missing", "file"])
def test_a_path_that_is_no_folder_is_said(tmp_path, store, path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NuagesError, match=path) as caught:
        take_directory(tmp_path / path, store)
    assert caught.value.code == errors.MISSING


@pytest.mark.parametrize("name", ["deploy.toml", ".gitignore", ".dockerignore", ".git/index"])
def test_a_folder_in_the_place_of_a_file_says_nothing(project, store, name) -> None:
    folder = project({"manage.py": "x"})
    (folder / name).mkdir(parents=True)
    assert [file.path for file in take_directory(folder, store).files] == ["manage.py"]


def test_a_folder_of_which_nothing_is_left_is_empty(project, store) -> None:
    with pytest.raises(NuagesError) as caught:
        take_directory(project({".env": "x"}), store)
    assert caught.value.code == errors.EMPTY
    assert ".env" in caught.value.details


def test_a_full_disk_is_said_and_leaves_nothing_behind(project, store, monkeypatch) -> None:
    folder = project({"a": "x"})

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(NuagesError) as caught:
        take_directory(folder, store)
    assert caught.value.code == errors.DISK_FULL
    assert [path.name for path in store.iterdir()] == []


def test_an_unreadable_file_is_named(project, store, monkeypatch) -> None:
    folder = project({"a": "x"})
    real = os.open

    def closed(path, *args, **kwargs):
        if path == "a":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    # Root reads everything, so the refusal itself is made up.
    monkeypatch.setattr(os, "open", closed)
    with pytest.raises(NuagesError, match="The file a cannot be read") as caught:
        take_directory(folder, store)
    assert caught.value.code == errors.UNREADABLE


def test_folders_nested_beyond_reason_are_refused(project, store) -> None:
    folder = project({"/".join(["d"] * 150 + ["f"]): "x"})
    with pytest.raises(NuagesError) as caught:
        take_directory(folder, store)
    assert caught.value.code == errors.TOO_LARGE


def test_a_path_with_spaces_and_newlines_is_taken(project, store) -> None:
    source = take_directory(project({"a b\nc/d e": "x"}, name="my polls"), store)
    assert [file.path for file in source.files] == ["a b\nc/d e"]


def _in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock be an hour ahead, as if the files had been left alone for that long."""
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3600 * 10**9)


@pytest.mark.parametrize(
    "path",
    [".env.production", ".env-local", "app/.envrc", ".netrc", ".pypirc", ".envs/.local/.django",
     ".aws/credentials", "deploy/id_ed25519", "keys/server.pem", "server.key"],
)  # fmt: skip
def test_what_may_hold_secrets_is_left_out_and_said(project, store, path: str) -> None:
    text = "-----BEGIN RSA PRIVATE KEY-----\nabc\n" if path.endswith((".pem", ".key")) else "x"
    source = take_directory(project({path: text, "manage.py": "x"}), store)
    assert [file.path for file in source.files] == ["manage.py"]
    (left,) = source.left_out
    assert path.startswith(left.path)
    assert left.rule == SECRETS


@pytest.mark.parametrize(
    "path",
    [".env.example", ".env.sample", ".env.template", ".env.dist", "env.py", ".environment.txt",
     "certificates/ca.pem", "jwt/public.pem", "id_rsa.pub", "translations/en.key"],
)  # fmt: skip
def test_what_looks_like_a_secret_and_is_none_is_taken(project, store, path: str) -> None:
    source = take_directory(project({path: "-----BEGIN CERTIFICATE-----\n"}), store)
    assert [file.path for file in source.files] == [path]


def test_ignore_files_do_not_drop_what_the_build_is_decided_from(project, store) -> None:
    kept = {"deploy.toml", "Procfile", "runtime.txt", ".python-version", "uv.lock",
            "pyproject.toml", "requirements.txt", "requirements/a.txt", "mysite/a.py"}  # fmt: skip
    files = dict.fromkeys(kept, "") | {
        ".dockerignore": "*\n!mysite\n",
        ".gitignore": "uv.lock\n.python-version\n",
        "docs/requirements.txt": "",
        "notes.txt": "",
    }
    source = take_directory(project(files), store)
    assert {file.path for file in source.files} == kept


def test_a_home_of_the_platform_in_the_project_is_left_out(project, store) -> None:
    files = {"manage.py": "", "state/platform.json": "{}", "state/key": "k",
             "state/state.sqlite3": "", "state/sources/x/manage.py": ""}  # fmt: skip
    source = take_directory(project(files), store)
    assert [file.path for file in source.files] == ["manage.py"]
