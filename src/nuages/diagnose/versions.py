"""What Python and Django have dropped, and since when: their release notes, as data."""

from __future__ import annotations

# Module -> the last Python with it (What's New in Python 3.12 and 3.13, "Removed"). Names that a
# project may well use itself are left out.
_PYTHON_MODULES = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.11"),
    **dict.fromkeys(
        ("aifc", "audioop", "cgi", "cgitb", "crypt", "imghdr", "lib2to3", "mailcap", "msilib",
         "nis", "nntplib", "ossaudiodev", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
        "3.12",
    ),
}  # fmt: skip
_ABCS = (
    "Callable", "Container", "Generator", "Hashable", "ItemsView", "Iterable", "Iterator",
    "KeysView", "Mapping", "MappingView", "MutableMapping", "MutableSequence", "MutableSet",
    "Sequence", "Set", "Sized", "ValuesView",
)  # fmt: skip
# (module, name) -> the last Python with it.
_PYTHON_NAMES = {
    **{("collections", name): "3.9" for name in _ABCS},
    ("fractions", "gcd"): "3.8",
    ("asyncio", "coroutine"): "3.10",
    ("inspect", "getargspec"): "3.10",
    ("inspect", "formatargspec"): "3.10",
    ("configparser", "SafeConfigParser"): "3.11",
    ("pkgutil", "ImpImporter"): "3.11",
    ("ssl", "wrap_socket"): "3.11",
    ("time", "clock"): "3.7",
}

# Module, or module and name -> the Django that has it no more (Django's deprecation timeline and
# release notes).
_DJANGO_GONE = {
    "django.conf.urls.patterns": "1.10",
    "django.conf.urls.url": "4.0",
    "django.contrib.admin.util": "1.9",
    "django.contrib.auth.views.login": "2.1",
    "django.contrib.auth.views.logout": "2.1",
    "django.contrib.staticfiles.templatetags": "3.0",
    "django.core.context_processors": "1.10",
    "django.core.files.storage.get_storage_class": "5.1",
    "django.core.urlresolvers": "2.0",
    "django.db.models.loading": "1.9",
    "django.shortcuts.render_to_response": "3.0",
    "django.utils.baseconv": "5.0",
    "django.utils.datetime_safe": "5.0",
    "django.utils.decorators.available_attrs": "3.0",
    "django.utils.encoding.force_text": "4.0",
    "django.utils.encoding.python_2_unicode_compatible": "3.0",
    "django.utils.encoding.smart_text": "4.0",
    "django.utils.http.is_safe_url": "4.0",
    "django.utils.http.urlquote": "4.0",
    "django.utils.http.urlquote_plus": "4.0",
    "django.utils.http.urlunquote": "4.0",
    "django.utils.http.urlunquote_plus": "4.0",
    "django.utils.importlib": "1.9",
    "django.utils.lru_cache": "3.0",
    "django.utils.simplejson": "1.7",
    "django.utils.six": "3.0",
    "django.utils.timezone.utc": "5.0",
    "django.utils.translation.ugettext": "4.0",
    "django.utils.translation.ugettext_lazy": "4.0",
    "django.utils.translation.ugettext_noop": "4.0",
    "django.utils.translation.ungettext": "4.0",
    "django.utils.translation.ungettext_lazy": "4.0",
}
# Module and name -> the first Django with it.
_DJANGO_NEW = {
    "django.urls.path": "2.0",
    "django.urls.re_path": "2.0",
    "django.db.models.UniqueConstraint": "2.2",
    "django.db.models.CheckConstraint": "2.2",
    "django.db.models.TextChoices": "3.0",
    "django.db.models.IntegerChoices": "3.0",
    "django.db.models.JSONField": "3.1",
    "django.core.files.storage.storages": "4.2",
    "django.db.models.GeneratedField": "5.0",
    "django.shortcuts.aget_object_or_404": "5.0",
    "django.contrib.auth.decorators.login_not_required": "5.1",
    "django.contrib.auth.middleware.LoginRequiredMiddleware": "5.1",
    "django.db.models.CompositePrimaryKey": "5.2",
}


def last_python_of(module: str) -> str:
    """The last Python with a module of its library; empty where it still has it."""
    return _PYTHON_MODULES.get(module.partition(".")[0], "")


def last_python_with(module: str, name: str) -> str:
    """The last Python whose `module` has `name`; empty where that is not known."""
    return _PYTHON_NAMES.get((module, name), "")


def older_django_with(module: str, name: str = "") -> str:
    """The Django that first lacks `module`, or `name` in it; empty where that is not known."""
    if name:
        return _DJANGO_GONE.get(f"{module}.{name}", "")
    parts = module.split(".")
    prefixes = (".".join(parts[:count]) for count in range(len(parts), 1, -1))
    return next((_DJANGO_GONE[each] for each in prefixes if each in _DJANGO_GONE), "")


def newer_django_with(module: str, name: str) -> str:
    """The Django that first has `name` in `module`; empty where that is not known."""
    return _DJANGO_NEW.get(f"{module}.{name}", "")
