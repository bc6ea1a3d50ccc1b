"""The Django app that holds all models of the control plane."""

from __future__ import annotations

from django.apps import AppConfig


class StateConfig(AppConfig):
    """Registers the models under the label `state`."""

    name = "nuages.control.state"
    label = "state"
