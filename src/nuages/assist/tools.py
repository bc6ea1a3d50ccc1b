"""The tools for assistants: what each takes, says of itself, and does. No protocol in here."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nuages.assist.documents import (
    check_document,
    finding_documents,
    fix_document,
    plan_document,
)
from nuages.assist.errors import BAD_ARGUMENTS, DEPLOYMENT_FAILED
from nuages.assist.folder import Folder
from nuages.client.client import Client
from nuages.client.errors import problem_error
from nuages.client.follow import follow_deployment
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.finding import Severity
from nuages.pipeline.check import check_project
from nuages.pipeline.fix import FixRequest, apply_fix, plan_fix
from nuages.pipeline.plan import decisions

Document = dict[str, Any]
Tell = Callable[[str], None]
# Lines of a diff that were there before and look as if they held a secret; a text in them.
_FORMER = re.compile(r"^[ -](?!-- ).*(?:SECRET|PASS|TOKEN|KEY|CREDENTIAL|DSN|://).*$", re.M | re.I)
_QUOTED = re.compile(r"([\"']).*?\1")
_PROMISED = ("app", "environment", "release", "url", "start", "image", "seconds", "findings")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the tools are let into. `connect` gives a client of a platform that runs, `reach` one
    too and starts it first where none does; `explain` looks a code up."""

    folder: Folder
    connect: Callable[[], Client]
    reach: Callable[[], Client]
    explain: Callable[[str], Document]


class Nothing(BaseModel):
    """No arguments; one that is not known is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Place(Nothing):
    """A project."""

    path: str = Field(
        ".", description="The project's folder or zip, below the folder of the server."
    )
    root: str | None = Field(None, description="The project's folder inside the source.")


class Check(Place):
    """A project to check."""

    strict: bool = Field(True, description="What the platform would repair is an error.")


class Fix(Place):
    """A project to mend."""

    strict: bool = Field(True, description="Mend what the platform would repair, too.")
    dry_run: bool = Field(False, description="Only show the diff.")


class Deploy(Place):
    """A project to put live."""

    app: str | None = Field(
        None, description="NAME or NAME@ENVIRONMENT. Default: named after the folder."
    )
    strict: bool = Field(False, description="Refuse a project that the platform would repair.")
    overlay: bool = Field(True, description="Whether settings may be changed to fit.")
    config: dict[str, str] = Field(
        default_factory=dict, description="Config vars to set with it. They are never shown again."
    )


class Logs(Nothing):
    """Lines of an app's log."""

    app: str = Field(description="NAME or NAME@ENVIRONMENT.")
    count: int = Field(100, ge=1, le=1000, description="How many of the last lines.")
    process: str | None = Field(None, description="Only this process type, such as web.")


