"""The overlay inside real Djangos: files at a provider whose bucket or keys nobody gave."""

from __future__ import annotations

import pytest

from tests.runtime.projects import Project

FILES = "django.core.files.storage.FileSystemStorage"
S3 = "storages.backends.s3boto3.S3Boto3Storage"
OWN_MODULE = "from storages.backends.{module} import {name}\n\nclass Uploads({name}):\n{body}"
NO_BUCKET = f"""
import os
AWS_ACCESS_KEY_ID = os.environ.get("AWS_ACCESS_KEY_ID")
AWS_STORAGE_BUCKET_NAME = os.environ.get("AWS_STORAGE_BUCKET_NAME")
DEFAULT_FILE_STORAGE = "{S3}"
STATICFILES_STORAGE = "storages.backends.s3boto3.S3StaticStorage"
STATIC_URL = "https://%s.s3.example.com/static/" % AWS_STORAGE_BUCKET_NAME
MEDIA_URL = "https://%s.s3.example.com/media/" % AWS_STORAGE_BUCKET_NAME
"""
NOTHING_SET = "[settings.STATIC_URL, settings.MEDIA_URL, str(settings.MEDIA_ROOT)]"


def backend(project: Project, alias: str) -> object:
    if project.environment.kind == "1.11":
        name = {"default": "DEFAULT_FILE_STORAGE", "staticfiles": "STATICFILES_STORAGE"}[alias]
        return project.value(f"settings.{name}")
    return project.value(f"settings.STORAGES['{alias}']['BACKEND']")


def test_without_a_bucket_files_are_kept_beside_the_app(any_polls: Project) -> None:
    any_polls.add_settings(NO_BUCKET)

    assert backend(any_polls, "default") == FILES
    assert str(backend(any_polls, "staticfiles")).endswith("HashedStaticFilesStorage")
    assert any_polls.value(NOTHING_SET) == ["/static/", "/media/", "/data/media"]
    why = any_polls.changes()["DEFAULT_FILE_STORAGE"]["why"]
    assert why == "nobody gave AWS_STORAGE_BUCKET_NAME; set it to have files kept there"


def test_with_a_bucket_and_keys_they_are_kept_there(any_polls: Project) -> None:
    any_polls.add_settings(NO_BUCKET)
    any_polls.variables.update(AWS_STORAGE_BUCKET_NAME="shop", AWS_ACCESS_KEY_ID="id")

    assert backend(any_polls, "default") == S3
    assert any_polls.value("settings.MEDIA_URL") == "https://shop.s3.example.com/media/"


def test_a_key_that_the_settings_name_and_nobody_gave_is_missed(polls: Project) -> None:
    polls.add_settings(NO_BUCKET)
    polls.variables["AWS_STORAGE_BUCKET_NAME"] = "shop"

    assert backend(polls, "default") == FILES
    assert "AWS_ACCESS_KEY_ID" in polls.changes()["DEFAULT_FILE_STORAGE"]["why"]


def test_a_machine_may_have_a_role_instead_of_keys(polls: Project) -> None:
    polls.add_settings(f"AWS_STORAGE_BUCKET_NAME = 'shop'\nDEFAULT_FILE_STORAGE = '{S3}'")

    assert backend(polls, "default") == S3


@pytest.mark.parametrize(
    ("module", "name", "missing"),
    [
        ("s3", "S3Storage", "AWS_STORAGE_BUCKET_NAME"),
        ("gcloud", "GoogleCloudStorage", "GS_BUCKET_NAME"),
        ("azure_storage", "AzureStorage", "AZURE_ACCOUNT_NAME"),
    ],
)
def test_a_class_of_the_projects_own_is_looked_up(
    polls: Project, module: str, name: str, missing: str
) -> None:
    place = "mysite.uploads.Uploads"
    polls.add_settings(f"STORAGES = {{'default': {{'BACKEND': '{place}', 'OPTIONS': {{}}}}}}")
    polls.write("mysite/uploads.py", OWN_MODULE.format(module=module, name=name, body="    pass\n"))

    assert backend(polls, "default") == FILES
    assert missing in polls.changes()['STORAGES["default"]']["why"]


@pytest.mark.parametrize(
    ("options", "body"),
    [("{'bucket_name': 'shop'}", "    pass\n"), ("{}", "    bucket_name = 'a'\n")],
)
def test_a_bucket_may_be_an_option_or_an_attribute(polls: Project, options: str, body: str) -> None:
    place = "mysite.uploads.Uploads"
    polls.add_settings(f"STORAGES = {{'default': {{'BACKEND': '{place}', 'OPTIONS': {options}}}}}")
    polls.write("mysite/uploads.py", OWN_MODULE.format(module="s3", name="S3Storage", body=body))

    assert backend(polls, "default") == place


def test_cloudinary_without_a_cloud_is_none(polls: Project) -> None:
    polls.add_settings("""
        import os
        CLOUDINARY_STORAGE = {"CLOUD_NAME": os.environ.get("CLOUD_NAME")}
        DEFAULT_FILE_STORAGE = "cloudinary_storage.storage.MediaCloudinaryStorage"
        MEDIA_URL = "/uploads/"
    """)
    assert backend(polls, "default") == FILES
    assert polls.value("settings.MEDIA_URL") == "/uploads/"

    polls.variables["CLOUD_NAME"] = "shop"
    assert str(backend(polls, "default")).startswith("cloudinary_storage")


def test_what_the_user_keeps_is_kept(polls: Project) -> None:
    polls.add_settings(NO_BUCKET)
    polls.overlay["keep"] = ["STORAGES", "DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"]

    assert polls.value("settings.DEFAULT_FILE_STORAGE") == S3
