"""The proxy's service: what it is started with, for each kind of platform."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.platform import PlatformSettings
from nuages.route.render import render_caddy
from nuages.route.service import (
    ProxyHost,
    document_path,
    find_caddy,
    plan_service,
    prepare_proxy,
    proxy_settings,
)
from nuages.system.command import Command, Completed
from nuages.system.sandbox import Mount, MountKind

HOME = Home(Path("/srv/n"))
USR = (Mount(MountKind.READ, "/usr/bin", "/usr/bin"),)


def following(argv: tuple[str, ...], word: str) -> list[str]:
    return [argv[index + 1] for index, one in enumerate(argv) if one == word]


def test_as_root_caddy_drops_to_a_user_of_its_own_without_capabilities() -> None:
    host = ProxyHost(1_900_000_000, "/bin/caddy", "/bin/bwrap", USR)
    argv = plan_service(HOME, PlatformSettings(80), host).argv
    inside = argv[argv.index("--") + 1 :]
    assert inside[0] == "/usr/bin/setpriv"
    assert following(inside, "--reuid") == following(inside, "--regid") == ["1900000000"]
    assert {"--clear-groups", "--no-new-privs", "--bounding-set=-all"} <= set(inside)
    assert inside[-4:] == ("/caddy", "run", "--config", "/etc/caddy.json")


def test_caddy_sees_its_world_read_only_and_shares_only_the_network() -> None:
    host = ProxyHost(1_900_000_000, "/bin/caddy", "/bin/bwrap", USR)
    argv = plan_service(HOME, PlatformSettings(80), host).argv
    assert following(argv, "--ro-bind") == [
        *("/srv/n/proxy", "/bin/caddy", "/srv/n/run/proxy.json"),
        *("/srv/n/run/proxy.mime.types", "/usr/bin"),
    ]
    assert following(argv, "--bind") == ["/srv/n/run/proxy"]
    assert {"--unshare-pid", "--unshare-ipc", "--unshare-uts"} <= set(argv)
    assert "--unshare-net" not in argv
    assert following(argv, "--cap-drop") == ["ALL"]


def test_as_a_user_caddy_gets_a_user_namespace_and_nothing_of_the_host() -> None:
    argv = plan_service(HOME, PlatformSettings(80), ProxyHost(None, "/bin/caddy", "bwrap")).argv
    assert "--unshare-user" in argv
    assert not [word for word in argv if word.startswith("/usr")]
    assert argv[argv.index("--") + 1] == "/caddy"


def test_without_a_sandbox_caddy_uses_the_real_paths() -> None:
    settings = PlatformSettings(80, sandbox=False)
    spec = plan_service(HOME, settings, ProxyHost(None, "/bin/caddy"))
    assert spec.argv == ("/bin/caddy", "run", "--config", "/srv/n/run/proxy.json")
    assert proxy_settings(HOME, settings).prefix == "/srv/n/proxy"


def test_the_agent_holds_the_port_that_the_platform_listens_on() -> None:
    settings = PlatformSettings(8000, "127.0.0.1")
    spec = plan_service(HOME, settings, ProxyHost(None, "/bin/caddy", "bwrap"))
    assert spec.listen == ("127.0.0.1:8000",)
    host = ProxyHost(None, "/bin/caddy", "bwrap", internal=True)
    assert plan_service(HOME, settings, host).listen == ("127.0.0.1:8000", "internal:80")


class Versions:
    """A runner on a machine whose Caddys say these versions, by path."""

    def __init__(self, said: dict[str, str]) -> None:
        self._said = said

    def run(self, command: Command) -> Completed:
        return Completed(0, self._said[command.argv[0]], "")


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Caddy on PATH, and none beside the interpreter."""
    program = tmp_path / "bin/caddy"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere/python"))
    monkeypatch.setenv("PATH", str(program.parent))
    return str(program)


@pytest.mark.parametrize("said", ["v2.11.7 h1:yj0Y=", "v2.12.0", "v3.0.0-beta.1 h1:x="])
def test_a_caddy_on_path_that_is_new_enough_is_used(on_path: str, said: str) -> None:
    assert find_caddy(Versions({on_path: said})) == on_path


@pytest.mark.parametrize("said", ["v2.11.4 h1:yj0Y=", "v2.6.2", "", "unknown"])
def test_a_caddy_that_is_too_old_is_refused_with_its_version(on_path: str, said: str) -> None:
    with pytest.raises(NuagesError, match=r"2\.11\.7 is the oldest") as caught:
        find_caddy(Versions({on_path: said}))

    assert caught.value.code.code == "route.E013"
    assert said.partition(" ")[0] in caught.value.message


def test_an_old_caddy_beside_the_interpreter_gives_way_to_the_systems(
    on_path: str, tmp_path: Path
) -> None:
    beside = tmp_path / "nowhere/caddy"
    beside.parent.mkdir()
    beside.write_text("")

    assert find_caddy(Versions({str(beside): "v2.10.2", on_path: "v2.11.8"})) == on_path
    assert find_caddy(Versions({str(beside): "v2.11.7", on_path: "v2.11.8"})) == str(beside)


def test_a_machine_without_caddy_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NuagesError) as caught:
        find_caddy(Versions({}))

    assert caught.value.code.code == "route.E012"


def test_preparing_makes_the_folders_and_the_document_and_can_be_repeated(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), PlatformSettings(80)
    before = os.umask(0o077)
    try:
        for _ in range(2):
            prepare_proxy(home, settings, None)
    finally:
        os.umask(before)
    assert json.loads(document_path(home).read_text()) == render_caddy(
        proxy_settings(home, settings)
    )
    for name in ("sites", "environments", "releases", "static", "media"):
        assert (home.proxy / name).stat().st_mode & 0o777 == 0o755
    assert (home.run / "proxy").stat().st_mode & 0o777 == 0o700
    assert document_path(home).stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_the_proxys_own_folder_belongs_to_its_user(tmp_path: Path) -> None:
    prepare_proxy(Home(tmp_path), PlatformSettings(80), 1_900_000_000)
    assert (tmp_path / "run" / "proxy").stat().st_uid == 1_900_000_000


@pytest.mark.parametrize(
    ("port", "address", "listens"),
    [(80, "::", False), (80, "0.0.0.0", False), (80, "127.0.0.1", True), (8000, "::", True)],  # noqa: S104
)
def test_the_internal_port_is_listened_on_once(port: int, address: str, listens: bool) -> None:
    settings = PlatformSettings(port, address)
    spec = plan_service(HOME, settings, ProxyHost(None, "/bin/caddy", "bwrap", internal=True))
    assert ("internal:80" in spec.listen) == listens
    assert proxy_settings(HOME, settings, internal=True).internal == listens
