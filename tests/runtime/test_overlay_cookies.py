"""The overlay inside real Djangos: forms can be sent and logins last at the app's own address."""

from __future__ import annotations

from tests.runtime.projects import Project

ELSEWHERE = """
SESSION_COOKIE_DOMAIN = ".example.com"
CSRF_COOKIE_DOMAIN = "shop.example.com"
SESSION_COOKIE_NAME = "__Secure-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SAMESITE = "None"
PREPEND_WWW = True
"""
NAMES = (
    "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
    "SESSION_COOKIE_SAMESITE", "PREPEND_WWW",
)  # fmt: skip


def values(project: Project) -> object:
    return project.value("[{}]".format(", ".join(f"settings.{name}" for name in NAMES)))


def test_cookies_are_for_the_apps_own_address(any_polls: Project) -> None:
    any_polls.add_settings(ELSEWHERE)
    assert values(any_polls) == [None, None, "sessionid", "csrftoken", "Lax", False]


def test_cookies_for_a_domain_of_the_apps_stay(polls: Project) -> None:
    polls.add_settings(ELSEWHERE)
    polls.overlay.update(hosts=["www.example.com", "shop.example.com"], scheme="https")
    expected = [".example.com", "shop.example.com", "__Secure-sessionid", "__Host-csrftoken"]
    assert values(polls) == [*expected, "None", True]


def test_cookies_that_are_to_be_kept_are(polls: Project) -> None:
    polls.add_settings(ELSEWHERE)
    polls.overlay["keep"] = list(NAMES)
    expected = [".example.com", "shop.example.com", "__Secure-sessionid", "__Host-csrftoken"]
    assert values(polls) == [*expected, "None", True]


def test_origins_as_they_were_written_before_django_4_are_no_error(any_polls: Project) -> None:
    any_polls.add_settings("CSRF_TRUSTED_ORIGINS = ['a.example.com', '.example.org']")
    printed = any_polls.python("""
        import django; django.setup()
        from django.core.checks import run_checks
        print([m.id for m in run_checks() if m.is_serious()])
    """)
    assert printed == "[]"
    new = ["https://a.example.com", "https://*.example.org", "http://polls.localhost:8000"]
    old = ["a.example.com", ".example.org", "polls.localhost:8000"]
    expected = old if any_polls.environment.kind == "1.11" else new
    assert any_polls.value("settings.CSRF_TRUSTED_ORIGINS") == expected
