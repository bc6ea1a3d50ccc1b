"""What the project's own names of variables are filled with."""

from __future__ import annotations

import pytest

from nuages.build.variables.fills import defaults, own_names
from nuages.core.facts import VariableRead

REVISION = "47b24bf6f5e5e4d7d0d4d2f8f4c4a5d6e7f80912"


def read(name: str, default: str | None = None, setting: str = "", **more: object) -> VariableRead:
    return VariableRead(name, "settings.py", 3, default, setting=setting, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variable", "filled"),
    [
        (read("SITE_ROOT", "'http://localhost:8000'"), True),
        (read("SHOP_BASE_URL", "'http://127.0.0.1:8000'"), True),
        (read("SITE_URL", required=True), True),
        # A folder, another site, an address that is joined in another way, an unknown one.
        (read("SITE_ROOT", "'/srv/site'"), False),
        (read("SITE_ROOT", required=True), False),
        (read("SITE_URL", "'https://shop.example.org'"), False),
        (read("SITE_URL", "'http://localhost:8000/'"), False),
        (read("SITE_URL", "BASE + '/x'"), False),
        (read("SITE_URL"), False),
        (read("FRONTEND_URL", "'http://localhost:3000'"), False),
    ],
)
def test_the_apps_address_is_given_to_settings_that_ask_for_it(variable, filled) -> None:
    assert dict(own_names([variable], ())) == ({variable.name: "NUAGES_URL"} if filled else {})


def test_what_mail_needs_is_what_django_has_by_default() -> None:
    needed = [
        read("SMTP", setting="EMAIL_HOST", required=True),
        read("SMTP_PORT", setting="EMAIL_PORT", cast="int", required=True),
        read("SMTP_USER", "''", setting="EMAIL_HOST_USER"),
    ]
    assert list(defaults(needed, (), REVISION)) == [
        (("SMTP", "localhost"),),
        (("SMTP_PORT", "25"),),
    ]
    assert list(defaults(needed, ("EMAIL_HOST", "EMAIL_PORT"), REVISION)) == []


def test_the_parts_of_a_databases_address_are_one_group() -> None:
    needed = [
        read("APP_DB_NAME", required=True),
        read("POSTGRES_PASSWORD", required=True),
        read("PGHOST", required=True),
        read("MYSQL_PORT", setting="DATABASES", cast="int", required=True),
        read("SQL_ENGINE", required=True),
        read("NAME", setting="DATABASES", required=True),
        read("DB_USER", "'me'"),
        read("ADB_TOKEN", required=True),
        read("PASSWORD", required=True),
    ]
    (group,) = defaults(needed, (), REVISION)
    assert group == (
        ("APP_DB_NAME", "/data/db.sqlite3"),
        ("MYSQL_PORT", "5432"),
        ("NAME", "/data/db.sqlite3"),
        ("PGHOST", "localhost"),
        ("POSTGRES_PASSWORD", ""),
        ("SQL_ENGINE", "django.db.backends.sqlite3"),
    )
    assert list(defaults(needed, ("DATABASES",), REVISION)) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (read("DEBUG", setting="DEBUG", required=True), ""),
        (read("DEBUG", setting="DEBUG", cast="nonempty", required=True), ""),
        (read("DEBUG", setting="DEBUG", cast="int", required=True), "0"),
        (read("DEBUG", setting="DEBUG", cast="unknown", required=True), "False"),
        (read("MODE", setting="DEBUG", cast="equals:dev", required=True), "False"),
        (read("DEBUG", "'1'", setting="DEBUG"), ""),
        (read("DJANGO_DEBUG", setting="DEBUG", cast="differs:FALSE"), "FALSE"),
        (read("SHOP_DEBUG", "'true'", setting="DEBUG", cast="json"), "false"),
        (read("SHOP_DEBUG", "True", setting="DEBUG", cast="unknown"), None),
        # What else hangs on the kind of surroundings is the project's own business.
        (read("STAGE", "'dev'", setting="DEBUG", cast="differs:live"), None),
    ],
)
def test_variables_that_debug_is_made_of_switch_it_off(variable, value) -> None:
    assert dict(sum(defaults([variable], (), REVISION), ())).get(variable.name) == value


def test_a_variable_for_debug_of_the_usual_kind_follows_the_platforms() -> None:
    usual = [read("SHOP_DEBUG", "True", setting="DEBUG", cast="bool"),
             read("SHOP_STAGE", "'dev'", setting="DEBUG", cast="equals:True")]  # fmt: skip
    assert list(own_names(usual, ())) == [("SHOP_DEBUG", "DJANGO_DEBUG")]
    assert list(own_names(usual, ("DEBUG",))) == []


