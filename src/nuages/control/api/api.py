"""The HTTP API, put together: one router for each noun, one place for errors."""

from __future__ import annotations

from ninja import NinjaAPI

from nuages.control.api import (
    apps,
    config,
    deployments,
    domains,
    observe,
    platform,
    problems,
    processes,
    releases,
    runs,
)
from nuages.control.api.parts import platform_version

DESCRIPTION = """Puts Django projects live. NAME is an environment of an app: `polls`, or
`polls@test`. Errors are problem+json with `code`, `hint` and the exit code of the command line.
What changes an environment is a *deployment*: it is queued (202), and its events can be followed.
"""

api = NinjaAPI(
    title="Nuages",
    version=platform_version(),
    description=DESCRIPTION,
    docs_url=None,
    urls_namespace="api",
)
problems.install(api)
for router, tag in (
    (platform.router, "platform"),
    (apps.router, "apps"),
    (deployments.router, "deployments"),
    (releases.router, "releases"),
    (config.router, "config"),
    (observe.router, "observe"),
    (runs.router, "runs"),
    (processes.router, "processes"),
    (domains.router, "domains"),
):
    api.add_router("", router, tags=[tag])
