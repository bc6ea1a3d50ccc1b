"""Does the project answer for MEDIA_URL itself? Then uploads may be private, and the proxy must
not serve them beside the project's own views."""

import re

# Addresses of uploads as storages name them; what a view of the project's own would be asked for.
_UPLOADS = ("file.jpg", "nuages/file.jpg", "2026/01/file.jpg", "1/")
_ELSEWHERE = "/nuages-no-such-address/"
_FLAGS = re.compile(r"\(\?[a-zA-Z]+\)")


def has_media_view():
    """Whether the URLconf leads MEDIA_URL, or a part of it, to a view of the project's own; also
    where the URLconf cannot be read."""
    from django.conf import settings
    from django.urls import get_resolver

    if not getattr(settings, "ROOT_URLCONF", None):
        return False
    prefix = settings.MEDIA_URL or ""
    if not prefix.startswith("/") or prefix == "/":
        return False
    try:
        below = prefix[1:].lower()
        if any(text.lower().startswith(below) for text in _guarded(get_resolver().url_patterns)):
            return True
        return any(_is_own(prefix, name) for name in _UPLOADS)
    except Exception:
        return True


def _guarded(patterns, before=""):
    """The beginnings of the addresses that views of the project's own answer."""
    from django.views.static import serve

    for entry in patterns:
        beginning, is_whole = literal(entry)
        inner = getattr(entry, "url_patterns", None)
        if inner is None:
            if entry.callback is not serve:
                yield before + beginning
        elif is_whole:
            yield from _guarded(inner, before + beginning)
        else:
            # What follows stands behind something that is not known.
            yield before + beginning


def literal(entry):
    """What an address has to begin with to fit an entry of a URLconf, and whether that is all
    that the entry looks at."""
    # Before Django 2.0 there were regular expressions only.
    pattern = getattr(entry, "pattern", entry)
    if hasattr(pattern, "_route"):
        text, bracket, _ = str(pattern).partition("<")
        return text, not bracket
    if hasattr(pattern, "_regex") or hasattr(pattern, "regex"):
        return _literal_of_regex(pattern.regex.pattern)
    # The language in front of an address.
    return str(pattern), True


def _literal_of_regex(text):
    text = _FLAGS.sub("", text)
    text = text[1:] if text.startswith("^") else text
    found = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and not text[position + 1 : position + 2].isalnum():
            position += 1
            character = text[position : position + 1]
        elif character in "?*{":
            # The character before may be absent.
            return "".join(found[:-1]), False
        elif character in "\\.+()[]|^$":
            return "".join(found), text[position:] in ("$", "\\Z")
        found.append(character)
        position += 1
    return "".join(found), True


def _is_own(prefix, name):
    from django.urls import Resolver404, resolve
    from django.views.static import serve

    try:
        view = resolve(prefix + name).func
    except Resolver404:
        return False
    if view is serve:
        return False
    try:
        # A view that takes any address at all (a page tree, a single-page app) is no such view.
        return resolve(_ELSEWHERE + name).func is not view
    except Resolver404:
        return True
