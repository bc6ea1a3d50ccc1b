"""The overlay inside real Djangos: databases and uploads are kept where they last."""

from __future__ import annotations

import pytest

from tests.runtime.projects import Project


def test_the_database_moves_to_the_volume_with_its_other_options(any_polls: Project) -> None:
    any_polls.add_settings("DATABASES['default']['ATOMIC_REQUESTS'] = True")
    assert any_polls.value("settings.DATABASES['default']['NAME']") == str(any_polls.database)
    assert any_polls.value("settings.DATABASES['default']['ATOMIC_REQUESTS']") is True


def test_sqlite_is_in_wal_and_survives_a_power_cut(any_polls: Project) -> None:
    printed = any_polls.python("""
        import django; django.setup()
        from django.db import connection
        cursor = connection.cursor()
        for name in ("journal_mode", "synchronous", "busy_timeout"):
            cursor.execute("PRAGMA " + name); print(cursor.fetchone()[0])
    """)
    assert printed.split() == ["wal", "2", "20000"]


def test_a_transaction_takes_the_write_lock_at_its_start(any_polls: Project) -> None:
    assert any_polls.python(_OTHER_WRITER) == "locked"


def test_with_atomic_requests_a_transaction_takes_no_lock(any_polls: Project) -> None:
    any_polls.add_settings("DATABASES['default']['ATOMIC_REQUESTS'] = True")
    assert any_polls.python(_OTHER_WRITER) == "free"


_OTHER_WRITER = """
import sqlite3
import django; django.setup()
from django.conf import settings
from django.db import connection, transaction
with transaction.atomic():
    connection.ensure_connection()
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE"); print("free")
    except sqlite3.OperationalError:
        print("locked")
"""


def test_a_database_that_the_user_set_by_a_variable_is_kept(polls: Project) -> None:
    polls.add_settings("""
        import os
        DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop",
            "HOST": os.environ["DB_HOST"],
        }
    """)
    polls.variables["DB_HOST"] = "db"
    polls.overlay["reads"] = ["DB_HOST"]
    assert polls.value("settings.DATABASES['default']['HOST']") == "db"


def test_a_server_on_localhost_gives_way_to_the_url(polls: Project) -> None:
    polls.variables["DATABASE_URL"] = "postgres://u:p%40ss@10.0.0.5:5433/shop"
    polls.add_settings("""
        DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "localhost",
            "CONN_MAX_AGE": 60,
        }
    """)
    used = polls.value("settings.DATABASES['default']")
    assert isinstance(used, dict)
    assert (used["HOST"], used["PORT"], used["PASSWORD"]) == ("10.0.0.5", 5433, "p@ss")
    assert used["CONN_MAX_AGE"] == 60


def remote(password: str) -> str:
    return f"""
        DATABASES["default"] = {{
            "ENGINE": "django.db.backends.postgresql", "NAME": "shop", "USER": "u",
            "HOST": "db.example.com", "PORT": "5432", "PASSWORD": "{password}",
        }}
    """


@pytest.mark.parametrize("password", ["same", "left-in-the-code"])
def test_the_urls_password_is_the_one_that_is_used(polls: Project, password: str) -> None:
    polls.variables["DATABASE_URL"] = "postgres://u:same@db.example.com/shop"
    polls.add_settings(remote(password))
    assert polls.value("settings.DATABASES['default']['PASSWORD']") == "same"
    assert ('DATABASES["default"]' in polls.changes()) is (password != "same")


def test_the_urls_port_is_the_one_that_is_used(polls: Project) -> None:
    polls.variables["DATABASE_URL"] = "postgres://u:same@db.example.com:6432/shop"
    polls.add_settings(remote("same"))
    assert polls.value("settings.DATABASES['default']['PORT']") == 6432


def test_a_file_of_the_users_that_does_not_last_is_warned_of(polls: Project) -> None:
    polls.variables["DATABASE_URL"] = "sqlite:///db.sqlite3"
    assert "does not outlive a restart" in polls.warnings()


def test_uploads_go_to_the_volume(any_polls: Project) -> None:
    any_polls.add_settings(
        "import os\nMEDIA_URL = '/media/'\nMEDIA_ROOT = os.path.join(BASE_DIR, 'media')"
    )
    assert any_polls.value("settings.MEDIA_ROOT") == "/data/media"


def test_a_folder_that_is_a_path_stays_one(any_polls: Project) -> None:
    any_polls.add_settings(
        "import pathlib\nMEDIA_URL = '/media/'\n"
        "MEDIA_ROOT = STATIC_ROOT = pathlib.Path(__file__).parent / 'media'"
    )
    assert any_polls.value("str(settings.MEDIA_ROOT / 'locks')") == "/data/media/locks"
    assert any_polls.value("(settings.STATIC_ROOT / 'x').name") == "x"


