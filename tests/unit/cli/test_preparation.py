"""What a platform is started with, and what is refused before it is tried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nuages.cli.errors import PORT_IN_USE
from nuages.cli.preparation import (
    Wishes,
    check_home,
    decide_settings,
    load_settings,
    save_settings,
    wishes_of,
)
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.platform import PlatformSettings


def free(_: PlatformSettings) -> None:
    """Every port is free."""


def taken(settings: PlatformSettings) -> None:
    """Port 80 is taken."""
    if settings.http_port == 80:
        raise NuagesError(PORT_IN_USE, "Another program listens")


def test_root_gets_port_80_where_it_is_free() -> None:
    assert decide_settings(Wishes(), None, True, free).http_port == 80


def test_root_gets_port_8000_where_80_is_taken() -> None:
    assert decide_settings(Wishes(), None, True, taken).http_port == 8000


def test_a_user_gets_port_8000() -> None:
    assert decide_settings(Wishes(), None, False, free).http_port == 8000


def test_a_platform_is_started_again_on_its_port() -> None:
    former = PlatformSettings(8123, "127.0.0.1")

    again = decide_settings(Wishes(), former, True, free)

    assert (again.http_port, again.http_address) == (8123, "127.0.0.1")


def test_a_wished_port_wins_over_the_former_one() -> None:
    former = PlatformSettings(8123, "127.0.0.1")

    assert decide_settings(Wishes(http_port=9000), former, True, free).http_port == 9000


def test_a_wished_port_that_is_taken_is_an_error_and_no_other_is_chosen() -> None:
    with pytest.raises(NuagesError) as raised:
        decide_settings(Wishes(http_port=80), None, True, taken)

    assert raised.value.exit_code == 4


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(NuagesError, match=r"example\.org"):
        decide_settings(Wishes(http_address="example.org"), None, True, free)


def test_a_start_without_the_unsafe_option_wants_the_sandbox_back() -> None:
    former = PlatformSettings(8123, sandbox=False)

    assert decide_settings(Wishes(), former, True, free).sandbox


def test_the_address_comes_from_the_option_then_from_the_environment() -> None:
    environ = {"NUAGES_HTTP_ADDRESS": "127.0.0.1"}

    assert wishes_of(None, None, unsafe=False, environ=environ).http_address == "127.0.0.1"
    assert wishes_of(None, "::1", unsafe=False, environ=environ).http_address == "::1"


def test_a_path_too_long_for_a_socket_is_refused_with_its_length(tmp_path: Path) -> None:
    home = Home(tmp_path / ("x" * 120))

    with pytest.raises(NuagesError, match=f"has {len(str(home.control_socket))} bytes.* 107"):
        check_home(home)

    assert not home.path.exists()


def test_the_state_directory_is_closed_to_others(short_tmp: Path) -> None:
    home = Home(short_tmp / "a home with spaces")

    check_home(home)

    assert home.path.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way_of_the_state_directory_is_exit_code_5(short_tmp: Path) -> None:
    (short_tmp / "file").write_text("")

    with pytest.raises(NuagesError) as raised:
        check_home(Home(short_tmp / "file"))

    assert raised.value.exit_code == 5


def test_a_folder_with_other_things_in_it_is_refused_and_left_as_it_is(short_tmp: Path) -> None:
    folder = short_tmp / "srv"
    (folder / "run").mkdir(parents=True)
    (folder / "website").mkdir()
    folder.chmod(0o755)

    with pytest.raises(NuagesError, match=r"not a Nuages state directory.*website") as raised:
        check_home(Home(folder))

    assert raised.value.exit_code == 2
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["platform.json", "state.sqlite3"])
def test_a_state_directory_is_known_by_what_it_holds(short_tmp: Path, name: str) -> None:
    home = Home(short_tmp)
    (home.path / name).touch()
    (home.path / "volumes").mkdir()

    check_home(home)

    assert home.run.is_dir()


def test_a_folder_in_which_a_start_was_refused_can_be_used_again(short_tmp: Path) -> None:
    home = Home(short_tmp / "home")
    check_home(home)
    (home.run / "up.lock").touch()

    check_home(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(short_tmp: Path) -> None:
    folder = short_tmp / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, 12345, 12345)

    with pytest.raises(NuagesError, match="belongs to another user") as raised:
        check_home(Home(folder))

    assert raised.value.exit_code == 5
    assert folder.stat().st_mode & 0o777 == 0o755


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    settings = PlatformSettings(8001, "127.0.0.1", sandbox=False)

    save_settings(Home(tmp_path), settings)

    assert load_settings(Home(tmp_path)) == settings


def test_a_home_that_never_ran_has_no_settings(tmp_path: Path) -> None:
    assert load_settings(Home(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "[]", '{"http_port": "80"}', '{"http_port": 0}'])
def test_broken_settings_are_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    Home(tmp_path).settings.write_text(text)

    with pytest.raises(NuagesError, match=r"platform\.json"):
        load_settings(Home(tmp_path))
