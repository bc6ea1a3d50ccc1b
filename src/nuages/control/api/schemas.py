"""What the API takes and gives, with the descriptions that its OpenAPI document shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

AppName = Annotated[
    str,
    Field(description="An environment: `polls`, or `polls@test`", examples=["polls", "polls@test"]),
]
Created = Annotated[datetime, Field(description="When, in UTC")]


class Strict(Schema):
    """A request body: a key that it does not know is an error, not a silent nothing."""

    model_config = ConfigDict(extra="forbid")


class ProofOut(Schema):
    """A line that shows a cause."""

    number: int = Field(description="In `details`, from 1; 0 is `detail` itself", examples=[11])
    line: str = Field(examples=["ModuleNotFoundError: No module named 'yaml'"])


class CauseOut(Schema):
    """Why something of the project's failed, as its output shows."""

    code: str = Field(examples=["diagnose.C072"])
    title: str = Field(examples=["The module 'yaml' is not installed; PyYAML brings it"])
    why: str
    fix: str = Field(examples=["Add a line to requirements.txt: PyYAML"])
    proofs: list[ProofOut] = Field(default_factory=list)
    file: str = Field("", description="Below the source", examples=["polls/views.py"])
    line: int = Field(0, examples=[6])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:nuages:error:control.E001"])
    title: str = Field(examples=["There is no such app"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no app 'pols'"])
    code: str = Field(examples=["control.E001"])
    hint: str = Field(description="What to do about it", examples=["Did you mean polls?"])
    details: str = Field("", description="Evidence, such as the last log lines")
    causes: list[CauseOut] = Field(default_factory=list, description="The likeliest first")
    retryable: bool = False
    exit_code: int = Field(description="With which a command that meets it ends", examples=[4])


class PartOut(Schema):
    """A process of the platform."""

    name: str = Field(examples=["proxy"])
    status: str = Field(examples=["running"])
    pid: int | None = None
    since: datetime | None = None
    memory: int | None = Field(None, description="Proportional set size in bytes")


class HttpOut(Schema):
    """Where the proxy listens."""

    address: str = Field(examples=["::"])
    port: int = Field(examples=[8000])


class StatusOut(Schema):
    """Whether the platform does its work."""

    healthy: bool
    version: str
    since: datetime | None
    parts: list[PartOut]
    http: HttpOut
    apps: int = Field(description="How many environments there are")


class AppOut(Schema):
    """An environment of an app."""

    name: AppName
    app: str = Field(examples=["polls"])
    environment: str = Field(examples=["live"])
    status: str = Field(
        description="new, running, starting, stopped, crashed, or unknown", examples=["running"]
    )
    release: int | None = Field(description="The version that has the traffic", examples=[42])
    image: str | None
    url: str = Field(examples=["http://polls.localhost:8000"])
    start: str | None = Field(
        None,
        description="The address of its first page; none where no release serves, or none is known",
        examples=["http://polls.localhost:8000/polls/"],
    )
    domains: list[str] = Field(description="Its host names, the main one first")
    size: str = Field(examples=["starter"])
    source: str = Field(description="Where it was deployed from", examples=["folder:/srv/polls"])
    scale: dict[str, int] = Field(description="Counts set by hand", examples=[{"web": 2}])
    deployment: int | None = Field(description="The one that runs or waits now")
    created: Created


class ReleaseOut(Schema):
    """An immutable version of an environment."""

    version: int = Field(examples=[42])
    app: str
    environment: str
    status: str = Field(description="current, former, or failed (it never got traffic)")
    reason: str = Field(examples=["rollback to v41"])
    image: str
    processes: list[dict[str, str]] = Field(
        examples=[[{"name": "web", "command": ""}]],
        description="Process types; an empty command is the platform's own server",
    )
    config: list[str] = Field(description="The names of its config vars")
    created: Created
    switched: datetime | None = Field(description="When it got the traffic")


class MigrationOut(Schema):
    """A migration that a release applied."""

    version: int = Field(description="The release")
    name: str = Field(examples=["polls.0002_question_closed"])
    app: str
    environment: str
    created: Created


class RollbackIn(Strict):
    """Where to go back to."""

    version: int | None = Field(
        None,
        description="Default: the last release with another image; with `with_config` the one "
        "before",
        examples=[41],
    )
    with_config: bool = Field(False, description="Take its config vars of then, too")


class DeployIn(Strict):
    """A source to put live: a folder on this machine, or an upload."""

    app: AppName | None = Field(None, description="Default: named after the source")
    folder: str | None = Field(None, description="An absolute path", examples=["/srv/polls"])
    upload: str | None = Field(None, description="The id of an upload")
    origin: str | None = Field(
        None, description="Where the upload came from: an absolute path", examples=["/srv/app.zip"]
    )
    root: str | None = Field(None, description="The project's folder inside the source")
    config: dict[str, str] = Field(
        default_factory=dict, description="Config vars to set with it", examples=[{"MAIL": "x"}]
    )
    strict: bool = Field(False, description="Make errors of what the overlay would repair")
    overlay: bool = Field(True, description="Whether settings may be changed to fit")
    install_packages: bool = Field(
        False, description="Whether system packages that are missing may be installed"
    )


class DeploymentOut(Schema):
    """One passage through a pipeline."""

    id: int
    app: str = Field(examples=["polls"])
    environment: str = Field(examples=["live"])
    kind: str = Field(examples=["deploy"])
    status: str = Field(description="waiting, running, succeeded, failed or replaced")
    release: int | None = Field(None, examples=[42])
    url: str | None = None
    start: str | None = Field(None, description="The address of its first page")
    image: str | None = None
    seconds: float | None = Field(None, description="From the request to the switch")
    findings: list[dict[str, Any]] = Field(default_factory=list)
    error: Problem | None = None
    created: Created
    started: datetime | None = Field(None, description="When work on it began")
    ended: datetime | None = None


class NoDeployment(Schema):
    """Nothing has to run for the change."""

    id: None = None
    reason: str = Field(
        description="`unchanged`: everything was so already. `no release`: it is written, and "
        "counts from the first release on",
    )


class ImageReleaseOut(Schema):
    """A release of an image."""

    version: int
    app: str
    environment: str


class ImageOut(Schema):
    """What a release runs, named by its content."""

    id: str = Field(examples=["sha256:8f14e45f"])
    source: str = Field(description="The digest of its source")
    django: str = Field(examples=["5.2.1"])
    python: str = Field(examples=["3.12.3"])
    releases: list[ImageReleaseOut]
    created: Created


class UploadOut(Schema):
    """An archive that waits to be deployed."""

    id: str = Field(examples=["8f14e45fceea167a5a36dedd"])


class ConfigVarOut(Schema):
    """A config var."""

    name: str = Field(examples=["EMAIL_HOST"])
    value: str | None = Field(description="None where it is hidden and was not asked for")
    hidden: bool
    updated: datetime
    app: str
    environment: str


class ConfigIn(Strict):
    """Config vars to set and to unset at once."""

    set: dict[str, str] = Field(default_factory=dict, examples=[{"EMAIL_HOST": "mail"}])
    unset: list[str] = Field(default_factory=list, examples=[["OLD"]])
    hidden: bool | None = Field(
        None, description="Default: as it was, and true for new ones; plain ones reach builds"
    )


class SettingOut(Schema):
    """One thing that the overlay changed in the project's settings."""

    name: str = Field(examples=["ALLOWED_HOSTS"])
    setting: str = Field(description="The same", examples=["ALLOWED_HOSTS"])
    app: str
    environment: str
    project: str = Field(description="The project's value", examples=["[]"])
    used: str = Field(description="The value used", examples=["['polls.localhost']"])
    why: str
    keep: str = Field("", description="How to keep the project's")


class EventOut(Schema):
    """Something that happened."""

    id: int = Field(description="Grows from event to event; `after` takes it")
    number: int = Field(description="The same")
    app: str
    environment: str
    kind: str = Field(examples=["step.done"])
    actor: str = Field("", description="The user who asked for it", examples=["grace"])
    message: str
    step: str = Field("", examples=["build"])
    seconds: float | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    deployment: int | None = None
    created: Created


class InstanceOut(Schema):
    """One running copy of a process type."""

    id: str
    app: str
    environment: str
    release: int
    process: str = Field(examples=["web"])
    status: str = Field(description="starting, ready, running, stopping, crashed or sleeping")
    pid: int | None
    created: datetime | None = Field(description="When it was started")
    restarts: int
    memory: int | None = Field(description="Bytes")
    exit: str = ""


class DomainOut(Schema):
    """A host name of an environment."""

    name: str = Field(examples=["www.example.org"])
    status: str = Field(description="active, or waiting for its deployment")
    default: bool = Field(description="The platform's own name for it, which stays")
    url: str
    app: str
    environment: str
    created: datetime | None


class DomainIn(Strict):
    """A host name to lead here."""

    domain: str = Field(examples=["www.example.org"])


class RunIn(Strict):
    """A command to run once in the current release."""

    argv: list[str] = Field(min_length=1, examples=[["python", "manage.py", "check"]])
    tty: tuple[int, int] | None = Field(
        None, description="Rows and columns of a terminal; none without", examples=[[24, 80]]
    )


class RunOut(Schema):
    """A one-off command."""

    id: str
    app: str
    environment: str
    status: str = Field(description="running or ended")
    exit_code: int | None
    created: datetime


class SizeIn(Strict):
    """A terminal's size."""

    rows: int = Field(ge=1, le=10000)
    columns: int = Field(ge=1, le=10000)
