"""The overlay inside real Djangos: an unprepared project gets settings that fit."""

from __future__ import annotations

import re

import pytest

from tests.runtime.projects import KEY, Project


def test_debug_is_off_also_for_what_the_settings_derive_from_it(any_polls: Project) -> None:
    any_polls.add_settings("TOOLBAR = 'shown' if DEBUG else 'absent'")
    assert any_polls.value("[settings.DEBUG, settings.TOOLBAR]") == [False, "absent"]


def test_debug_stays_on_where_it_was_asked_for(polls: Project) -> None:
    polls.overlay["debug"] = True
    assert polls.value("settings.DEBUG") is True


READS_DEBUG = "import os\nDEBUG = os.environ.get('DEBUG', True)"


def test_debug_is_on_where_the_users_variable_says_so(polls: Project) -> None:
    polls.add_settings(READS_DEBUG)
    polls.variables["DEBUG"] = "1"
    polls.overlay["reads"] = ["DEBUG"]
    assert polls.value("settings.DEBUG") == "1"


def test_a_variable_that_says_no_is_no_yes_because_it_is_a_text(any_polls: Project) -> None:
    any_polls.add_settings(READS_DEBUG)
    any_polls.variables["DEBUG"] = "False"
    any_polls.overlay["reads"] = ["DEBUG"]
    assert any_polls.value("settings.DEBUG") is False


def test_a_variable_for_something_else_does_not_leave_debug_on(polls: Project) -> None:
    polls.add_settings("DEBUG = bool(1)")
    polls.variables["DEBUG_TOOLBAR"] = "1"
    polls.variables["TEMPLATE_DEBUG"] = "1"
    polls.variables["DEBUG"] = "0"
    polls.overlay["reads"] = ["DEBUG_TOOLBAR", "TEMPLATE_DEBUG", "DEBUG"]
    polls.overlay["feeds"] = [["DEBUG", "DEBUG"], ["TEMPLATE_DEBUG", "TEMPLATE_DEBUG"]]
    assert polls.value("settings.DEBUG") is False


def test_a_key_in_the_source_code_is_replaced_everywhere(any_polls: Project) -> None:
    any_polls.add_settings("SIGNING = {'key': SECRET_KEY}")
    assert any_polls.value("[settings.SECRET_KEY, settings.SIGNING['key']]") == [KEY, KEY]


def test_a_key_in_a_file_of_the_source_is_replaced(polls: Project) -> None:
    (polls.folder / "secrets.json").write_text('{"key": "taken from an example"}')
    polls.add_settings("""
        import json
        SECRET_KEY = json.loads((BASE_DIR / "secrets.json").read_text())["key"]
    """)
    assert polls.value("settings.SECRET_KEY") == KEY


def test_a_key_from_elsewhere_is_kept(polls: Project) -> None:
    (polls.data / "secrets.json").write_text('{"key": "made for this site"}')
    polls.add_settings(f"""
        import json
        SECRET_KEY = json.load(open({str(polls.data / "secrets.json")!r}))["key"]
    """)
    assert polls.value("settings.SECRET_KEY") == "made for this site"


def test_a_missing_key_is_filled_in(any_polls: Project) -> None:
    any_polls.add_settings("del SECRET_KEY")
    assert any_polls.value("settings.SECRET_KEY") == KEY


def test_a_default_key_of_a_variable_that_is_not_set_is_replaced(polls: Project) -> None:
    polls.add_settings("""
        import os
        SECRET_KEY = os.environ.get("OTHER_KEY", "left-in-the-code")
        COPY = SECRET_KEY
    """)
    assert polls.value("[settings.SECRET_KEY, settings.COPY]") == [KEY, KEY]


def test_a_key_from_a_variable_of_the_users_is_kept(polls: Project) -> None:
    polls.add_settings("import os\nSECRET_KEY = os.environ['OTHER_KEY']")
    polls.variables["OTHER_KEY"] = "mine"
    assert polls.value("settings.SECRET_KEY") == "mine"


def test_former_keys_come_from_the_platform(polls: Project) -> None:
    polls.variables["SECRET_KEY_FALLBACKS"] = "old,older"
    assert polls.value("settings.SECRET_KEY_FALLBACKS") == ["old", "older"]


def test_hosts_are_added_to_the_projects_own(any_polls: Project) -> None:
    any_polls.edit_settings("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['www.example.com']")
    expected = ["www.example.com", "polls.localhost", "polls"]
    assert any_polls.value("settings.ALLOWED_HOSTS") == expected


def test_any_host_becomes_the_apps_hosts(any_polls: Project) -> None:
    any_polls.edit_settings("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['*']")
    assert any_polls.value("settings.ALLOWED_HOSTS") == ["polls.localhost", "polls"]


