"""Bad input as a user gives it: a clear error, the right exit code, and nothing lost."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.answers import Visitor
from tools.demo import examples
from tools.own_platform import Platform

POLLS = next(path for path in examples() if path.name == "polls")
APP = "steady"
MIGRATION = """from django.db import migrations

def fill(apps, schema_editor):
    raise ValueError("no rows for you")

class Migration(migrations.Migration):
    dependencies = [("polls", "0001_initial")]
    operations = [migrations.RunPython(fill)]
"""
BAD_ADMIN = """
from .models import Choice
class ChoiceAdmin(admin.ModelAdmin):
    list_display = ["nope"]
admin.site.register(Choice, ChoiceAdmin)
"""
URLS = "\nimport time\nfrom django.http import HttpResponse\nurlpatterns += [path('asked/', {})]\n"
SETTINGS, WSGI, HEALTH = "mysite/settings.py", "mysite/wsgi.py", '[health]\npath = "/asked/"\n'

# What is appended to which files; the exit code; what has to be said.
BAD_PROJECTS: dict[str, tuple[dict[str, str], int, list[str]]] = {
    "settings with a syntax error": (
        {SETTINGS: "\nx = (\n"}, 3, ["settings.py:", "SyntaxError: '(' was never closed"],
    ),
    "settings that refuse": (
        {
            SETTINGS: "\nfrom django.core.exceptions import ImproperlyConfigured\n"
            "raise ImproperlyConfigured('FOO must be set')\n"
        },
        3,
        ["settings.py:", "ImproperlyConfigured: FOO must be set"],
    ),
    "a missing variable": (
        {SETTINGS: "\nimport os\nX = os.environ['STRIPE_KEY']\n"},
        3,
        ["Not set: STRIPE_KEY (mysite/settings.py:", f"nuages config {APP} set STRIPE_KEY=VALUE"],
    ),
    "a missing module": (
        {SETTINGS: "\nINSTALLED_APPS += ['no_such_module']\n"},
        3,
        ["No module named 'no_such_module'", "requirements.txt"],
    ),
    "requirements that do not resolve": (
        {"requirements.txt": "\nDjango==99.0\n"}, 3, ["requirements.txt", "django==99.0"],
    ),
    "a line that is no requirement": (
        {"requirements.txt": "\nthis is !! none\n"}, 3, ["requirements.txt:", "'this is !! none'"],
    ),
    "a broken migration": (
        {"polls/migrations/0002_broken.py": MIGRATION},
        1,
        ["polls.0002_broken failed", "0002_broken.py", "ValueError: no rows for you"],
    ),
    "a failed system check": ({"polls/admin.py": BAD_ADMIN}, 3, ["admin.E108", "ChoiceAdmin"]),
    "a release command that fails": (
        {"deploy.toml": '[startup]\ncommands = ["python manage.py loaddata nothing"]\n'},
        1,
        ["'python manage.py loaddata nothing' ended with exit code 1", "No fixture named"],
    ),
    "an error at boot": (
        {WSGI: "\nraise RuntimeError('boom in wsgi')\n"},
        1,
        ["A 'web' instance: RuntimeError: boom in wsgi", "wsgi.py"],
    ),
    "a crash at start": (
        {WSGI: "\nimport os\nos._exit(7)\n"},
        1,
        ["A 'web' instance ended with exit code 7"],
    ),
    "a program that is not there": (
        {"Procfile": "web: guniconr mysite.wsgi\n"}, 1, ["guniconr: No such file or directory"],
    ),
    "a port that is never opened": (
        {
            "Procfile": "web: sleep 1000\n",
            "deploy.toml": "[health]\ntimeout = 3\n",
        },
        1,
        ["not ready after 3 s", "has to listen on $PORT"],
    ),
    "a health page that fails": (
        {"deploy.toml": HEALTH, "mysite/urls.py": URLS.format("lambda request: 1 / 0")},
        1,
        ["GET /asked/", "answered 500: ZeroDivisionError"],
    ),
    "a health page that is refused": (
        {
            "deploy.toml": HEALTH,
            "mysite/urls.py": URLS.format("lambda request: HttpResponse(status=400)"),
        },
        1,
        ["GET /asked/", "answered 400"],
    ),
    "a health page that takes too long": (
        {
            "deploy.toml": HEALTH + "timeout = 3\n",
            "mysite/urls.py": URLS.format("lambda request: time.sleep(60)"),
        },
        1,
        ["not ready after 3 s", "GET /asked/", "[health] timeout = "],
    ),
    "a worker that ends at once": (
        {"Procfile": "worker: python job.py\n", "job.py": "raise SystemExit('no queue')\n"},
        1,
        ["A 'worker' instance ended with exit code 1", "no queue"],
    ),
    "an unknown key": (
        {"deploy.toml": '[startup]\ncomands = ["python manage.py migrate"]\n'},
        3,
        ["deploy.toml:2:", "'comands'", "Did you mean commands?"],
    ),
    "a command that needs a shell": (
        {"deploy.toml": '[processes]\nwork = "./a | tee log"\n'}, 3, ["deploy.toml:2:", "'|'"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """A visitor of a site that all the bad releases are to replace."""
    good = shutil.copytree(POLLS, tmp_path_factory.mktemp("good") / "polls")
    return Visitor(platform.read("deploy", str(good), "--app", APP)["url"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the polls project, to spoil."""
    return Path(shutil.copytree(POLLS, tmp_path / "polls"))


