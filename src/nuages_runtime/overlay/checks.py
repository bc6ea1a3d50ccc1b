"""Errors of checks that are about where an app stands, which the platform decides: they are told,
and refuse no release. A server runs no checks, so the app works as it would elsewhere."""

import re

# What the host names and the TLS of the platform decide.
_SURROUNDINGS = re.compile(
    r"\b(?:ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|SECURE_SSL_REDIRECT|SECURE_PROXY_SSL_HEADER"
    r"|SESSION_COOKIE_SECURE|CSRF_COOKIE_SECURE)\b"
)


def tolerable(messages):
    """Those of `messages` that a check of the project or of a package, none of Django's own, has
    of such a setting."""
    named = [m for m in messages if _SURROUNDINGS.search("{} {}".format(m.msg, m.hint or ""))]
    if not named:
        return []
    others = _messages_of_others()
    return [message for message in named if message in others]


def _messages_of_others():
    import django
    from django.core.checks.registry import registry

    options = {"databases": None} if django.VERSION >= (3, 1) else {}
    found = []
    for check in registry.registered_checks:
        if not getattr(check, "__module__", "").startswith("django."):
            found.extend(check(app_configs=None, **options) or ())
    return found
