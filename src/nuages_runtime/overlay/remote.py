"""Corrections of storages at a provider whose bucket, or whose keys, nobody gave: files are kept
beside the app instead, where its pages would be errors."""

import os
import re

from django import VERSION

from nuages_runtime.overlay.document import changed

_FILES = "django.core.files.storage.FileSystemStorage"
_STATIC_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
_OLD_NAMES = {"default": "DEFAULT_FILE_STORAGE", "staticfiles": "STATICFILES_STORAGE"}
_ADDRESSES = {"default": ("MEDIA_URL", "/media/"), "staticfiles": ("STATIC_URL", "/static/")}


class _Provider:
    """`sign` is found in the backend's name or in the module that has it; one of each of `needs`
    (settings, variables, options of the storage) has to have a value, and one of each of `keys`,
    where the settings name one of them: a machine may have a role instead. The usual name is
    first."""

    def __init__(self, sign, needs, keys=()):
        self.sign = re.compile(sign)
        self.needs = needs
        self.keys = keys


# https://django-storages.readthedocs.io, https://github.com/klis87/django-cloudinary-storage
_PROVIDERS = (
    _Provider(
        r"(?i)storages\.backends\.s3|s3_?(boto|static|media|manifest)|django_s3_storage",
        [("AWS_STORAGE_BUCKET_NAME", "AWS_S3_BUCKET_NAME", "bucket_name")],
        [
            ("AWS_ACCESS_KEY_ID", "AWS_S3_ACCESS_KEY_ID", "AWS_S3_SESSION_PROFILE", "access_key"),
            ("AWS_SECRET_ACCESS_KEY", "AWS_S3_SECRET_ACCESS_KEY", "AWS_S3_SESSION_PROFILE",
             "secret_key"),
        ],
    ),
    _Provider(r"(?i)storages\.backends\.gcloud", [("GS_BUCKET_NAME", "bucket_name")]),
    _Provider(
        r"(?i)storages\.backends\.azure",
        [("AZURE_ACCOUNT_NAME", "AZURE_CONNECTION_STRING", "account_name", "connection_string")],
    ),
    _Provider(
        r"(?i)storages\.backends\.dropbox",
        [("DROPBOX_OAUTH2_TOKEN", "DROPBOX_OAUTH2_REFRESH_TOKEN", "oauth2_access_token",
          "oauth2_refresh_token")],
    ),
    _Provider(r"cloudinary_storage", [("CLOUD_NAME", "CLOUDINARY_URL")]),
)  # fmt: skip


def storages(overlay, target):
    """Storages that have no place of their own become files: uploads in the app's volume, static
    files where the proxy shows them; with addresses of the app's own."""
    if "STORAGES" in overlay.keep:
        return
    for alias, name in _OLD_NAMES.items():
        entry = _entry(target, alias, name)
        lacks = "" if name in overlay.keep else _lacks(overlay, target, entry)
        if not lacks:
            continue
        backend = _STATIC_FILES if alias == "staticfiles" else _FILES
        why = "nobody gave {}; set it to have files kept there".format(lacks)
        if target.is_set(name):
            target.put(name, backend, why)
        else:
            changed('STORAGES["{}"]'.format(alias), entry["BACKEND"], backend, why)
        if not _is_old(target):
            used = dict(target.get("STORAGES"), **{alias: {"BACKEND": backend}})
            target.put_silently("STORAGES", used)
        _own_address(overlay, target, *_ADDRESSES[alias])


def _entry(target, alias, name):
    """The storage behind an alias, as an entry of STORAGES."""
    if _is_old(target):
        return {"BACKEND": target.get(name)} if target.is_set(name) else {}
    entry = (target.get("STORAGES") or {}).get(alias)
    return entry if isinstance(entry, dict) else {}


def _is_old(target):
    """Whether only the settings from before STORAGES tell; Django 4.2 and 5.0 keep both in step,
    and those since have them told by `files.storages`."""
    return VERSION < (4, 2) or (VERSION >= (5, 1) and not target.is_set("STORAGES"))


def _lacks(overlay, target, entry):
    """What is missing for a storage at a provider; empty for any other, and where nothing is."""
    text = _text_of(overlay, str(entry.get("BACKEND") or ""))
    provider = next((each for each in _PROVIDERS if each.sign.search(text)), None)
    if provider is None:
        return ""
    options = dict(target.get("CLOUDINARY_STORAGE") or {}, **(entry.get("OPTIONS") or {}))

    def has(names):
        # A class of the project's own may say it in its body.
        return any(
            target.get(name) or options.get(name) or os.environ.get(name) for name in names
        ) or any(name.islower() and re.search(r"\b" + name + r"\b", text) for name in names)

    for names in provider.needs:
        if not has(names):
            return names[0]
    for names in provider.keys:
        if any(target.is_set(name) for name in names) and not has(names):
            return names[0]
    return ""


def _text_of(overlay, backend):
    """The dotted name of a backend, and the source of the project's own module that has it. It
    cannot be imported: settings are still being loaded."""
    path = os.path.join(overlay.project, *backend.rpartition(".")[0].split(".")) + ".py"
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return backend + "\n" + stream.read()
    except OSError:
        return backend


def _own_address(overlay, target, name, address):
    url = str(target.get(name) or "")
    if name not in overlay.keep and (not url or "//" in url):
        target.put(name, address, "its files are shown by the app's own address")