def test_hosts_that_the_user_sets_to_any_are_kept(polls: Project) -> None:
    polls.add_settings("import os\nALLOWED_HOSTS = os.environ['HOSTS'].split()")
    polls.variables["HOSTS"] = "*"
    polls.overlay["reads"] = ["HOSTS"]
    assert polls.value("settings.ALLOWED_HOSTS") == ["*"]


def test_a_variable_for_another_host_does_not_let_any_host_in(polls: Project) -> None:
    polls.add_settings("ALLOWED_HOSTS = list('*')")
    polls.variables["EMAIL_HOST"] = "mail.example.com"
    polls.overlay["reads"] = ["EMAIL_HOST"]
    assert polls.value("settings.ALLOWED_HOSTS") == ["polls.localhost", "polls"]


def test_trusted_origins_have_a_scheme_from_django_4_on(any_polls: Project) -> None:
    bare = any_polls.environment.kind == "1.11"
    expected = "polls.localhost:8000" if bare else "http://polls.localhost:8000"
    assert any_polls.value("settings.CSRF_TRUSTED_ORIGINS") == [expected]


def test_static_files_get_a_place_and_hashed_names(any_polls: Project) -> None:
    name = "nuages_runtime.static.storage.HashedStaticFilesStorage"
    old = any_polls.environment.kind == "1.11"
    storage = (
        "settings.STATICFILES_STORAGE" if old else "settings.STORAGES['staticfiles']['BACKEND']"
    )
    assert any_polls.value(storage) == name
    assert any_polls.value("settings.STATIC_ROOT") == str(any_polls.data / "static")


def test_what_is_asked_for_in_vain_is_told_but_not_compressed_copies(polls: Project) -> None:
    ask = (
        "import django; django.setup()\n"
        "from django.contrib.staticfiles.storage import staticfiles_storage as files\n"
        "print(files.url('a.css'), files.url('a.css.zst'))"
    )
    done = polls.environment.run("-c", ask, cwd=polls.folder, env=polls.env())
    assert "'a.css' is asked for" in done.stderr
    assert ".zst" not in done.stderr
    assert done.stdout.split() == ["/static/a.css", "/static/a.css.zst"]


def test_the_projects_static_root_is_kept(polls: Project) -> None:
    polls.add_settings("STATIC_ROOT = BASE_DIR / 'collected'")
    assert polls.value("settings.STATIC_ROOT") == str(polls.folder / "collected")


def test_static_files_are_not_collected_through_a_link(polls: Project) -> None:
    (polls.folder / "public").symlink_to(polls.data)
    polls.add_settings("STATIC_ROOT = BASE_DIR / 'public' / 'static'")
    assert polls.value("settings.STATIC_ROOT") == str(polls.data / "static")
    assert "link" in polls.changes()["STATIC_ROOT"]["why"]


@pytest.mark.parametrize(
    "root", ["staticfiles", "static/", "/public_collected", "/srv", "/usr/lib"]
)
def test_static_files_are_collected_to_where_the_platform_can_show_them(
    polls: Project, root: str
) -> None:
    polls.add_settings(f"STATIC_ROOT = {root!r}")
    assert polls.value("settings.STATIC_ROOT") == str(polls.data / "static")
    assert polls.changes()["STATIC_ROOT"]["project"] == repr(root)


def test_old_storage_settings_are_mapped_where_django_ignores_them(polls: Project) -> None:
    polls.add_settings("""
        STATICFILES_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        DEFAULT_FILE_STORAGE = "shop.storage.Uploads"
    """)
    used = polls.value("settings.STORAGES")
    assert isinstance(used, dict)
    assert used["staticfiles"]["BACKEND"].endswith("ManifestStaticFilesStorage")
    assert used["default"]["BACKEND"] == "shop.storage.Uploads"


def test_a_redirect_to_https_is_off_without_tls(polls: Project) -> None:
    polls.add_settings("SECURE_SSL_REDIRECT = True\nSESSION_COOKIE_SECURE = True")
    assert polls.value("[settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE]") == [
        False,
        False,
    ]


def test_a_redirect_that_the_user_asks_for_stays(polls: Project) -> None:
    polls.add_settings("SECURE_SSL_REDIRECT = True")
    polls.overlay["reads"] = ["SECURE_SSL_REDIRECT"]
    assert polls.value("settings.SECURE_SSL_REDIRECT") is True


def test_a_variable_of_any_name_can_ask_for_a_redirect(polls: Project) -> None:
    polls.add_settings("SECURE_SSL_REDIRECT = True")
    polls.overlay.update(reads=["ONLY_SAFE"], feeds=[["ONLY_SAFE", "SECURE_SSL_REDIRECT"]])
    assert polls.value("settings.SECURE_SSL_REDIRECT") is True


