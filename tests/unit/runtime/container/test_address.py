"""Where a container's app is, from the variables that it was given."""

from __future__ import annotations

import pytest

from nuages_runtime.container.address import address_of

LOCAL = ("localhost", "127.0.0.1", "[::1]", "c0ffee")


@pytest.mark.parametrize(
    ("given", "hosts", "scheme", "port"),
    [
        ({}, LOCAL, "http", ""),
        ({"DOMAIN": "a.org"}, ("a.org",), "http", ""),
        ({"DOMAIN": "A.org:8080"}, ("a.org",), "http", ":8080"),
        ({"DOMAIN": "https://a.org"}, ("a.org",), "https", ""),
        ({"DOMAIN": "a.org", "DOMAIN_ALIASES": "www.a.org, b.org"},
         ("a.org", "www.a.org", "b.org"), "http", ""),
        ({"NUAGES_URL": "https://a.org:8443/"}, ("a.org",), "https", ":8443"),
        ({"NUAGES_URL": "https://a.org:443"}, ("a.org",), "https", ""),
        ({"NUAGES_URL": "https://a.org", "DOMAIN": "b.org"}, ("b.org",), "https", ""),
        ({"NUAGES_URL": "http://a.org", "SECURE_SSL_REDIRECT": "True"}, ("a.org",), "http", ""),
        ({"SECURE_SSL_REDIRECT": "True"}, LOCAL, "https", ""),
        ({"ALLOWED_HOSTS": "*"}, ("localhost", "*"), "http", ""),
        ({"ALLOWED_HOSTS": ".a.org,b.org"}, ("b.org", ".a.org"), "http", ""),
        ({"ALLOWED_HOSTS": ".a.org"}, ("a.org", ".a.org"), "http", ""),
        ({"ALLOWED_HOSTS": '["a.org", "b.org"]'}, ("a.org", "b.org"), "http", ""),
        ({"ALLOWED_HOSTS": "a.org b.org", "DOMAIN": "b.org"}, ("b.org", "a.org"), "http", ""),
        ({"ALLOWED_HOSTS": "[::1]"}, ("[::1]",), "http", ""),
    ],
)  # fmt: skip
def test_names_scheme_and_port_are_read_from_what_is_given(
    given: dict[str, str], hosts: tuple[str, ...], scheme: str, port: str
) -> None:
    found = address_of(given, "C0FFEE")
    assert found.parts == (hosts, scheme, port)


def test_a_container_without_a_name_says_which_variable_to_set() -> None:
    assert "set DOMAIN" in address_of({}, "c0ffee").remark
    assert address_of({"DOMAIN": "a.org"}, "c0ffee").remark == ""
