"""The unit that brings a platform back after a reboot."""

from __future__ import annotations

from pathlib import Path

from nuages.cli.systemd import (
    Unit,
    environment_path,
    make_unit,
    quote,
    render_environment,
    write_unit,
)
from nuages.core.home import Home

USER = Path("/home/ada")


def test_a_restart_of_the_unit_leaves_the_apps_running() -> None:
    unit = make_unit(Home(Path("/var/lib/nuages")), sandbox=True, root=True, user_folder=USER)

    assert "KillMode=process" in unit.text.splitlines()
    assert "OOMPolicy=continue" in unit.text.splitlines()
    assert unit.path == Path("/etc/systemd/system/nuages.service")


def test_a_unit_watches_over_what_runs_and_stays_down_after_a_stop() -> None:
    unit = make_unit(Home(Path("/var/lib/nuages")), sandbox=True, root=True, user_folder=USER)

    assert '"up" "--take-over"' in unit.text
    assert "Restart=on-failure" in unit.text.splitlines()


def test_a_percent_sign_in_the_path_is_no_placeholder() -> None:
    unit = make_unit(Home(Path("/srv/100% home")), sandbox=True, root=True, user_folder=USER)

    assert "EnvironmentFile=-/srv/100%% home/systemd.env" in unit.text.splitlines()
    assert "(/srv/100%% home)" in unit.text


def test_a_platform_comes_back_with_the_variables_that_it_was_installed_with() -> None:
    variables = {
        "UV_INDEX_URL": 'https://me:a"$b`\\c@index',
        "TMPDIR": "/tmp/session",
        "https_proxy": "http://proxy:3128",
    }

    assert render_environment(variables) == (
        'UV_INDEX_URL="https://me:a\\"\\$b\\`\\\\c@index"\nhttps_proxy="http://proxy:3128"\n'
    )


def test_the_variables_of_a_unit_are_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    unit = Unit(tmp_path / "units/nuages.service", "[Service]\n", ())

    write_unit(home, unit, {"UV_INDEX_URL": "https://me:secret@index"})

    assert unit.path.read_text() == "[Service]\n"
    assert environment_path(home).read_text() == 'UV_INDEX_URL="https://me:secret@index"\n'
    assert environment_path(home).stat().st_mode & 0o777 == 0o600


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
