"""Causes of requests that Django refuses, and of views that fail."""

from __future__ import annotations

import re

from nuages.diagnose.cause import Cause, Found, Pattern, Values, raised, said

_NUMERIC = frozenset("0123456789.:[]")
# Django 6.0 says in which template.
_IN = r"(?:Template: [^,]+, )?"

# What the look at a new instance says, which asks for the app's own name.
_OWN_HOST = re.compile(r"GET \S+ for (?P<host>[^\s:]+)\S* answered 400: (?:\w+\.)*DisallowedHost: ")


def _host(found: Found) -> Values | None:
    """Not for an address or a name in vain, which scanners ask for."""
    host = found.groups["host"].partition(":")[0]
    # The app's own name is among its domains already.
    own = any(_OWN_HOST.search(proof.line) for proof in found.output.all)
    return None if own or set(host) <= _NUMERIC or "." not in host else {"host": host}


OWN_HOST = Cause(
    "diagnose.C089",
    "The settings refuse the app's own host name {host}",
    "With DEBUG off, only names in ALLOWED_HOSTS are answered. The overlay puts the app's domains "
    "there, unless it is off or told to keep the setting.",
    "Write it into the settings: ALLOWED_HOSTS = [..., '{host}']; or take ALLOWED_HOSTS out of "
    "[settings] keep in deploy.toml",
    (Pattern(_OWN_HOST, raised=False),),
)
HOST = Cause(
    "diagnose.C080",
    "Django refuses the host name {host}",
    "With DEBUG off, only names in ALLOWED_HOSTS are answered. The overlay puts the app's domains "
    "there.",
    "If the name is yours: nuages domains {app} add {host}",
    (
        said(r"Invalid HTTP_HOST header: '(?P<host>[^']+)'\. You may need to add"),
    ),
    _host,
)  # fmt: skip
CSRF_ORIGIN = Cause(
    "diagnose.C081",
    "A form is refused, because {origin} is no trusted origin",
    "The browser says from which site the form was sent. It is neither the host that was asked "
    "nor among CSRF_TRUSTED_ORIGINS, where the overlay puts the app's domains.",
    "If the site is this app: nuages domains {app} add {host}",
    (
        said(
            r"Forbidden \((?:Origin|Referer) checking failed - (?P<origin>https?://"
            r"(?P<host>[^/\s:]+)\S*) does not match any trusted origins\.\)"
        ),
    ),
)
CSRF_COOKIE = Cause(
    "diagnose.C082",
    "A form is refused, because the browser sent no CSRF cookie",
    "Either the page of the form did not set it (its template is without csrf_token, or a cache "
    "serves it), or CSRF_COOKIE_SECURE is on and the site is asked over plain http. Programs that "
    "are no browsers get this answer too.",
    "Write {{% csrf_token %}} inside of the form; `nuages settings {app}` shows what the overlay "
    "made of CSRF_COOKIE_SECURE",
    (said(r"Forbidden \(CSRF cookie not set\.?\)"),),
)
LOOP = Cause(
    "diagnose.C083",
    "The site redirects {url} to itself, for ever",
    "The project sends visitors to https or to another host name, and does not see that they are "
    "there already.",
    "Turn the redirect off: nuages config {app} set SECURE_SSL_REDIRECT=False",
    (
        said(r"it redirects (?P<url>\S+) to itself: a loop"),
        said(r"it redirects (?P<url>\S+) to https, and this site has no TLS"),
    ),
)
NO_TEMPLATE = Cause(
    "diagnose.C084",
    "There is no template {template}",
    "It is neither in a folder of TEMPLATES['DIRS'] nor in the folder templates of an installed "
    "app. Upper and lower case differ on Linux.",
    "Add the file, or correct its name; `nuages check` says what is left out of the source",
    (raised("TemplateDoesNotExist", r"(?P<template>[^\s,]+)"),),
)
OLD_TAGS = Cause(
    "diagnose.C085",
    "The templates load '{library}', which Django 3.0 removed",
    "The templates were written for an older Django.",
    "Write {{% load static %}} in the templates in place of it",
    (
        raised(
            "TemplateSyntaxError",
            rf"{_IN}'(?P<library>staticfiles|admin_static)' is not a registered tag library",
        ),
    ),
)
TAG_LIBRARY = Cause(
    "diagnose.C088",
    "The templates load '{library}', which is no library of tags",
    "The app that has it is not among INSTALLED_APPS, or its package is not installed.",
    "Add the app that has it to INSTALLED_APPS, or correct the name",
    (
        raised(
            "TemplateSyntaxError", rf"{_IN}'(?P<library>[\w.]+)' is not a registered tag library"
        ),
    ),
)
NO_REVERSE = Cause(
    "diagnose.C086",
    "A link leads to {what}, which the URLs do not have",
    "A template or a view asks for the address of a name that no urls.py declares, or with other "
    "arguments than it takes.",
    "Correct the name, or add it to the urls.py that is included",
    (
        raised("NoReverseMatch", r"(?P<what>'[^']+') is not a registered namespace"),
        raised("NoReverseMatch", r"Reverse for (?P<what>'[^']+')"),
    ),
)
NO_PATTERNS = Cause(
    "diagnose.C087",
    "The module {module} has no urlpatterns",
    "ROOT_URLCONF or an include() names it. It is empty, or a circular import keeps it from being "
    "loaded to its end.",
    "Write into {module}: urlpatterns = [...]",
    (
        raised(
            "ImproperlyConfigured",
            r"The included URLconf '(?:<module ')?(?P<module>[\w.]+)'.* does not appear to have",
        ),
    ),
)
