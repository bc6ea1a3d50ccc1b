"""Apps that run in the root file system of a distribution, which their image lies on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tools.answers import Visitor
from tools.own_platform import Platform, remove_folder, short_folder

POLLS = Path(__file__).resolve().parents[2] / "examples" / "polls"
BASE = '[build]\nbase = "debian@12"\n'


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = short_folder()
    yield made
    remove_folder(made)


@pytest.fixture(scope="module")
def platform(folder: Path) -> Iterator[Platform]:
    started = Platform.prepare(folder / "home")
    started.start()
    yield started
    assert not started.stop()


def project(folder: Path, name: str, requirements: str = "") -> Path:
    made = copytree(POLLS, folder / name)
    (made / "deploy.toml").write_text(BASE)
    if requirements:
        (made / "requirements.txt").write_text(requirements)
    return made


def test_an_app_runs_in_the_base_of_its_image(platform: Platform, folder: Path) -> None:
    polls = project(folder, "polls")
    rows = {row["name"]: row["value"] for row in platform.read("plan", str(polls))}
    assert rows["base"] == "debian@12"
    deployed = platform.read("deploy", str(polls))
    visitor = Visitor(deployed["url"])
    assert visitor.ask("/polls/").status == 200
    assert visitor.ask("/static/admin/css/base.css").status == 200
    listed = "import os; print(os.path.exists('/var/lib/dpkg/info/python3-minimal.list'))"
    # The package is one of the base's, whether or not this machine has it, and so is its name.
    assert platform.run("run", "polls", "--", "python", "-c", listed).stdout == "True\n"
    said = platform.run("run", "polls", "--", "sh", "-c", "cat /etc/os-release; id -un").stdout
    assert 'VERSION_ID="12"' in said
    assert said.endswith("app\n")
    built = platform.read("build", str(polls))
    assert built["image"] == deployed["image"], "a deployment and a build are one"
    assert built["layers"][0]["holds"] == "debian@12"


def test_what_is_compiled_is_linked_with_what_runs(platform: Platform, folder: Path) -> None:
    """mysqlclient has no wheel: its headers and a compiler are had for the build alone, and the
    library that it is linked with becomes a part of the base. Nothing is installed on this
    machine."""
    shop = project(folder, "shop", "Django<6\nmysqlclient==2.2.4\n")
    deployed = platform.read("deploy", str(shop))
    assert "inspect.W095" not in {one["code"] for one in deployed["findings"]}
    found = "import MySQLdb, shutil; print(MySQLdb.get_client_info(), shutil.which('gcc'))"
    said = platform.run("run", "shop", "--", "python", "-c", found).stdout.split()
    assert said[1] == "None", "no compiler is in what runs"


def test_the_base_is_rolled_back_with_its_release(platform: Platform, folder: Path) -> None:
    site = project(folder, "site")
    platform.run("deploy", str(site))
    (site / "deploy.toml").write_text('[build]\nbase = "debian@12"\npackages = ["libpq5"]\n')
    platform.run("deploy", str(site))
    find = "from pathlib import Path; print(any(Path('/usr/lib').rglob('libpq.so.5')))"
    assert platform.run("run", "site", "--", "python", "-c", find).stdout == "True\n"
    platform.run("rollback", "site")
    assert platform.run("run", "site", "--", "python", "-c", find).stdout == "False\n"
