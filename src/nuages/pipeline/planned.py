"""What a build is asked for becomes its plan."""

from __future__ import annotations

from dataclasses import replace

from nuages.build.plan import BuildPlan, plan_build
from nuages.build.variables.standins import stand_ins
from nuages.pipeline.values import BuildRequest

# Servers that a project may name and the platform has one of its own for, by how they are started.
_SERVERS = {"uwsgi": "uwsgi", "mod-wsgi": "mod_wsgi-express"}
_DRIVERS = ("mysqlclient",)


def plan_of(request: BuildRequest) -> BuildPlan:
    """The plan of a build, with what the app can do without."""
    state, project = request.state, request.project
    hidden = state.config.keys() - state.build_config.keys()
    variables = {**stand_ins(hidden, project.facts.variables), **state.build_config}
    plan = plan_build(
        request.source, project.facts, project.config, variables, overlay=request.overlay
    )
    return replace(plan, unneeded=_unneeded(request, plan))


def _unneeded(request: BuildRequest, plan: BuildPlan) -> tuple[str, ...]:
    """Distributions that this app can do without where they cannot be compiled: the driver of a
    database that it has not, and servers that it does not start."""
    state, blueprint = request.state, plan.blueprint
    served = {word for _, command in blueprint.processes for word in command.split()}
    found = [name for name, word in _SERVERS.items() if word not in served]
    feeds = {name for name, setting in blueprint.feeds if setting == "DATABASES"}
    own = {"DATABASE_URL", *feeds} & state.config.keys()
    if request.project.facts.database.value == "sqlite" and blueprint.overlay and not own:
        found += _DRIVERS
    return tuple(found)