def test_a_variable_for_another_connection_does_not_ask_for_a_redirect(polls: Project) -> None:
    polls.add_settings("SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = True")
    polls.overlay["reads"] = ["DB_SSLMODE", "COOKIE_DOMAIN"]
    assert polls.value("[settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE]") == [
        False,
        False,
    ]


def test_with_tls_cookies_are_secure_and_the_proxy_is_believed(any_polls: Project) -> None:
    any_polls.overlay["scheme"] = "https"
    assert any_polls.value(
        "[settings.SECURE_PROXY_SSL_HEADER, settings.SESSION_COOKIE_SECURE, "
        "settings.CSRF_COOKIE_SECURE]"
    ) == [["HTTP_X_FORWARDED_PROTO", "https"], True, True]


def test_errors_go_to_standard_error(any_polls: Project) -> None:
    done = any_polls.environment.run(
        "-c",
        "import django; django.setup()\nimport logging\n"
        "logging.getLogger('django.request').warning('seen')\n"
        "logging.getLogger('x').info('unseen')",
        cwd=any_polls.folder,
        env=any_polls.env(),
    )
    assert done.stderr.strip().splitlines()[-1] == "WARNING django.request: seen"


def test_logging_that_the_settings_set_up_themselves_is_kept(any_polls: Project) -> None:
    any_polls.add_settings("import logging\nlogging.basicConfig(format='mine: %(message)s')")
    done = any_polls.environment.run(
        "-c",
        "import django; django.setup()\nimport logging\n"
        "logging.getLogger('django.request').warning('seen')",
        cwd=any_polls.folder,
        env=any_polls.env(),
    )
    assert done.stderr.strip().splitlines()[-1] == "mine: seen"
    assert "LOGGING" not in any_polls.changes()


def test_the_projects_logging_is_kept(polls: Project) -> None:
    polls.add_settings("LOGGING = {'version': 1, 'disable_existing_loggers': False}")
    assert polls.value("sorted(settings.LOGGING)") == ["disable_existing_loggers", "version"]


def test_settings_in_keep_are_left_alone(any_polls: Project) -> None:
    any_polls.overlay["keep"] = ["DEBUG", "ALLOWED_HOSTS", "DATABASES"]
    assert any_polls.value("[settings.DEBUG, settings.ALLOWED_HOSTS]") == [True, []]
    assert str(any_polls.folder) in str(any_polls.value("settings.DATABASES['default']['NAME']"))


def test_switched_off_the_overlay_changes_nothing(any_polls: Project) -> None:
    any_polls.overlay["enabled"] = False
    assert any_polls.value("[settings.DEBUG, settings.STATIC_ROOT]") == [True, None]


def test_settings_split_over_a_package_are_corrected_in_their_base(polls: Project) -> None:
    text = polls.settings.read_text() + "\nDERIVED = 'debugging' if DEBUG else 'quiet'\n"
    polls.settings.unlink()
    polls.write("mysite/settings/__init__.py", "")
    (polls.folder / "mysite/settings/base.py").write_text(text)
    polls.write("mysite/settings/production.py", "from .base import *\n")
    polls.variables["DJANGO_SETTINGS_MODULE"] = "mysite.settings.production"
    assert polls.value("[settings.DEBUG, settings.DERIVED]") == [False, "quiet"]


def split(project: Project, first: str) -> str:
    """Make the settings a package whose `__init__` has `first`; the text of its base."""
    text = project.settings.read_text()
    project.settings.unlink()
    project.write("mysite/settings/__init__.py", first)
    project.write("mysite/settings/production.py", "from .base import *\n")
    project.variables["DJANGO_SETTINGS_MODULE"] = "mysite.settings.production"
    return text


def test_settings_that_their_package_has_loaded_before_are_corrected(any_polls: Project) -> None:
    text = split(any_polls, "from .base import *\n") + "\nSIGNING = SECRET_KEY\n"
    key = re.search("SECRET_KEY = .*", text)
    assert key
    text = text.replace(key[0], "SECRET_KEY = 'left-in-the-code'")
    (any_polls.folder / "mysite/settings/base.py").write_text(text)
    assert any_polls.value("[settings.SECRET_KEY, settings.SIGNING]") == [KEY, KEY]


def test_a_key_in_a_branch_is_replaced(any_polls: Project) -> None:
    any_polls.add_settings("""
        import os
        if "NO_SUCH_KEY" in os.environ:
            SECRET_KEY = os.environ["NO_SUCH_KEY"]
        else:
            SECRET_KEY = "left-in-the-code"
    """)
    assert any_polls.value("settings.SECRET_KEY") == KEY


