"""Corrections of what other servers do for an app, where there are none: caches, sessions in
them, channels, mail."""

import os
import re

from nuages_runtime.overlay.document import changed, warned

_LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
# Not `memcache`, which is a part of LocMemCache.
_SERVERS = ("redis", "memcached", "pylibmc", "pymemcache", "valkey")
# Of a cache, what has nothing to do with where it is kept.
_KEPT = ("TIMEOUT", "KEY_PREFIX", "VERSION", "KEY_FUNCTION")
_SESSIONS = "django.contrib.sessions.backends."
_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_UNSENT = "nuages_runtime.mail.UnsentBackend"
_LOCAL = ("", "localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - hosts of settings


def caches(overlay, target):
    """Caches at a server that nobody named go to CACHE_URL or REDIS_URL where there is one, else
    into memory: a page must not fail for its cache."""
    project = target.get("CACHES") or {}
    if "CACHES" in overlay.keep:
        return
    used = dict(project)
    for alias, entry in project.items():
        backend = str(entry.get("BACKEND") or "")
        kind = next((word for word in _SERVERS if word in backend.lower()), "")
        if not kind or _may_answer(overlay, entry.get("LOCATION")):
            continue
        url = _attached(kind)
        if url:
            used[alias] = dict(entry, LOCATION=url)
        else:
            used[alias] = {k: v for k, v in entry.items() if k in _KEPT}
            used[alias].update(BACKEND=_LOCMEM, LOCATION=alias)
        setting = 'CACHES["{}"]'.format(alias)
        changed(setting, entry, used[alias], _why(_first(entry.get("LOCATION")), url))
    if used != project:
        target.put_silently("CACHES", used)
    if "cacheops" in (target.get("INSTALLED_APPS") or ()):
        _cacheops(overlay, target)


def _cacheops(overlay, target):
    place = target.get("CACHEOPS_REDIS") or "localhost"
    name = "CACHEOPS_ENABLED"
    if name in overlay.keep or _may_answer(overlay, place) or _attached("redis"):
        return
    target.put(name, False, _why(_first(place), ""))


def sessions(overlay, target):
    """Sessions into the database where they would be in the memory of one process: the next
    request may reach another one."""
    name = "SESSION_ENGINE"
    engine = str(target.get(name) or "")
    if name in overlay.keep or not engine:
        return
    if engine in (_SESSIONS + "cache", _SESSIONS + "cached_db"):
        alias = target.get("SESSION_CACHE_ALIAS") or "default"
        backend = str((target.get("CACHES") or {}).get(alias, {}).get("BACKEND") or "")
        is_lost = backend.endswith(("LocMemCache", "DummyCache"))
    else:
        place = target.get("SESSION_REDIS") or target.get("SESSION_REDIS_HOST") or "localhost"
        is_lost = "redis_sessions" in engine and not _may_answer(overlay, place)
    if is_lost:
        has_table = "django.contrib.sessions" in (target.get("INSTALLED_APPS") or ())
        used = _SESSIONS + ("db" if has_table else "signed_cookies")
        target.put(name, used, "each process would have sessions of its own")


def channels(overlay, target):
    """Channel layers at a server that nobody named: at REDIS_URL where there is one, else in
    memory, which is enough for one process."""
    name = "CHANNEL_LAYERS"
    project = target.get(name) or {}
    if name in overlay.keep:
        return
    used = dict(project)
    for alias, entry in project.items():
        hosts = (entry.get("CONFIG") or {}).get("hosts")
        if "redis" not in str(entry.get("BACKEND") or "").lower() or _may_answer(overlay, hosts):
            continue
        url = _attached("redis")
        if url:
            used[alias] = dict(entry, CONFIG=dict(entry.get("CONFIG") or {}, hosts=[url]))
        else:
            used[alias] = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        changed('CHANNEL_LAYERS["{}"]'.format(alias), entry, used[alias], _why(_first(hosts), url))
    if used != project:
        target.put_silently(name, used)


def mail(overlay, target):
    """Mail that has nowhere to go is told in the log: a page that sends some would be an error."""
    name = "EMAIL_BACKEND"
    host = str(target.get("EMAIL_HOST") or "")
    asked = overlay.keep & {name, "EMAIL_HOST"} or overlay.variables_of("EMAIL_HOST")
    if target.get(name) == _SMTP and not asked and not _may_answer(overlay, host):
        target.put(name, _UNSENT, _why(host, "") + "; set EMAIL_HOST to have mail sent")
    key = _absent_key(target)
    if key and name not in overlay.keep:
        target.put(name, _UNSENT, "nobody gave {}; set it to have mail sent".format(key))


def _absent_key(target):
    """The key of a provider of mail that is named and has no value; empty: there is none, or it is
    not django-anymail that sends (https://anymail.dev, "Supported ESPs")."""
    backend = re.match(r"anymail\.backends\.(\w+)\.", str(target.get("EMAIL_BACKEND") or ""))
    if backend is None:
        return ""
    options = target.get("ANYMAIL") or {}
    key = re.compile(backend.group(1) + r"_(API_KEY|SERVER_TOKEN|SECRET_KEY)$", re.IGNORECASE)
    named = [name for name in options if key.match(name)]
    return next((name for name in named if not options[name]), "")


def broker(overlay, target):
    """Say that tasks have nowhere to go: what they would do instead is not known here."""
    for name in ("CELERY_BROKER_URL", "BROKER_URL"):
        url = str(target.get(name) or "")
        if url and name not in overlay.keep and not _may_answer(overlay, url):
            warned("{} leads nowhere: {}. Tasks cannot be queued".format(name, _why(url, "")))


def _attached(kind):
    """The address of a server of this kind that the app was given."""
    urls = [os.environ.get(name, "") for name in ("CACHE_URL", "REDIS_URL", "MEMCACHED_URL")]
    known = "redis" if kind in ("redis", "valkey") else "memcached"
    return next((url for url in urls if url.startswith((known, kind))), "")


def _may_answer(overlay, places):
    """Whether a server could be at one of these places: elsewhere than beside the app, or where
    the user has said."""
    values = {os.environ.get(name) for name in overlay.reads} - {None, ""}
    texts = list(_texts(places))
    if any(value in text for text in texts for value in values):
        return True
    # A name without a dot is a neighbour in somebody's compose file.
    hosts = [_host(text) for text in texts]
    return any("." in host and host not in _LOCAL for host in hosts)


def _texts(places):
    """Every address in LOCATION, `hosts` and the like."""
    if isinstance(places, dict):
        place = places.get("address") or places.get("host") or ""
        yield from _texts(place)
    elif isinstance(places, (list, tuple)):
        is_pair = len(places) == 2 and isinstance(places[1], int)
        for place in places[:1] if is_pair else places:
            yield from _texts(place)
    elif places:
        yield str(places)


def _first(places):
    return next(_texts(places), "")


def _host(text):
    place = text.rpartition("://")[2].rpartition("@")[2].partition("/")[0]
    return place.partition("]")[0].lstrip("[") if place.startswith("[") else place.split(":")[0]


def _why(text, url):
    why = "nothing answers at {!r} here".format(_host(text) or "localhost")
    return why + "; the app was given another address" if url else why
