"""Corrections of cookies and origins, so that a form that was shown can be sent, and whoever logs
in stays so, at the app's own address."""

from django import VERSION

_COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE")
# Browsers take cookies with such names over https only (RFC 6265bis, "Cookie Name Prefixes").
_PREFIXES = ("__Secure-", "__Host-")


def trusted_origins(overlay, target):
    """CSRF_TRUSTED_ORIGINS: with scheme from Django 4.0 on, which has an error for others; host
    names before."""
    name = "CSRF_TRUSTED_ORIGINS"
    if name in overlay.keep:
        return
    wanted, project = overlay.origins, list(target.get(name) or ())
    if VERSION < (4, 0):
        wanted = [origin.partition("://")[2] for origin in wanted]
        used = project
    else:
        used = [each if "://" in each else _with_scheme(each) for each in project]
    used = used + [origin for origin in wanted if origin not in used]
    if used != project:
        target.put(name, used, "forms posted from the app's own pages")


def _with_scheme(name):
    # What was `.example.com` before Django 4.0.
    return "https://" + ("*" + name if name.startswith(".") else name)


def cookies(overlay, target):
    """Cookies for another domain never come back; nor, without TLS, do those that browsers take
    over https alone."""
    for cookie in _COOKIES:
        _domain(overlay, target, cookie + "_DOMAIN")
        if overlay.scheme != "https":
            _name(overlay, target, cookie + "_NAME")
            _same_site(overlay, target, cookie + "_SAMESITE")


def _domain(overlay, target, name):
    domain = target.get(name)
    if not domain or _is_theirs(overlay, name):
        return
    bare = str(domain).lstrip(".").lower()
    if not any(host == bare or host.endswith("." + bare) for host in overlay.hosts):
        target.put(name, None, "browsers refuse a cookie for another domain than the page's")


def _name(overlay, target, name):
    project = str(target.get(name) or "")
    prefix = next((each for each in _PREFIXES if project.startswith(each)), "")
    if prefix and not _is_theirs(overlay, name):
        why = "browsers take a cookie of that name over https only"
        target.put(name, project[len(prefix) :], why)


def _same_site(overlay, target, name):
    # A text; the value None is Django's for "say nothing".
    is_none = str(target.get(name) or "").lower() == "none"
    if is_none and not _is_theirs(overlay, name):
        target.put(name, "Lax", "browsers take a cookie with 'None' over https only")


def www(overlay, target):
    """PREPEND_WWW off where the app has no such name: every page would lead to where nothing
    is."""
    name = "PREPEND_WWW"
    has_name = any(host.startswith("www.") for host in overlay.hosts)
    if target.get(name) and not has_name and not _is_theirs(overlay, name):
        target.put(name, False, "the app has no domain that begins with www")


def _is_theirs(overlay, name):
    return name in overlay.keep or overlay.variables_of(name)