@pytest.mark.parametrize(
    ("module", "line", "expected"),
    [
        ("payments", "from mysite.payments import SECRET_KEY as OTHER", "sk_live"),
        ("products", "from mysite.products import SECRET_KEY as OTHER", "sk_live"),
        ("settings_base", "from mysite.settings_base import SECRET_KEY as OTHER", KEY),
        ("shared", "from mysite.shared import *\nOTHER = SECRET_KEY", KEY),
    ],
)
def test_what_lies_beside_the_settings_is_corrected_where_it_is_a_part_of_them(
    polls: Project, module: str, line: str, expected: str
) -> None:
    polls.write(f"mysite/{module}.py", "SECRET_KEY = 'sk_live'\n")
    polls.add_settings(line)
    assert polls.value("settings.OTHER") == expected


def test_a_module_that_names_its_settings_outright_is_corrected_too(polls: Project) -> None:
    (polls.folder / "mysite/other.py").write_text(polls.settings.read_text())
    printed = polls.python("""
        import os
        os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.other"
        from django.conf import settings
        print(settings.DEBUG, settings.SETTINGS_MODULE)
    """)
    assert printed == "False mysite.other"


def test_settings_that_are_loaded_anew_are_corrected_too(any_polls: Project) -> None:
    printed = any_polls.python("""
        import importlib
        import django.conf
        importlib.reload(django.conf)
        print(django.conf.settings.DEBUG, django.conf.settings.NUAGES_OVERLAY_ACTIVE)
    """)
    assert printed == "False True"


def test_settings_by_configure_are_corrected(any_polls: Project) -> None:
    printed = any_polls.python("""
        from django.conf import settings
        settings.configure(DEBUG=True, SECRET_KEY="django-insecure-x")
        print(settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS)
    """)
    assert printed == f"False {KEY} ['polls.localhost', 'polls']"


def test_django_configurations_are_corrected(polls: Project) -> None:
    polls.write(
        "mysite/classes.py",
        """
        from configurations import Configuration

        class Live(Configuration):
            DEBUG = True
            SECRET_KEY = "in-the-code"
            ALLOWED_HOSTS = []
            INSTALLED_APPS = ["django.contrib.contenttypes"]

            @property
            def DERIVED(self):
                return "debugging" if self.DEBUG else "quiet"
        """,
    )
    polls.variables["DJANGO_SETTINGS_MODULE"] = "mysite.classes"
    polls.variables["DJANGO_CONFIGURATION"] = "Live"
    printed = polls.python("""
        import configurations; configurations.setup()
        from django.conf import settings
        print(settings.DEBUG, settings.SECRET_KEY, settings.DERIVED)
    """)
    assert printed == f"False {KEY} quiet"


def test_every_change_is_explained_without_secrets(any_polls: Project) -> None:
    changes = any_polls.changes()
    assert changes["DEBUG"]["project"] == "True"
    assert changes["DEBUG"]["used"] == "False"
    assert "mysite/settings.py:" in changes["DEBUG"]["why"]
    assert changes["DEBUG"]["keep"] == 'deploy.toml: [settings] keep = ["DEBUG"]'
    assert changes["SECRET_KEY"]["used"] == "(hidden)"
    assert KEY not in str(changes)


def test_line_numbers_stay_true(polls: Project) -> None:
    polls.add_settings("raise RuntimeError('here')")
    line = len(polls.settings.read_text().splitlines())
    done = polls.environment.run(
        "-c", "from django.conf import settings; settings.DEBUG", cwd=polls.folder, env=polls.env()
    )
    assert f'settings.py", line {line},' in done.stderr


def test_without_the_platforms_variable_nothing_of_it_is_loaded(any_polls: Project) -> None:
    env = any_polls.env()
    del env["NUAGES_OVERLAY"]
    code = (
        "import sys; from django.conf import settings; settings.DEBUG\n"
        "print(settings.DEBUG, [name for name in sys.modules if 'nuages' in name])"
    )
    done = any_polls.environment.run("-c", code, cwd=any_polls.folder, env=env)
    assert (done.stdout.strip(), done.stderr) == ("True []", "")


def test_the_hook_is_silent_where_the_runtime_is_not_mounted(any_polls: Project) -> None:
    env = {**any_polls.env(), "PYTHONPATH": str(any_polls.folder)}
    done = any_polls.environment.run("-c", "print('fine')", cwd=any_polls.folder, env=env)
    assert (done.stdout.strip(), done.stderr) == ("fine", "")


def test_without_its_mark_nothing_is_started(polls: Project) -> None:
    code = """if True:
        import sys
        sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "_AfterImport"]
        from django.conf import settings
        settings.DEBUG
        from nuages_runtime.overlay.apply import require
        require()
    """
    done = polls.environment.run("-c", code, cwd=polls.folder, env=polls.env())
    assert done.returncode == 3
    assert "did not take hold" in done.stderr
