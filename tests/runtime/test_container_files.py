"""Static files and uploads of a container, with no proxy before it."""

from __future__ import annotations

import gzip

import pytest

from tests.runtime.conftest import Make
from tests.runtime.container import Container, contents
from tests.runtime.projects import Project

ASGI = {"interface": "asgi", "application": "mysite.asgi:application"}
WAYS = [{}, ASGI, {"server": "uwsgi"}, {"server": "gevent"}]
IMMUTABLE = "immutable"
NOT_SHOWN = (
    "/media/.secret",
    "/media/link.txt",
    "/media/../db.sqlite3",
    "/media/%2e%2e/db.sqlite3",
    "/media/",
    "/media/none",
    "/media/a%00b",
)


@pytest.fixture
def site(polls: Project) -> Project:
    """A site with collected files and uploads."""
    return _with_files(polls)


def _with_files(polls: Project) -> Project:
    polls.migrate()
    polls.add_settings(f"""
        MEDIA_URL = "/media/"
        MEDIA_ROOT = {str(polls.data / "media")!r}
    """)
    contents(
        polls.data / "static",
        {"polls/style.css": "body {}" * 200, "polls/style.0123456789ab.css": "body {}",
         "polls/stamp.202601021504.css": "body {}"},
    )  # fmt: skip
    packed = gzip.compress(b"body {}" * 200)
    (polls.data / "static" / "polls" / "style.css.gz").write_bytes(packed)
    contents(
        polls.data / "media",
        {"cat.txt": "miaow", "cat.txt.gz": "not a cat", "page.html": "<script>", ".secret": "x",
         "été/a b.txt": "warm"},
    )  # fmt: skip
    (polls.data / "media" / "link.txt").symlink_to("/etc/hostname")
    return polls


def container(site: Project, **image: object) -> Container:
    return Container(site, keep=["MEDIA_ROOT"], **image)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_static_files_and_uploads_are_served(site: Project, way: dict[str, object]) -> None:
    with container(site, **way).serve() as served:
        assert served.get("/static/polls/style.css") == (200, "body {}" * 200)
        head = served.head("/static/polls/style.css", "Accept-Encoding: gzip\r\n")
        assert "content-encoding: gzip" in head
        assert IMMUTABLE not in head
        assert IMMUTABLE in served.head("/static/polls/style.0123456789ab.css")
        assert IMMUTABLE not in served.head("/static/polls/stamp.202601021504.css")
        assert served.get("/static/polls/none.css")[0] == 404
        assert served.get("/media/cat.txt") == (200, "miaow")
        assert served.get("/media/%C3%A9t%C3%A9/a%20b.txt") == (200, "warm")
        assert served.get("/media/cat.txt", "Accept-Encoding: gzip\r\n") == (200, "miaow")
        assert served.get("/media/cat.txt", "Range: bytes=1-2\r\n") == (206, "ia")
        head = served.head("/media/page.html", method="HEAD")
        assert head.splitlines()[0].startswith("http/1.1 200")
        assert "script-src 'none'" in head
        assert "nosniff" in head
        for path in NOT_SHOWN:
            assert served.get(path)[0] == 404, path
        assert served.get("/") == (200, "questions: 0")
        assert served.terminate() == 0


@pytest.mark.parametrize("kind", ["1.11", "4.2", "newest"])
def test_files_are_served_by_other_djangos_too(make_project: Make, kind: str) -> None:
    with container(_with_files(make_project(kind))).serve() as served:
        assert served.get("/static/polls/style.css") == (200, "body {}" * 200)
        assert served.get("/media/cat.txt") == (200, "miaow")


def test_uploads_with_a_view_of_the_projects_own_are_left_to_it(site: Project) -> None:
    site.write(
        "mysite/urls.py",
        """
        from django.urls import path
        from polls import views
        urlpatterns = [path("", views.index), path("media/<path:name>", views.private)]
        """,
    )
    with (site.folder / "polls" / "views.py").open("a") as stream:
        stream.write("def private(request, name): return HttpResponse('members only')\n")
    with container(site).serve() as served:
        assert served.get("/media/cat.txt") == (200, "members only")


def test_a_project_with_whitenoise_serves_its_static_files_itself(site: Project) -> None:
    site.add_settings("MIDDLEWARE.insert(1, 'whitenoise.middleware.WhiteNoiseMiddleware')")
    with container(site).serve() as served:
        assert served.get("/static/polls/style.css") == (200, "body {}" * 200)
        assert "max-age=60" in served.head("/static/polls/style.css")


def test_on_the_platform_files_are_the_proxys_business(site: Project) -> None:
    printed = site.python("""
        import django; django.setup()
        from django.core.handlers.wsgi import WSGIHandler
        print(hasattr(WSGIHandler, "_nuages_files"))
    """)
    assert printed == "False"