def append(project: Path, additions: dict[str, str]) -> None:
    for name, text in additions.items():
        with (project / name).open("a") as stream:
            stream.write(text)


def refused(platform: Platform, *arguments: str, code: int, said: list[str]) -> str:
    """Run a command that is to fail well: what it printed for people."""
    text = platform.run(*arguments, code=code).stderr
    for words in [*said, "\nFix: ", "\nCode: "]:
        assert words in f"\n{text}", f"{words!r} is not in:\n{text}"
    # Nobody is shown our own lines, or Python's.
    assert "nuages_runtime" not in text, text
    assert "site-packages/nuages" not in text, text
    return text


@pytest.mark.parametrize("name", BAD_PROJECTS)
def test_a_bad_project_is_refused_and_the_old_release_serves_on(
    name: str, platform: Platform, site: Visitor, project: Path
) -> None:
    additions, code, said = BAD_PROJECTS[name]
    append(project, additions)
    version = platform.read("info", APP)["release"]

    serving = f"Release v{version} is still serving at {site.address}"
    refused(platform, "deploy", str(project), "--app", APP, code=code, said=[*said, serving])

    assert site.ask("/polls/").status == 200
    # One that answers a request still is let finish it; nothing else of the new release runs.
    rows = [row for row in platform.read("ps", APP) if row["status"] != "stopping"]
    assert {row["release"] for row in rows} == {version}
    assert platform.read("info", APP)["release"] == version


def test_a_first_deployment_that_fails_says_that_nothing_serves(
    platform: Platform, project: Path
) -> None:
    append(project, {SETTINGS: "\nimport nothing_of_the_kind\n"})

    text = refused(
        platform, "deploy", str(project), "--app", "never", code=3, said=["nothing_of_the_kind"]
    )

    assert "Nothing is serving" in text


def test_after_a_broken_migration_its_mended_form_deploys(
    platform: Platform, site: Visitor, project: Path
) -> None:
    broken = project / "polls/migrations/0002_broken.py"
    broken.write_text(MIGRATION)
    refused(platform, "deploy", str(project), "--app", APP, code=1, said=["polls.0002_broken"])

    broken.write_text(MIGRATION.replace("raise", "return"))
    platform.run("deploy", str(project), "--app", APP)

    assert site.ask("/polls/").status == 200
    rows = platform.read("migrations", APP)
    assert any("0002_broken" in str(row) for row in rows)


def test_a_folder_without_a_project_is_refused(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("print(1)\n")

    refused(
        platform,
        "deploy",
        str(tmp_path),
        "--app",
        "no-project",
        code=3,
        said=["manage.py not found"],
    )


def zipped(project: Path, name: str, **more: bytes) -> Path:
    path = project.parent / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(project.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(project).as_posix())
        for entry, content in more.items():
            archive.writestr(entry, content)
    return path


def encrypted(path: Path) -> Path:
    """The same archive with the flag of encryption (bit 0, APPNOTE 4.4.4) in every header."""
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + offset] |= 1
    path.write_bytes(content)
    return path


def test_a_zip_that_climbs_out_is_refused(platform: Platform, site: Visitor, project: Path) -> None:
    archive = zipped(project, "climbs.zip", **{"../../climbed.py": b"x = 1\n"})

    refused(platform, "deploy", str(archive), "--app", APP, code=3, said=["'../../climbed.py'"])

    assert not list(platform.home.rglob("climbed.py"))
    assert not (platform.home.parent / "climbed.py").exists()
    assert site.ask("/polls/").status == 200


def test_a_zip_bomb_is_refused(platform: Platform, site: Visitor, project: Path) -> None:
    archive = zipped(project, "bomb.zip", **{"big.bin": bytes(200_000_000)})

    refused(platform, "deploy", str(archive), "--app", APP, code=3, said=["big.bin"])

    assert site.ask("/polls/").status == 200