def test_where_the_host_and_the_origins_are_demanded_they_are_the_apps() -> None:
    needed = [
        read("HOST", setting="ALLOWED_HOSTS", required=True),
        read("ORIGINS", setting="CSRF_TRUSTED_ORIGINS", cast="list", required=True),
        read("FRONT", setting="CORS_ALLOWED_ORIGINS", cast="list", required=True),
        # A default is the project's own word.
        read("HOST2", "'x'", setting="ALLOWED_HOSTS"),
        read("ORIGINS2", "[]", setting="CSRF_TRUSTED_ORIGINS", cast="list"),
    ]
    assert dict(own_names(needed, ())) == {
        "HOST": "DOMAIN",
        "ORIGINS": "NUAGES_URL",
        "FRONT": "NUAGES_URL",
    }


def test_servers_that_the_overlay_replaces_have_an_address_on_this_host() -> None:
    address = "redis://localhost:6379/0"
    needed = [
        read("AZURE_REDIS_CONNECTIONSTRING", setting="CACHES", required=True),
        read("CACHE", setting="CACHES", cast="url", required=True),
        read("BROKER", setting="CELERY_BROKER_URL", required=True),
        read("REDIS_URL", cast="unknown", required=True),
        read("REDIS_HOST", required=True),
        read("REDIS_PORT", cast="int", required=True),
        read("REDIS_PASSWORD", required=True),
        # Not the place of a server, nor one that can be done without.
        read("CACHE_TIMEOUT", cast="int", required=True),
        read("REDIS_TLS", cast="bool", required=True),
        read("RABBIT_URL", "'amqp://mq'", setting="CELERY_BROKER_URL"),
        read("PAYMENT_URL", required=True),
    ]
    assert list(defaults(needed, (), REVISION)) == [
        (("AZURE_REDIS_CONNECTIONSTRING", address),),
        (("BROKER", address),),
        (("CACHE", "locmemcache://"),),
        (("REDIS_URL", address),),
        (("REDIS_HOST", "localhost"), ("REDIS_PASSWORD", ""), ("REDIS_PORT", "6379")),
    ]


@pytest.mark.parametrize(
    ("variable", "filled"),
    [
        (read("SENTRY_DSN", required=True), True),
        (read("SHOP_SENTRY", required=True), True),
        (read("RAVEN_DSN", "'NOT_CONFIGURED'"), True),
        (read("SENTRY_DSN", "'https://<key>@sentry.example/<project>'"), True),
        (read("SENTRY_DSN", "'https://4a5b@errors.example/12'"), False),
        (read("SENTRY_DSN", "'gevent+https://4a:5b@errors.example/path/12'"), False),
        (read("SENTRY_DSN", "''"), False),
        (read("SENTRY_DSN"), False),
        (read("SENTRY_DSN", "KEY + HOST"), False),
        (read("USE_SENTRY", "'0'"), False),
    ],
)
def test_reports_of_errors_are_sent_nowhere(variable, filled) -> None:
    expected = [((variable.name, ""),)] if filled else []
    assert list(defaults([variable], (), REVISION)) == expected


def test_a_provider_of_whom_nobody_gave_anything_is_done_without() -> None:
    names = ("DJANGO_AWS_ACCESS_KEY_ID", "DJANGO_AWS_STORAGE_BUCKET_NAME", "MAILGUN_API_KEY",
             "MAILGUN_DOMAIN", "STRIPE_API_KEY")  # fmt: skip
    needed = [*(read(name, required=True) for name in names), read("SENDGRID_API_KEY", "'x'")]
    # Some of a provider's without the others are no use: those are asked for.
    assert list(defaults(needed, (), REVISION)) == [
        (("DJANGO_AWS_ACCESS_KEY_ID", ""), ("DJANGO_AWS_STORAGE_BUCKET_NAME", "")),
        (("MAILGUN_API_KEY", ""), ("MAILGUN_DOMAIN", "")),
    ]


@pytest.mark.parametrize(
    ("name", "filled"),
    [("GIT_REV", True), ("SHOP_GIT_SHA", True), ("SOURCE_COMMIT", True), ("SOURCE_VERSION", True),
     ("COMMIT_SHA", True), ("GIT_URL", False), ("COMMITTEE", False), ("VERSION", False)],
)  # fmt: skip
def test_the_commit_is_given_to_settings_that_demand_it(name, filled) -> None:
    expected = [((name, REVISION),)] if filled else []
    assert list(defaults([read(name, required=True)], (), REVISION)) == expected
    assert list(defaults([read(name, "'unknown'")], (), REVISION)) == []


def test_what_django_or_most_projects_have_is_taken_where_it_is_demanded() -> None:
    needed = [
        read("SITE", setting="SITE_ID", cast="int", required=True),
        read("DJANGO_ADMIN_URL", setting="ADMIN_URL", required=True),
        read("ZONE", "'Europe/Paris'", setting="TIME_ZONE"),
    ]
    assert list(defaults(needed, (), REVISION)) == [
        (("SITE", "1"),),
        (("DJANGO_ADMIN_URL", "admin/"),),
    ]
