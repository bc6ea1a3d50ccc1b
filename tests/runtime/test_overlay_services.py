"""The overlay inside real Djangos: caches, sessions, channels and mail without their servers."""

from __future__ import annotations

import pytest

from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting

MEMORY = "django.core.cache.backends.locmem.LocMemCache"
REDIS = """
CACHES = {{
    "default": {{
        "BACKEND": "django_redis.cache.RedisCache", "LOCATION": {location}, "TIMEOUT": 60,
        "OPTIONS": {{"CLIENT_CLASS": "django_redis.client.DefaultClient"}},
    }},
}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
"""


@pytest.mark.parametrize("location", ["'redis://:secret@127.0.0.1:6379/1'", "['redis:6379']"])
def test_a_cache_without_a_server_is_in_memory_and_sessions_are_not(
    polls: Project, location: str
) -> None:
    polls.add_settings(REDIS.format(location=location))
    assert polls.value("settings.CACHES['default']") == {
        "BACKEND": MEMORY, "LOCATION": "default", "TIMEOUT": 60,
    }  # fmt: skip
    assert polls.value("settings.SESSION_ENGINE") == "django.contrib.sessions.backends.db"
    change = polls.changes()['CACHES["default"]']
    assert "nothing answers at" in change["why"]
    assert "secret" not in str(change)


def test_a_cache_in_memory_is_no_server(polls: Project) -> None:
    polls.add_settings(f"CACHES = {{'default': {{'BACKEND': '{MEMORY}', 'LOCATION': 'here'}}}}")
    assert 'CACHES["default"]' not in polls.changes()


def test_a_cache_that_the_user_named_is_kept(polls: Project) -> None:
    polls.add_settings("import os\n" + REDIS.format(location="os.environ['SHOP_CACHE']"))
    polls.variables["SHOP_CACHE"] = "redis://cache:6379/0"
    polls.overlay["reads"] = ["SHOP_CACHE"]
    assert polls.value("settings.CACHES['default']['LOCATION']") == "redis://cache:6379/0"
    assert polls.value("settings.SESSION_ENGINE") == "django.contrib.sessions.backends.cache"


def test_a_cache_goes_to_the_server_that_the_app_was_given(polls: Project) -> None:
    polls.add_settings(REDIS.format(location="'redis://localhost:6379'"))
    polls.variables["REDIS_URL"] = "redis://10.0.0.7:6379/0"
    used = polls.value("settings.CACHES['default']")
    assert isinstance(used, dict)
    assert (used["LOCATION"], used["BACKEND"]) == (
        "redis://10.0.0.7:6379/0", "django_redis.cache.RedisCache",
    )  # fmt: skip


def test_a_cache_at_a_server_elsewhere_is_kept(polls: Project) -> None:
    polls.add_settings(REDIS.format(location="'redis://cache.example.com:6379'"))
    assert polls.value("settings.CACHES['default']['LOCATION']").startswith("redis://cache.")


def test_sessions_without_a_table_are_in_cookies(polls: Project) -> None:
    polls.add_settings("""
        SESSION_ENGINE = "django.contrib.sessions.backends.cache"
        INSTALLED_APPS.remove("django.contrib.sessions")
    """)
    engine = "django.contrib.sessions.backends.signed_cookies"
    assert polls.value("settings.SESSION_ENGINE") == engine


def test_channels_without_a_server_are_in_memory(polls: Project) -> None:
    polls.add_settings("""
        CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [("127.0.0.1", 6379)]},
            },
        }
    """)
    used = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    assert polls.value("settings.CHANNEL_LAYERS") == used
    polls.variables["REDIS_URL"] = "redis://10.0.0.7:6379/0"
    assert polls.value("settings.CHANNEL_LAYERS['default']['CONFIG']['hosts']") == [
        "redis://10.0.0.7:6379/0"
    ]


SEND = """
import django; django.setup()
from django.core.mail import send_mail
print(send_mail("Hello", "https://example.com/reset/abc", None, ["ada@example.com"]))
"""


def test_mail_without_a_server_is_told_in_the_log(any_polls: Project) -> None:
    done = any_polls.environment.run("-c", SEND, cwd=any_polls.folder, env=any_polls.env())
    assert (done.stdout.strip(), done.returncode) == ("1", 0)
    assert "not sent" in done.stderr
    assert "reset" not in done.stderr + done.stdout


def test_mail_through_the_users_server_is_kept(polls: Project) -> None:
    polls.add_settings("import os\nEMAIL_HOST = os.environ['SMTP']")
    polls.variables["SMTP"] = "mail"
    polls.overlay["reads"] = ["SMTP"]
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    assert polls.value("settings.EMAIL_BACKEND") == smtp
    polls.overlay.update(reads=[], keep=["EMAIL_BACKEND"])
    assert polls.value("settings.EMAIL_BACKEND") == smtp


@pytest.mark.parametrize(("key", "is_sent"), [("", False), ("4a5b", True)])
def test_mail_through_a_provider_needs_its_key(polls: Project, key: str, *, is_sent: bool) -> None:
    polls.add_settings(
        "EMAIL_BACKEND = 'anymail.backends.mailgun.EmailBackend'\n"
        f"ANYMAIL = {{'MAILGUN_API_KEY': '{key}', 'MAILGUN_SENDER_DOMAIN': ''}}"
    )
    assert polls.value("settings.EMAIL_BACKEND").startswith("anymail.") is is_sent


def test_a_broker_without_a_server_is_said(polls: Project) -> None:
    polls.add_settings("CELERY_BROKER_URL = 'amqp://guest:guest@localhost//'")
    assert "Tasks cannot be queued" in polls.warnings()


def test_tables_of_caches_are_made(any_polls: Project) -> None:
    any_polls.add_settings("""
        CACHES = {"default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pages",
        }}
    """)
    for _ in range(2):
        assert run_reporting(any_polls, "release", migrate=True).report["ok"]
    printed = any_polls.python("""
        import django; django.setup()
        from django.core.cache import cache
        cache.set("a", 1); print(cache.get("a"))
    """)
    assert printed == "1"
