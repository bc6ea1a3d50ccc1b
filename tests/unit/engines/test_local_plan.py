"""A release becomes what the agent is told to start."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.engine import OneOff, Volume
from nuages.core.image import Blueprint, Image, Placed, ProbeReport
from nuages.core.process import Kind, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.engines.local.inside import render_etc
from nuages.engines.local.plan import (
    Surroundings,
    image_mounts,
    plan_one_off,
    plan_processes,
    with_counts,
)
from nuages.engines.local.protocol import Bind, ProcessPlan
from nuages.engines.local.unsandboxed import copy_app
from nuages.run.places import static_root
from nuages.system.sandbox import Mount, MountKind

IMAGE = Image(
    digest="sha256:0",
    app=Path("/h/images/0/app"),
    venv=Path("/h/environments/1/venv"),
    runtime=Path("/h/runtimes/2"),
    static=Path("/h/proxy/static/3"),
    static_digest="3",
    python=Placed(Path("/opt/python"), Path("/opt/python")),
    python_version="3.12.1",
    project="site",
    report=ProbeReport("5.2", "3.12.1", "mysite.settings"),
    blueprint=Blueprint("mysite.settings", "wsgi", "", (), folders=("site/data",)),
)
WEB = ProcessSpec("web", ("/venv/bin/python", "-m", "nuages_runtime.serve", "wsgi"), Kind.WEB, 2)
WORKER = ProcessSpec("worker", ("celery",), Kind.WORKER)
RELEASE = Release(
    EnvironmentName("polls"),
    3,
    IMAGE,
    {"SECRET_KEY": Secret("canary-7c1"), "DATABASE_URL": Secret("sqlite:////data/db.sqlite3")},
    (WEB, WORKER),
    ("polls.localhost",),
)
VOLUME = Volume(Path("/h/volumes/polls"), Path("/h/proxy/media/polls"), 1900000001)
AROUND = Surroundings(
    "/usr/bin/bwrap",
    True,
    (("/bin", "usr/bin"),),
    (),
    1900000001,
    Path("/h/agent/etc/polls"),
    "/opt/python/bin/python3.12",
    Path("/h/agent/copies/polls"),
)


def test_config_vars_are_in_the_document_and_not_in_the_arguments() -> None:
    for plan in plan_processes(RELEASE, [WEB, WORKER], VOLUME, AROUND):
        assert "canary-7c1" not in " ".join(plan.launch.argv)
        assert plan.launch.document["env"]["SECRET_KEY"] == "canary-7c1"


def test_a_web_instance_takes_its_socket_as_process_1() -> None:
    [plan] = plan_processes(RELEASE, [WEB], VOLUME, AROUND)
    env = plan.launch.document["env"]
    assert (env["LISTEN_FDS"], env["LISTEN_PID"]) == ("1", "1")
    assert (env["NUAGES_READY_FD"], env["NUAGES_GATE_FD"]) == ("4", "5")
    assert "--as-pid-1" in plan.launch.argv
    assert plan.launch.argv[-1] == "6"


def test_a_worker_has_a_reaper_and_no_socket() -> None:
    [plan] = plan_processes(RELEASE, [WORKER], VOLUME, AROUND)
    assert "LISTEN_FDS" not in plan.launch.document["env"]
    assert "--as-pid-1" not in plan.launch.argv
    assert plan.launch.argv[-1] == "3"


def test_a_program_starts_in_its_project_as_its_environments_user() -> None:
    [plan] = plan_processes(RELEASE, [WORKER], VOLUME, AROUND)
    document = plan.launch.document
    assert document["argv"] == ["celery"]
    assert (document["cwd"], document["uid"], document["gid"]) == (
        "/app/site",
        1900000001,
        1900000001,
    )


def test_an_app_finds_its_folders_around_it() -> None:
    found = {mount.target: mount for mount in image_mounts(IMAGE, VOLUME, AROUND)}
    assert found["/app"] == Mount(MountKind.OVERLAY, "/app", "/h/images/0/app")
    assert found["/venv"].kind is found["/nuages"].kind is MountKind.READ
    assert found["/data"] == Mount(MountKind.WRITE, "/data", "/h/volumes/polls")
    assert found["/data/media"].source == "/h/proxy/media/polls"
    assert list(found)[-2:] == ["/venv", "/nuages"]
    assert found["/etc/gitconfig"].source == "/nuages/nuages_runtime/gitconfig"
    assert found["/static"] == Mount(MountKind.READ, "/static", "/h/proxy/static/3")
    assert found["/opt/python"].kind is MountKind.READ
    assert found["/etc/hosts"].source == "/h/agent/etc/polls/hosts"


def test_uploads_in_the_volume_are_not_mounted_again() -> None:
    volume = replace(VOLUME, media=Path("/h/volumes/polls/media"))
    assert "/data/media" not in {m.target for m in image_mounts(IMAGE, volume, AROUND)}


def test_without_a_volume_data_are_temporary() -> None:
    found = {mount.target: mount for mount in image_mounts(IMAGE, None, AROUND)}
    assert found["/data"].kind is MountKind.TEMPORARY


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", "/static"),
        ("/app/staticfiles/", "/app/staticfiles"),
        ("staticfiles", "/static"),
        ("/app", "/static"),
        ("/app/../venv", "/static"),
        ("/venv/static", "/static"),
        ("/./venv", "/static"),
        ("//venv", "/static"),
        ("/nuages/nuages_runtime", "/static"),
        ("/usr/lib", "/static"),
        ("/lib64", "/static"),
        ("/etc/ssl", "/static"),
        ("/", "/static"),
        ("/data", "/static"),
        ("/srv", "/static"),
        ("/public_collected", "/static"),
        ("/srv/../usr/lib", "/static"),
        ("/var/www/html/../static/", "/var/www/static"),
        ("/data/static", "/data/static"),
        ("/srv/python/lib", "/static"),
    ],
)
def test_static_files_are_shown_where_the_project_collects_them(written: str, shown: str) -> None:
    report = replace(IMAGE.report, static_root=written)
    image = replace(IMAGE, report=report, python=Placed(Path("/h/pythons/4"), Path("/srv/python")))
    assert static_root(image) == shown


def test_an_image_with_a_base_shows_nothing_of_this_machine_s_own(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "file").touch()
    mounts = image_mounts(replace(IMAGE, base=tmp_path), VOLUME, AROUND)
    sources = {mount.source for mount in mounts if mount.kind is MountKind.READ}
    assert str(tmp_path / "usr") in sources
    assert "/usr" not in sources
    assert [m for m in mounts if m.target == "/etc/passwd"], "the app's own user is named"


def test_static_files_are_not_shown_through_a_link_of_the_app(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "static").symlink_to("../../nuages/nuages_runtime")
    report = replace(IMAGE.report, static_root="/app/site/static")
    assert static_root(replace(IMAGE, app=tmp_path, report=report)) == "/static"
    (tmp_path / "site" / "static").unlink()
    assert static_root(replace(IMAGE, app=tmp_path, report=report)) == "/app/site/static"


def test_what_starts_with_privileges_is_not_the_apps() -> None:
    plans = plan_processes(RELEASE, [WEB, WORKER], VOLUME, AROUND)
    launches = [plan.launch for plan in plans]
    one_off = OneOff(RELEASE.environment, IMAGE, ("x",), {}, "run", tty=(24, 80))
    launches.append(plan_one_off(one_off, VOLUME, AROUND))
    for launch in launches:
        command = launch.argv[launch.argv.index("--") + 1 :]
        assert command[0] == "/opt/python/bin/python3.12"
        assert command[3] == "/nuages/nuages_runtime/launch.py"


def test_as_root_bubblewrap_mounts_nothing_where_the_app_can_put_links() -> None:
    report = replace(IMAGE.report, static_root="/data/static")
    release = replace(RELEASE, image=replace(IMAGE, report=report))
    [plan] = plan_processes(release, [WEB], VOLUME, AROUND)
    assert not [word for word in plan.launch.argv if word.startswith("/data/")]
    assert plan.launch.binds == (
        Bind("/h/proxy/media/polls", "/h/volumes/polls", "media", writable=True),
        Bind("/h/proxy/static/3", "/h/volumes/polls", "static", writable=False),
    )
    [plan] = plan_processes(release, [WEB], VOLUME, replace(AROUND, root=False))
    assert plan.launch.binds == ()
    assert {"/data/media", "/data/static"} <= set(plan.launch.argv)


def test_a_plan_survives_the_way_to_the_agent() -> None:
    for plan in plan_processes(RELEASE, [WEB, WORKER], VOLUME, AROUND):
        assert ProcessPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_one_off_sees_its_exchange_folder_and_may_be_without_network() -> None:
    one_off = OneOff(
        RELEASE.environment, IMAGE, ("x",), {}, "probe", exchange=Path("/tmp/e"), network=False
    )
    launch = plan_one_off(one_off, None, AROUND)
    at = launch.argv.index("/run/nuages")
    assert launch.argv[at - 2 : at] == ("--bind", "/tmp/e")
    assert launch.network is False


def test_a_terminal_is_taken_inside_the_sandbox() -> None:
    one_off = OneOff(RELEASE.environment, IMAGE, ("sh", "-i"), {}, "run", tty=(24, 80))
    argv = plan_one_off(one_off, None, AROUND).document["argv"]
    assert argv[-2:] == ["sh", "-i"]
    assert "TIOCSCTTY" in argv[4]


def test_counts_choose_process_types() -> None:
    assert with_counts(RELEASE, {"web": 5}) == [replace(WEB, count=5)]


def test_without_a_sandbox_our_own_paths_are_real_and_the_users_are_left() -> None:
    around = replace(AROUND, bubblewrap="", uid=None)
    release = replace(RELEASE, env={**RELEASE.env, "STATIC_URL": Secret("/static/")})
    [plan] = plan_processes(release, [WEB], VOLUME, around)
    launch = plan.launch
    assert launch.sandboxed is False
    assert launch.argv[0] == "/h/environments/1/venv/bin/python"
    document = launch.document
    assert document["argv"][0] == "/h/environments/1/venv/bin/python"
    assert document["cwd"] == "/h/agent/copies/polls/app/site"
    assert document["env"]["DATABASE_URL"] == "sqlite:////h/volumes/polls/db.sqlite3"
    assert document["env"]["STATIC_URL"] == "/static/"
    assert document["folders"] == ["/h/agent/copies/polls/app/site/data"]


def test_without_a_sandbox_links_into_data_lead_to_the_real_volume(tmp_path: Path) -> None:
    (tmp_path / "app" / "site").mkdir(parents=True)
    (tmp_path / "app" / "site" / "data").symlink_to("/data/site/data")
    (tmp_path / "app" / "other").symlink_to("site")

    copy_app(tmp_path / "app", tmp_path / "copy", Path("/h/volumes/polls"))

    copied = tmp_path / "copy" / "app"
    assert (copied / "site" / "data").readlink() == Path("/h/volumes/polls/site/data")
    assert (copied / "other").readlink() == Path("site")


def test_folders_are_made_by_whoever_starts_the_program() -> None:
    [plan] = plan_processes(RELEASE, [WORKER], VOLUME, AROUND)
    assert plan.launch.document["folders"] == ["/app/site/data"]


def test_peers_have_two_names_each_that_lead_to_the_gateway() -> None:
    files = render_etc(1900000001, ["shop", "blog"], "10.64.0.1", "polls", "nameserver 192.0.2.1\n")
    assert "10.64.0.1 shop shop.internal\n10.64.0.1 blog blog.internal\n" in files["hosts"]
    assert "app:x:1900000001:1900000001::/home/app:" in files["passwd"]
    assert files["resolv.conf"] == "nameserver 192.0.2.1\n"


def test_without_a_gateway_peers_have_no_names() -> None:
    assert "shop" not in render_etc(1000, ["shop"], "", "polls", "")["hosts"]
