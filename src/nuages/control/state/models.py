"""Rows of the control plane: apps, environments, what was built and released, what happened."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from nuages.control.state.sealed import SealedField
from nuages.core.app import LIVE, EnvironmentName

NAME_MAX = 40
# `app-environment`
LABEL_MAX = 2 * NAME_MAX + 1
DOMAIN_MAX = 253


class App(models.Model):
    """What the user deploys; `source` tells whether another project is meant to replace it."""

    name = models.CharField(max_length=NAME_MAX, unique=True)
    source = models.CharField(max_length=4096, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Environment(models.Model):
    """A place where an app runs, with config, data and domains of its own.

    `label` is its host label and the name of its folders: `polls@test` and an app `polls-test`
    would share it, so it is unique.
    """

    app = models.ForeignKey(App, models.CASCADE, related_name="environments")
    name = models.CharField(max_length=NAME_MAX, default=LIVE)
    label = models.CharField(max_length=LABEL_MAX, unique=True)
    size = models.CharField(max_length=NAME_MAX, default="starter")
    secret_key = SealedField()
    scale = models.JSONField(default=dict)
    current = models.ForeignKey("Release", models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "name"], name="environment_name"),
        ]

    def __str__(self) -> str:
        return str(self.identity)

    @property
    def identity(self) -> EnvironmentName:
        """Its name as a value: `polls@test`."""
        return EnvironmentName(self.app.name, self.name)


class ConfigVar(models.Model):
    """An environment setting; a hidden one never reaches a build and is not shown unasked."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="config")
    name = models.CharField(max_length=255)
    value = SealedField()
    hidden = models.BooleanField(default=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["environment", "name"], name="config_var_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Image(models.Model):
    """An artifact that a release runs; its content lies in the image store."""

    digest = models.CharField(max_length=100, unique=True)
    source_digest = models.CharField(max_length=100, blank=True)
    django = models.CharField(max_length=40, blank=True)
    python = models.CharField(max_length=40, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


class Release(models.Model):
    """v42: an image, config vars and process types. What it runs never changes.

    `switched` is when it got the traffic (None: it never did); `changes` and `migrations` are
    what its release step reported: the overlay's changes, the migrations applied; `start` is the
    path at which its site begins (empty: no page of it is known).
    """

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="releases")
    version = models.PositiveIntegerField()
    image = models.ForeignKey(Image, models.PROTECT, related_name="releases")
    processes = models.JSONField(default=list)
    config = SealedField()
    reason = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    switched = models.DateTimeField(null=True)
    changes = models.JSONField(default=list)
    migrations = models.JSONField(default=list)
    start = models.CharField(max_length=300, blank=True, default="/")

    LATER: ClassVar[frozenset[str]] = frozenset({"switched", "changes", "migrations", "start"})

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["environment", "version"], name="release_version"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; afterwards only what is known later may be written."""
        fields = kwargs.get("update_fields")
        if self.pk is not None and not (fields and set(fields) <= self.LATER):
            raise TypeError(f"Release {self} is immutable")
        super().save(*args, **kwargs)


class Status(models.TextChoices):
    """Where a deployment is."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REPLACED = "replaced"

    @property
    def is_final(self) -> bool:
        """Whether nothing of it will change any more, as its user sees it."""
        return self not in (Status.WAITING, Status.RUNNING)


class Kind(models.TextChoices):
    """What a deployment does to its environment."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    CONFIG = "config"
    SCALE = "scale"
    RESTART = "restart"
    DOMAINS = "domains"
    DESTROY = "destroy"


class Deployment(models.Model):
    """One passage through a pipeline. It outlives its environment, so it repeats the name.

    `holds` is true from its start until the former release is gone: the environment is locked
    for that long, although the status says `succeeded` as soon as the traffic is switched.
    `owner` names the process that works on it, `heartbeat` says when that one was last alive.
    `request` is what was asked for, `secrets` the config vars in it; both are emptied at the
    end. `seconds` is the time from the request to the switch; `start` the address at which the
    site begins.
    """

    environment = models.ForeignKey(
        Environment, models.SET_NULL, null=True, related_name="deployments"
    )
    app = models.CharField(max_length=NAME_MAX)
    place = models.CharField(max_length=NAME_MAX, default=LIVE)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    holds = models.BooleanField(default=False)
    owner = models.CharField(max_length=200, blank=True)
    heartbeat = models.DateTimeField(null=True)
    request = models.JSONField(default=dict)
    secrets = SealedField()
    version = models.PositiveIntegerField(null=True)
    image = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=300, blank=True)
    start = models.CharField(max_length=600, blank=True)
    findings = models.JSONField(default=list)
    error = models.JSONField(null=True)
    seconds = models.FloatField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status"], name="deployment_status"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["environment"],
                condition=models.Q(holds=True),
                name="one_deployment_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def identity(self) -> EnvironmentName:
        """The environment's name, also when that is gone."""
        return EnvironmentName(self.app, self.place)


class Build(models.Model):
    """One attempt at an image."""

    deployment = models.OneToOneField(Deployment, models.CASCADE, related_name="build")
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="builds")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.RUNNING)
    seconds = models.FloatField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"build of deployment {self.deployment_id}"


class Domain(models.Model):
    """A host name of a user's own. It is reserved when it is asked for, active after the
    release that knows it got the traffic."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="domains")
    name = models.CharField(max_length=DOMAIN_MAX, unique=True)
    active = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Who did what, when; texts are redacted before they come here. `actor` is the user who asked
    for it, empty for what the platform does by itself."""

    environment = models.ForeignKey(Environment, models.SET_NULL, null=True, related_name="events")
    deployment = models.ForeignKey(Deployment, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=60)
    actor = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)
    step = models.CharField(max_length=20, blank=True)
    seconds = models.FloatField(null=True)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"
