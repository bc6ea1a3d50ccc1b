"""Which addresses of a site can be asked: `/`, a health check, the first pages.

The URLconf says it: an address counts that takes no argument and that a plain GET is meant for.
"""

import itertools
import json
import re
import sys
from urllib.parse import quote

# Pages are looked for among so many addresses: some URLconfs are made by a program.
_MOST_SEEN = 2000
_MOST_PAGES = 3
_MOST_PARTS = 3
# The last part of an address of health checks, by custom (dockerflow, Kubernetes, Rails, Django's
# packages); those that ask the least come first.
_HEALTH = (
    "__lbheartbeat__",
    "livez",
    "healthz",
    "health",
    "healthcheck",
    "health-check",
    "health_check",
    "alive",
    "readyz",
    "__heartbeat__",
    "heartbeat",
    "ht",
)
# Parts of addresses that begin no site: they answer a form or a program, or belong to a page.
_FORMS = ("logout", "signout", "setlang", "webhook", "webhooks", "callback", "token", "refresh")
_SERVED = ("static", "media", "jsi18n", "metrics", "silk", "offline")
_NO_PAGES = frozenset(_FORMS + _SERVED)
# Words in addresses of views that a careless project lets do something at a mere GET: what is
# asked unbidden must not.
_ACTION = re.compile(
    r"(?:^|[-_/])(?:create|update|edit|delete|remove|destroy|clear|reset|flush|purge|send|resend|run"
    r"|stop|trigger|cron|sync|import|export|load|populate|seed|generate|init|migrate|unsubscribe)"
    r"(?:$|[-_/])",
    re.IGNORECASE,
)
# Files, but for pages; and what packages for programmers call theirs (`__debug__`).
_NO_PAGE = re.compile(r"\.(?!html?$)[a-z]+$|^[._]", re.IGNORECASE)
# Those of one that is no page of its own, and begins a site where there is nothing else.
_SECOND = frozenset(
    ("login", "signin", "signup", "register", "accounts", "account", "auth", "oauth", "o", "i18n")
)
_ADMIN = frozenset(("admin", "grappelli", "jet", "nested_admin"))


def find_pages():
    """`{"root", "health", "first"}`: whether the URLconf has `/`, the address of a health check
    (empty: none), and up to three addresses at which the site may begin, the likeliest first;
    all as they stand in a request. Raises what loading the URLconf raises."""
    from django.conf import settings
    from django.urls import get_resolver
    from django.utils import translation

    found = {"root": True, "health": _middleware_check(settings), "first": []}
    if not getattr(settings, "ROOT_URLCONF", None):
        return found
    with translation.override(settings.LANGUAGE_CODE):
        resolver = get_resolver()
        seen = list(itertools.islice(_addresses(resolver.url_patterns), _MOST_SEEN))
        found["root"] = _leads_to(resolver, "/") is not None
        fit = (address for address in _pages(seen) if _fits(resolver, address))
        found["first"] = [quote(address.path) for address in itertools.islice(fit, _MOST_PAGES)]
        checks = (address for address in _checks(seen) if _fits(resolver, address))
        found["health"] = found["health"] or next((quote(check.path) for check in checks), "")
    return found


class _Address:
    """An address with the view behind it; None for the admin, which has many."""

    def __init__(self, path, view):
        self.path = path
        self.view = view
        self.parts = tuple(part for part in path.split("/") if part)
        self.last = self.parts[-1] if self.parts else ""

    @property
    def rank(self):
        """How little it looks like the page at which a site begins; None: not at all."""
        names = {part.lower() for part in self.parts}
        if self.last in ("", *_HEALTH) or names & _NO_PAGES or _NO_PAGE.search(self.last):
            return None
        if _ACTION.search(self.path):
            return None
        if self.view is None or names & _ADMIN:
            return 2
        return 1 if names & _SECOND else 0


def _middleware_check(settings):
    """The health check that dockerflow answers before the URLconf is asked."""
    names = getattr(settings, "MIDDLEWARE", None) or ()
    return "/__lbheartbeat__" if any(n.startswith("dockerflow.django.") for n in names) else ""


def _pages(addresses):
    """Those that may be pages: what stands first in the URLconf comes first, with its shortest
    address; what is no page of its own later."""
    places = {}
    for address in addresses:
        places.setdefault(address.parts[:1], len(places))
    ranked = [
        (address.rank, places[address.parts[:1]], len(address.parts), number)
        for number, address in enumerate(addresses)
        if address.rank is not None and _takes_get(address.view)
    ]
    return [addresses[number] for *_, number in sorted(ranked)]


def _checks(addresses):
    """Those that are health checks by their name."""
    named = [a for a in addresses if a.last in _HEALTH and len(a.parts) <= _MOST_PARTS]
    return sorted(
        (address for address in named if _takes_get(address.view)),
        key=lambda address: _HEALTH.index(address.last),
    )


def _addresses(patterns, before="/"):
    """The addresses without an argument below `patterns`, in the order of the URLconf."""
    for entry in patterns:
        inner = getattr(entry, "url_patterns", None)
        for text in _texts(entry):
            if inner is None:
                yield _Address(before + text, entry.callback)
            elif getattr(entry, "app_name", None) == "admin":
                yield _Address(before + text, None)
            else:
                yield from _addresses(inner, before + text)


def _texts(entry):
    """What an entry may look like in an address; nothing where an argument is part of it."""
    # Before Django 2.0 there were regular expressions only.
    pattern = getattr(entry, "pattern", entry)
    if hasattr(pattern, "_route"):
        text = str(pattern)
        return () if "<" in text else (text,)
    if hasattr(pattern, "_regex") or hasattr(pattern, "regex"):
        from django.utils.regex_helper import normalize

        return [text for text, arguments in normalize(pattern.regex.pattern) if not arguments]
    # The language in front of an address.
    return (str(pattern),)


def _takes_get(view):
    """Whether a view is made for GET, as far as it says so."""
    methods = getattr(view, "actions", None)
    if isinstance(methods, dict):
        return "get" in methods
    made_of = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made_of is not None:
        return hasattr(made_of, "get") or not hasattr(made_of, "post")
    return "GET" in _required_methods(view)


def _required_methods(view):
    """The methods of `require_http_methods`; GET where nobody requires one."""
    code, cells = getattr(view, "__code__", None), getattr(view, "__closure__", None)
    if code is not None and cells and "request_method_list" in code.co_freevars:
        return cells[code.co_freevars.index("request_method_list")].cell_contents
    inner = getattr(view, "__wrapped__", None)
    return _required_methods(inner) if inner is not None else ("GET",)


def _fits(resolver, address):
    """Whether the address leads to its view, and not to one that stands before it."""
    view = _leads_to(resolver, address.path)
    # What begins with two slashes is no address of this site in a link.
    return view is not None and address.view in (None, view) and not address.path.startswith("//")


def _leads_to(resolver, path):
    from django.urls import Resolver404

    try:
        return resolver.resolve(path).func
    except Resolver404:
        return None


if __name__ == "__main__":
    from nuages_runtime.release import set_up

    set_up()
    sys.stdout.write(json.dumps(find_pages()) + "\n")