def test_an_encrypted_zip_is_refused(platform: Platform, site: Visitor, project: Path) -> None:
    archive = encrypted(zipped(project, "locked.zip"))

    refused(platform, "deploy", str(archive), "--app", APP, code=3, said=["encrypted"])

    assert site.ask("/polls/").status == 200


@pytest.mark.parametrize("content", [b"", b"hello\n" * 100])
def test_what_is_no_zip_is_refused(
    content: bytes, platform: Platform, site: Visitor, tmp_path: Path
) -> None:
    archive = tmp_path / "not.zip"
    archive.write_bytes(content)

    refused(platform, "deploy", str(archive), "--app", APP, code=3, said=["not.zip is no zip"])

    assert site.ask("/polls/").status == 200
    # An archive that failed does not own the app.
    assert "not.zip" not in platform.read("info", APP)["source"]


def test_a_second_folder_takes_an_app_only_when_it_is_named(
    platform: Platform, tmp_path: Path
) -> None:
    first = shutil.copytree(POLLS, tmp_path / "one" / "shared")
    second = shutil.copytree(POLLS, tmp_path / "two" / "shared")
    platform.run("deploy", str(first))

    refused(platform, "deploy", str(second), code=4, said=[str(first), "--app shared"])
    platform.run("deploy", str(second), "--app", "shared")

    assert platform.read("info", "shared")["source"] == f"folder:{second}"


USAGE: dict[str, tuple[str, int, list[str]]] = {
    "an unknown app": ("info nosuch", 4, ["'nosuch'", "nuages apps"]),
    "an app that is nearly right": (f"info {APP}x", 4, [f"Did you mean {APP}?"]),
    "a bad name": ("logs ../etc", 2, ["'../etc' cannot name an app"]),
    "a bad name to deploy to": (f"deploy {POLLS} --app Bad_Name", 2, ["'Bad_Name'"]),
    "a folder that is not there": ("deploy /nothing/here", 2, ["/nothing/here"]),
    "a reserved config var": (f"config {APP} set PORT=1", 2, ["'PORT' is reserved"]),
    "a config var without a value": (f"config {APP} set LONELY", 2, ["LONELY", "LONELY="]),
    "a DATABASE_URL that is none": (
        f"config {APP} set DATABASE_URL=nonsense", 1, ["DATABASE_URL is not understood", "serving"],
    ),
    "a negative number of instances": (f"scale {APP} web=-1", 2, ["'web=-1'", "web=2"]),
    "an unknown process type": (f"scale {APP} nope=1", 2, ["'nope'", f"nuages ps {APP}"]),
    "logs of an unknown process type": (f"logs {APP} --process nope", 2, ["'nope'", "web"]),
    "a release that is not there": (f"rollback {APP} v99", 4, ["v99", f"nuages releases {APP}"]),
    "destroy without a word": (f"destroy {APP}", 2, [f"--confirm {APP}"]),
    "destroy with another word": (f"destroy {APP} --confirm other", 2, [f"--confirm {APP}"]),
    "an unknown command": ("depoly", 2, ["nuages deploy"]),
    "a second start": ("up --detach", 4, ["runs already", "nuages status"]),
}  # fmt: skip


@pytest.mark.parametrize("name", USAGE)
def test_a_wrong_command_is_refused_with_its_fix(
    name: str, platform: Platform, site: Visitor
) -> None:
    line, code, said = USAGE[name]

    refused(platform, *line.split(), code=code, said=said)

    assert site.ask("/polls/").status == 200


def test_there_is_nothing_to_roll_back_to_after_the_first_release(
    platform: Platform, project: Path
) -> None:
    platform.run("deploy", str(project), "--app", "single")

    refused(platform, "rollback", "single", code=4, said=["'single' has no release before v1"])


def test_an_app_without_web_instances_can_be_deployed(platform: Platform, project: Path) -> None:
    platform.run("deploy", str(project), "--app", "asleep")
    platform.run("scale", "asleep", "web=0")
    append(project, {"mysite/urls.py": "\n# changed\n"})

    platform.run("deploy", str(project), "--app", "asleep")

    assert platform.read("ps", "asleep") == []


def test_settings_that_need_a_config_var_deploy_once_it_is_set(
    platform: Platform, project: Path
) -> None:
    append(project, {SETTINGS: "\nimport os\nX = int(os.environ['LIMIT'])\n"})
    refused(platform, "deploy", str(project), "--app", "needy", code=3, said=["Not set: LIMIT"])

    platform.run("config", "needy", "set", "LIMIT=3")
    address = platform.read("deploy", str(project), "--app", "needy")["url"]

    assert Visitor(address).ask("/polls/").status == 200


