"""The exporter beside a container's web server receives what that measures."""

from __future__ import annotations

import pytest

from tests.runtime.container import Container
from tests.runtime.exporter import Scraper
from tests.runtime.instance import free_port
from tests.runtime.projects import Project

ASGI = {"interface": "asgi", "application": "mysite.asgi:application"}


@pytest.mark.parametrize("image", [{}, ASGI, {"server": "gevent"}], ids=["wsgi", "asgi", "gevent"])
def test_requests_to_a_container_are_measured_until_it_ends(
    polls: Project, image: dict[str, object]
) -> None:
    polls.migrate()
    scraper = Scraper()
    scraper.metrics_port = free_port()
    polls.variables.update(
        NUAGES_STATSD="on",
        NUAGES_STATSD_BIND=f"127.0.0.1:{free_port()}",
        NUAGES_METRICS_BIND=f"127.0.0.1:{scraper.metrics_port}",
    )
    with Container(polls, **image).serve() as container:
        assert [container.get(path)[0] for path in ("/", "/none")] == [200, 404]
        scraper.wait_for("django_requests", 2)
        scraper.wait_for('django_response_code{status="404"}', 1)
        assert container.terminate() == 0, container.log.read_text()
        scraper.wait_until(up=False)
