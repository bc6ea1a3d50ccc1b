"""Corrections of what decides who may talk to the app and what it shows: DEBUG, keys, hosts and
TLS."""

import os
import re

_TRUE = ("1", "true", "yes", "on", "t", "y")
# What settings read such values from, where it is not Python.
_CONFIGURATION = (".json", ".ini", ".cfg", ".conf", ".toml", ".yml", ".yaml", ".txt")
_LONGEST = 64 * 1024
_DERIVED = "what the settings derived from it while they were loaded stays"


def debug(overlay, target):
    """DEBUG off unless it was asked for. Not everything that is true was: a project that takes
    the text "False" for a value has it on."""
    if not target.get("DEBUG") or overlay.debug or "DEBUG" in overlay.keep:
        return
    if any(_text(name).lower() in _TRUE for name in overlay.variables_of("DEBUG")):
        return
    target.put("DEBUG", False, "DEBUG shows source code and settings to visitors; " + _DERIVED)


def _text(variable):
    return os.environ.get(variable, "").strip()


def secret_key(overlay, target):
    """SECRET_KEY from the platform where the project's stands in its source code or is
    missing; former keys from SECRET_KEY_FALLBACKS (comma-separated) after a rotation."""
    from nuages_runtime.overlay.literals import literal_keys

    key = os.environ.get("SECRET_KEY")
    # From here, not by attribute of the lazy settings: those refuse to show an empty key.
    used = target.get("SECRET_KEY")
    if key and "SECRET_KEY" not in overlay.keep and used != key:
        unsafe = not used or str(used).startswith("django-insecure-") or used in literal_keys
        unsafe = unsafe or _stands_in_a_file(str(used), overlay.project)
        if unsafe:
            target.put("SECRET_KEY", key, "not set, or it stands in the source code")
    fallbacks = [k for k in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if k]
    fits = target.get("SECRET_KEY_FALLBACKS") is not None and not target.get("SECRET_KEY_FALLBACKS")
    if fallbacks and fits and "SECRET_KEY_FALLBACKS" not in overlay.keep:
        target.put("SECRET_KEY_FALLBACKS", fallbacks, "sessions signed with the former key live on")


def _stands_in_a_file(key, project):
    """Whether a key that no variable has comes from a file of configuration in the source, in the
    project's folder or right below it: whoever reads the code can read that."""
    if key in os.environ.values():
        return False
    for folder, folders, names in os.walk(project):
        if folder != project:
            del folders[:]
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(_CONFIGURATION) and key in _beginning(path):
                return True
    return False


def _beginning(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(_LONGEST)
    except OSError:
        return ""


def allowed_hosts(overlay, target):
    """The app's own host names beside those that the project has; `*` only from a variable."""
    if "ALLOWED_HOSTS" in overlay.keep:
        return
    project = list(target.get("ALLOWED_HOSTS") or ())
    if "*" in project and _any_host_is_asked_for(overlay):
        return
    used = [host for host in project if host != "*"]
    used += [h for h in overlay.hosts + overlay.internal_names() if not _covered(h, used)]
    if used != project:
        why = "requests for the app's own host names would get 400 (DisallowedHost)"
        if "*" in project:
            why = "'*' believes any Host header"
        target.put("ALLOWED_HOSTS", used, why)


def _any_host_is_asked_for(overlay):
    # A variable for another host than the app's own (EMAIL_HOST) never says so.
    named = {name for name in overlay.reads if "HOST" in name.upper()}
    named.update(overlay.variables_of("ALLOWED_HOSTS"))
    return any("*" in re.split(r"[^\w.*-]+", _text(name)) for name in named)


def _covered(host, patterns):
    """As django.http.request.validate_host has it, less ports."""
    for pattern in patterns:
        text = str(pattern).lower()
        if host == text or (text.startswith(".") and (host.endswith(text) or host == text[1:])):
            return True
    return False


def tls(overlay, target):
    """The proxy's word on the scheme and secure cookies with TLS; without it, nothing that
    works with TLS only."""
    if overlay.scheme == "https":
        _with_tls(overlay, target)
    else:
        _without_tls(overlay, target)


def _with_tls(overlay, target):
    wanted = {
        "SECURE_PROXY_SSL_HEADER": (
            ("HTTP_X_FORWARDED_PROTO", "https"),
            "the proxy ends TLS and says so in this header, which it takes from nobody else",
        ),
        "SESSION_COOKIE_SECURE": (True, "the site is served over https"),
        "CSRF_COOKIE_SECURE": (True, "the site is served over https"),
    }
    for name, (value, why) in wanted.items():
        unset = not target.is_set(name) or (not target.get(name) and name.startswith("SECURE_"))
        if unset and name not in overlay.keep:
            target.put(name, value, why)


def _without_tls(overlay, target):
    wanted = {
        "SECURE_SSL_REDIRECT": "there is no https here: it would redirect for ever",
        "SESSION_COOKIE_SECURE": "over http a secure cookie never comes back",
        "CSRF_COOKIE_SECURE": "over http a secure cookie never comes back",
    }
    for name, why in wanted.items():
        short = name.partition("_")[2]
        asked_for = name in overlay.keep or overlay.variables_of(name, short, "HTTPS")
        if target.get(name) and not asked_for:
            target.put(name, False, why)