MEDIA = "import os\nMEDIA_URL = '/media/'\nMEDIA_ROOT = "


def test_a_variable_that_only_sounds_like_uploads_does_not_keep_them(polls: Project) -> None:
    polls.add_settings(MEDIA + "os.path.join(BASE_DIR, 'media')")
    polls.variables["SOCIAL_MEDIA_TOKEN"] = "abc"
    polls.overlay["reads"] = ["SOCIAL_MEDIA_TOKEN"]
    assert polls.value("settings.MEDIA_ROOT") == "/data/media"


@pytest.mark.parametrize("value", ["/srv/shop", "/srv/shop/media"])
def test_uploads_in_a_folder_of_the_users_stay_there_with_a_warning(
    polls: Project, value: str
) -> None:
    polls.add_settings(MEDIA + "'/srv/shop/media'")
    polls.variables["SHOP_FILES"] = value
    polls.overlay["reads"] = ["SHOP_FILES"]
    assert polls.value("settings.MEDIA_ROOT") == "/srv/shop/media"
    assert "does not outlive a restart" in polls.warnings()


def test_large_uploads_can_be_read_by_the_proxy(any_polls: Project) -> None:
    assert any_polls.value("settings.FILE_UPLOAD_PERMISSIONS") == 0o644


def test_options_for_another_kind_of_database_are_left_out(any_polls: Project) -> None:
    any_polls.add_settings("""
        DATABASES["default"]["OPTIONS"] = {
            "sslmode": "require", "charset": "utf8mb4", "timeout": 5,
            "init_command": "SET sql_mode='STRICT_TRANS_TABLES'", "transaction_mode": "DEFERRED",
        }
    """)
    options = any_polls.value("settings.DATABASES['default']['OPTIONS']")
    assert isinstance(options, dict)
    assert options.pop("transaction_mode", "DEFERRED") == "DEFERRED"
    assert options == {"timeout": 5}
    assert (
        any_polls.python("""
        import django; django.setup()
        from django.db import connection
        print(connection.introspection.table_names(connection.cursor()))
    """)
        == "[]"
    )


def test_a_server_in_the_source_code_gives_way_and_is_told_of(polls: Project) -> None:
    polls.add_settings(remote("left-in-the-code"))
    assert polls.value("settings.DATABASES['default']['NAME']") == str(polls.database)
    assert "set DATABASE_URL to use it" in polls.warnings()
    polls.variables["SHOP"] = "postgres://u:p@db.example.com/shop"
    assert polls.value("settings.DATABASES['default']['NAME']") == "shop"


@pytest.mark.parametrize("databases", ["{}", "{'default': {}}", "{'default': {'ENGINE': ''}}"])
def test_a_project_without_a_database_gets_one(any_polls: Project, databases: str) -> None:
    any_polls.add_settings("DATABASES = " + databases)
    assert any_polls.value("settings.DATABASES['default']['NAME']") == str(any_polls.database)


def test_a_database_in_memory_is_kept_in_the_volume(polls: Project) -> None:
    polls.add_settings("DATABASES['default']['NAME'] = ':memory:'")
    assert polls.value("settings.DATABASES['default']['NAME']") == str(polls.database)


FOLDER = "__import__('nuages_runtime.overlay.data').overlay.data.project_media_root()"


def test_the_projects_own_folder_of_uploads_is_remembered(any_polls: Project) -> None:
    any_polls.add_settings(MEDIA + "os.path.join(BASE_DIR, 'uploads')")
    (any_polls.folder / "uploads").mkdir()
    assert any_polls.value(f"settings.MEDIA_ROOT and {FOLDER}") == str(any_polls.folder / "uploads")


@pytest.mark.parametrize("root", ["''", "BASE_DIR", "'/srv'", "BASE_DIR / 'data' / 'a'"])
def test_what_is_more_than_uploads_or_lies_elsewhere_is_not(polls: Project, root: str) -> None:
    polls.add_settings(MEDIA + root)
    (polls.data / "a").mkdir()
    (polls.folder / "data").symlink_to(polls.data)
    assert polls.value(f"settings.MEDIA_ROOT and {FOLDER}") == ""


def test_a_database_that_is_written_as_its_address_is_taken_by_its_parts(polls: Project) -> None:
    polls.add_settings("""
        import os
        DATABASES = {"default": os.environ["DATABASE_URL"]}
    """)
    assert polls.value("settings.DATABASES['default']['NAME']") == str(polls.database)
