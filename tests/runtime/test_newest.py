"""The newest Django there is: a project is looked into, released, and its pages hold."""

from __future__ import annotations

from tests.runtime.conftest import Make
from tests.runtime.reports import run_reporting


def test_an_unprepared_site_is_built_and_released(make_project: Make) -> None:
    site = make_project("newest")
    site.add_settings("""
        CSRF_TRUSTED_ORIGINS = ["example.com"]
        CACHES = {"default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://localhost",
        }}
        STATICFILES_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    """)
    site.overlay["static_root"] = str(site.data / "exchange" / "static")
    report = run_reporting(site, "probe").report
    assert (report["error"], report["static_collected"] > 50) == (None, True)
    report = run_reporting(site, "release", migrate=True, check=True).report
    assert (report["ok"], report["error"]) == (True, None)
    printed = site.python("""
        import django; django.setup()
        from django.test import Client
        client = Client()
        print(client.get("/", HTTP_HOST="polls.localhost").content.decode())
        print(client.get("/admin/login/", HTTP_HOST="polls.localhost").status_code)
        print("admin/css/base." in client.get("/admin/login/", HTTP_HOST="polls.localhost")
              .content.decode())
    """)
    assert printed.splitlines() == ["questions: 0", "200", "True"]