class Code(Nothing):
    """A code of an error or a finding."""

    code: str = Field(description="Such as inspect.W010.")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: `run` takes its arguments, the doors, and where to tell of progress. One that
    `changes` something may replace what is there; one that is `outward` does so beyond files."""

    name: str
    title: str
    about: str
    arguments: type[Nothing]
    run: Callable[[Any, Doors, Tell], Document]
    changes: bool = False
    outward: bool = False

    def call(self, given: Mapping[str, Any], doors: Doors, tell: Tell) -> Document:
        """What the tool says. Raises assist.E003 for arguments that it does not take, and
        whatever the platform refuses."""
        try:
            arguments = self.arguments.model_validate(dict(given))
        except ValidationError as error:
            said = "; ".join(
                f"{'.'.join(map(str, one['loc'])) or self.name}: {one['msg']}"
                for one in error.errors(include_url=False, include_input=False)
            )
            known = ", ".join(self.arguments.model_fields) or "none"
            hint = f"The arguments of {self.name}: {known}. Its input schema describes them."
            raise NuagesError(BAD_ARGUMENTS, f"{self.name}: {said}", hint=hint) from None
        return self.run(arguments, doors, tell)


def check(arguments: Check, doors: Doors, _tell: Tell) -> Document:
    """Facts and findings. Values that stand in the settings are left out: they may be secrets."""
    path = doors.folder.find(arguments.path)
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        document = check_document(
            check_project(path, arguments.root, arguments.strict, Path(scratch))
        )
    facts = document["facts"]
    del facts["literals"]
    for variable in facts["variables"]:
        variable["default"] = None if variable["default"] is None else "[redacted]"
    return document


def plan(arguments: Place, doors: Doors, _tell: Tell) -> Document:
    """Every decision, and the errors that stand in the way."""
    path = doors.folder.find(arguments.path)
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        checked = check_project(path, arguments.root, False, Path(scratch))
        status = "errors" if checked.has_errors else "ok"
        errors = [each for each in checked.findings if each.severity is Severity.ERROR]
        return {
            "status": status,
            "decisions": plan_document(decisions(checked)),
            "errors": finding_documents(errors),
        }


def fix(arguments: Fix, doors: Doors, _tell: Tell) -> Document:
    """Edit the project's own files as its findings offer. What was a secret in them is left out
    of the diff."""
    path = doors.folder.find(arguments.path)
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        planned = plan_fix(FixRequest(path, arguments.root, arguments.strict), Path(scratch))
    if not arguments.dry_run:
        apply_fix(path, planned.changes)
    document = fix_document(planned, dry_run=arguments.dry_run)
    for change in document["changes"]:
        change["diff"] = _FORMER.sub(
            lambda line: _QUOTED.sub("'[redacted]'", line[0]), change["diff"]
        )
    return document


def deploy(arguments: Deploy, doors: Doors, tell: Tell) -> Document:
    """Put a project live and follow it to its end; tells of each step."""
    source = doors.folder.find(arguments.path)
    if arguments.app is not None:
        EnvironmentName.parse(arguments.app)
    wanted: dict[str, object] = {"strict": arguments.strict, "overlay": arguments.overlay}
    wanted |= {"app": arguments.app} if arguments.app else {}
    wanted |= {"root": arguments.root} if arguments.root else {}
    wanted |= {"config": arguments.config} if arguments.config else {}
    client = doors.reach()
    if source.is_dir():
        wanted["folder"] = str(source)
    else:
        wanted |= {"upload": client.upload(source), "origin": str(source)}
    ended: Mapping[str, Any] = {}
    for event in follow_deployment(client, str(client.deploy(wanted)["id"])):
        if event["kind"] == "end":
            ended = event["deployment"]
        elif event["kind"] in ("step.done", "step.failed", "said"):
            tell(f"{event.get('step') or ''} {event.get('message') or event['kind']}".strip())
    if ended.get("status") == "succeeded":
        return {key: ended.get(key) for key in _PROMISED}
    if isinstance(ended.get("error"), dict):
        raise problem_error(ended["error"], 0)
    raise NuagesError(DEPLOYMENT_FAILED, f"The deployment ended as {ended.get('status')}")


def logs(arguments: Logs, doors: Doors, _tell: Tell) -> Document:
    """The last lines that an app printed; values of config vars are not in them."""
    EnvironmentName.parse(arguments.app)
    lines = doors.connect().logs(
        arguments.app, count=arguments.count, process=arguments.process, follow=False
    )
    return {"app": arguments.app, "lines": list(lines)}


def explain(arguments: Code, doors: Doors, _tell: Tell) -> Document:
    """What a code means, and what is to be done."""
    return doors.explain(arguments.code)


def apps(_arguments: Nothing, doors: Doors, _tell: Tell) -> Document:
    """All environments of all apps."""
    return {"apps": doors.connect().apps()}


def status(_arguments: Nothing, doors: Doors, _tell: Tell) -> Document:
    """Whether the platform runs."""
    return doors.connect().status()


TOOLS = (
    Tool(
        "check",
        "Check a project",
        "Read a Django project without running it: facts, and findings with file, line, reason and "
        "fix. `status` is `ok` when it can be deployed.",
        Check,
        check,
    ),
    Tool(
        "plan",
        "Plan a deployment",
        "Every decision about a project with its value, origin and reason. Nothing is run.",
        Place,
        plan,
    ),
    Tool(
        "fix",
        "Fix a project",
        "Edit the project's own files as its findings offer, and show the diff. What takes a "
        "decision is left for you.",
        Fix,
        fix,
        changes=True,
    ),
    Tool(
        "deploy",
        "Deploy a project",
        "Put a project live, or its newest state, without downtime; starts the platform where none "
        "runs. The answer has the site's `url`. A failure leaves the former release serving. A "
        "deployment that was begun goes on when the call is cancelled.",
        Deploy,
        deploy,
        changes=True,
        outward=True,
    ),
    Tool("logs", "Read logs", "The last lines that an app printed.", Logs, logs),
    Tool(
        "explain",
        "Explain a code",
        "What the code of an error or a finding means, and its fix.",
        Code,
        explain,
    ),
    Tool("apps", "List apps", "All apps with status, release and URL.", Nothing, apps),
    Tool("status", "Platform status", "What runs of the platform, and where.", Nothing, status),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
