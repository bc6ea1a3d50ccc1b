"""The unit that brings a platform back after a reboot."""

from __future__ import annotations

from pathlib import Path

from nuages.cli.systemd import make_unit, quote
from nuages.core.home import Home

USER = Path("/home/ada")


def test_a_restart_of_the_unit_leaves_the_apps_running() -> None:
    unit = make_unit(Home(Path("/var/lib/nuages")), sandbox=True, root=True, user_folder=USER)

    assert "KillMode=process" in unit.text.splitlines()
    assert "Restart=always" in unit.text.splitlines()
    assert unit.path == Path("/etc/systemd/system/nuages.service")


def test_an_ordinary_user_gets_a_unit_of_their_own() -> None:
    home = Home(USER / ".local/share/nuages")

    unit = make_unit(home, sandbox=True, root=False, user_folder=USER)

    assert unit.path == USER / ".config/systemd/user/nuages.service"
    assert "loginctl enable-linger" in unit.commands


def test_two_homes_have_two_units() -> None:
    one = make_unit(Home(Path("/srv/one")), sandbox=True, root=True, user_folder=USER)
    two = make_unit(Home(Path("/srv/two")), sandbox=True, root=True, user_folder=USER)

    assert one.path != two.path


def test_a_path_with_spaces_and_percent_signs_stays_one_word() -> None:
    assert quote('/srv/my 100% "home"') == '"/srv/my 100%% \\"home\\""'


def test_a_platform_without_a_sandbox_comes_back_without_one() -> None:
    unit = make_unit(Home(Path("/srv/one")), sandbox=False, root=True, user_folder=USER)

    assert "--unsafe-no-sandbox" in unit.text
