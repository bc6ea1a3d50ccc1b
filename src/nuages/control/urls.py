"""Addresses of the control plane: the API and nothing else."""

from __future__ import annotations

from django.urls import path

from nuages.control.api.api import api

urlpatterns = [path("api/", api.urls)]
handler404 = "nuages.control.api.problems.not_found"
handler500 = "nuages.control.api.problems.server_error"
