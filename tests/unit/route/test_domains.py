"""Host names as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.route.domains import default_host, host_length_max, normalise_domain, normalise_host
from nuages.route.render import ProxySettings


def refused(text: str) -> NuagesError:
    with pytest.raises(NuagesError) as caught:
        normalise_domain(text, "localhost")
    return caught.value


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("www.example.com", "www.example.com"),
        ("  WWW.Example.COM. ", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("203.0.113.5", "203.0.113.5"),
        ("4.example", "4.example"),
    ],
)
def test_a_host_name_is_written_as_requests_carry_it(text: str, host: str) -> None:
    assert normalise_domain(text, "localhost") == host


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a..b", ".a", "a b.example", "-a.example", "a-.example"),
        *("under_score.example", "a/../b", "%2e%2e", "a\nb.example", "a\0b", "[::1]", "1.2.3"),
        *("x" * 64 + ".example", "*.example.com", "straße.example", "a.*", "?", "{env.HOME}"),
    ],
)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    assert refused(text).code.code == "route.E001"


@pytest.mark.parametrize(
    "text", ["https://shop.example/x", "shop.example:8000", "shop.example/x", "me@shop.example"]
)
def test_an_address_is_refused_with_the_host_name_in_it(text: str) -> None:
    assert refused(text).hint == "Write the host name alone: shop.example"


def test_the_longest_host_name_is_what_fits_into_a_socket_path() -> None:
    longest = host_length_max(ProxySettings())
    name = "a" * 40 + "." + "b" * (longest - 41)
    assert len(f"/p/sites/{name}/web.sock") == 107
    assert normalise_domain(name, "localhost") == name
    assert refused(name + "b").code.code == "route.E002"


def test_without_a_sandbox_the_home_takes_its_share() -> None:
    short = host_length_max(ProxySettings(prefix="/var/lib/nuages/proxy"))
    assert short == host_length_max(ProxySettings()) - len("/var/lib/nuages/proxy") + len("/p")


@pytest.mark.parametrize("text", ["localhost", "LOCALHOST", "polls.localhost", "polls.localhost."])
def test_the_platforms_own_names_are_refused(text: str) -> None:
    assert refused(text).code.code == "route.E003"


@pytest.mark.parametrize("text", ["polls", "intranet.", "polls.internal", "a.polls.INTERNAL"])
def test_names_by_which_apps_find_each_other_are_refused(text: str) -> None:
    assert refused(text).code.code == "route.E003"


def test_a_name_with_internal_in_its_middle_is_free() -> None:
    assert normalise_domain("wiki.internal.example", "localhost") == "wiki.internal.example"


def test_a_name_deeper_below_the_base_domain_is_free() -> None:
    assert normalise_domain("a.b.localhost", "localhost") == "a.b.localhost"


def test_an_environment_has_a_first_address() -> None:
    assert default_host(EnvironmentName("polls", "test"), "localhost") == "polls-test.localhost"


def test_an_app_cannot_take_the_platforms_address() -> None:
    with pytest.raises(NuagesError) as caught:
        default_host(EnvironmentName("nuages"), "localhost")
    assert caught.value.code.code == "route.E003"


@given(st.text())
def test_what_comes_out_is_always_a_host_name_that_stays_the_same(text: str) -> None:
    try:
        host = normalise_host(text)
    except NuagesError:
        return
    assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert ".." not in host
    assert normalise_host(host) == host