def test_ctrl_c_leaves_the_deployment_going_on_and_says_so(
    platform: Platform, site: Visitor, project: Path
) -> None:
    wait = "import pathlib, time\\nwhile not pathlib.Path('/data/go').exists(): time.sleep(0.05)"
    (project / "wait.py").write_text(wait.replace("\\n", "\n") + "\n")
    append(project, {"deploy.toml": '[startup]\ncommands = ["python wait.py"]\n'})
    go = platform.home / "volumes" / APP / "go"
    before = platform.read("info", APP)["release"]
    with subprocess.Popen(
        [str(platform.program), "deploy", str(project), "--app", APP],
        env=platform.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stderr is not None
        assert any("assemble" in line for line in command.stderr)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
    go.touch()

    assert command.returncode == 130
    assert f"The deploy of {APP} goes on" in said
    assert f"nuages events {APP}" in said
    # The next change of the environment waits for the one that goes on.
    platform.run("restart", APP)
    assert platform.read("info", APP)["release"] > before
    assert site.ask("/polls/").status == 200


COMMANDS = (
    "status", "apps", "info polls", "destroy polls --confirm polls", "releases polls",
    "rollback polls", "migrations polls", "config polls", "config polls set A=1",
    "settings polls", "logs polls", "events polls", "run polls -- ls", "shell polls", "ps polls",
    "scale polls web=1", "restart polls", "domains polls", "domains polls add a.example",
)  # fmt: skip


def test_without_a_platform_every_command_says_how_to_start_it(short_tmp: Path) -> None:
    nowhere = Platform.prepare(short_tmp / "home")

    for command in COMMANDS:
        refused(nowhere, *command.split(), code=6, said=["No platform", "nuages up --detach"])


def test_a_port_that_is_in_use_is_refused_with_another(short_tmp: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = Platform.prepare(short_tmp / "home", port)

        refused(
            other,
            *("up", "--detach", "--http-port", str(port)),
            code=4,
            said=[str(port), "nuages up --http-port"],
        )

    refused(other, "status", code=6, said=["No platform"])


def test_a_home_whose_path_is_too_long_is_refused_by_every_command(short_tmp: Path) -> None:
    long = Platform.prepare(short_tmp / ("x" * 120))

    for command in ("up --detach", "status", f"deploy {POLLS}"):
        refused(long, *command.split(), code=2, said=["107", "--home"])

    assert not long.home.exists()


def test_everything_works_in_a_home_with_spaces(short_tmp: Path) -> None:
    spacious = Platform.prepare(short_tmp / "my home")
    folder = shutil.copytree(POLLS, short_tmp / "my polls")
    try:
        spacious.start()
        visitor = Visitor(spacious.read("deploy", str(folder), "--app", "polls")["url"])

        assert visitor.ask("/polls/").status == 200
        assert visitor.ask("/static/admin/css/base.css").status == 200
        assert spacious.run("run", "polls", "--", "python", "-c", "print(6 * 7)").stdout == "42\n"
        spacious.run("destroy", "polls", "--confirm", "polls")
    finally:
        left = spacious.stop()
    assert not left


@pytest.fixture
def small_disk(short_tmp: Path) -> Iterator[Platform]:
    """A platform whose home is a file system of 400 MB."""
    home = short_tmp / "home"
    home.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(home)], check=True)
    platform = Platform.prepare(home)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()
        subprocess.run(["umount", "-l", str(home)], check=True)


def fill(home: Path, left: int) -> Path:
    """Leave `left` bytes of the disk; the file to remove again."""
    filler = home / "filler"
    with filler.open("wb") as stream:
        disk = os.statvfs(home)
        os.posix_fallocate(stream.fileno(), 0, max(4096, disk.f_bavail * disk.f_frsize - left))
    return filler


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Platform, project: Path) -> None:
    site = Visitor(small_disk.read("deploy", str(project), "--app", "polls")["url"])
    append(project, {"mysite/urls.py": "\n# changed\n"})
    (project / "noise.bin").write_bytes(secrets.token_bytes(30_000_000))
    archive = zipped(project, "noise.zip")
    deploy = ("deploy", str(project), "--app", "polls")

    full = fill(small_disk.home, 0)
    refused(small_disk, *deploy, code=1, said=["The disk that holds", "NUAGES_HOME"])
    refused(small_disk, "config", "polls", "set", "A=1", code=1, said=["The disk that holds"])
    assert site.ask("/").status == 404
    full.unlink()
    full = fill(small_disk.home, 20_000_000)
    refused(small_disk, *deploy, code=1, said=["is full", "Release v1 is still serving"])
    refused(small_disk, "deploy", str(archive), "--app", "polls", code=1, said=["too little for"])
    assert site.ask("/polls/").status == 200
    full.unlink()
    (project / "noise.bin").unlink()

    small_disk.run(*deploy)

    assert site.ask("/polls/").status == 200
    assert small_disk.read("status")["healthy"]
