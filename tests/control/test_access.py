"""Who is let in: every address of the API, asked by the owner and by a stranger."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver

from nuages.control.api.api import api

METHODS = ("get", "post", "patch", "put", "delete")


def addresses() -> list[str]:
    """Every address of the URLconf, with something in the place of each parameter."""
    found: list[str] = []

    def walk(patterns, prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            else:
                found.append("/" + re.sub(r"<[^>]*>", "1", route))

    walk(get_resolver("nuages.control.urls").url_patterns, "")
    return sorted(found)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", addresses())
def test_a_stranger_is_refused_at_every_address(stranger, address, method):
    answer = getattr(stranger, method)(address)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["exit_code"] == 5


@pytest.mark.django_db
@pytest.mark.parametrize("address", [a for a in addresses() if "output" not in a])
def test_the_owner_is_let_in_at_every_address(owner, engine, address):
    assert owner.get(address).status_code != 403


def test_an_unknown_address_is_refused_to_a_stranger_and_a_problem_for_the_owner(owner, stranger):
    assert stranger.get("/elsewhere").status_code == 403
    answer = owner.get("/elsewhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "control.E002")


def test_every_route_of_the_contract_is_there():
    document = api.get_openapi_schema()
    routes = {
        f"{method.upper()} {re.sub(r'{[^}]*}', '*', path)}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert routes == {
        "GET /api/status",
        "GET /api/apps",
        "GET /api/apps/*",
        "DELETE /api/apps/*",
        "POST /api/uploads",
        "POST /api/deployments",
        "GET /api/apps/*/deployments",
        "GET /api/images",
        "GET /api/deployments/*",
        "DELETE /api/deployments/*",
        "GET /api/deployments/*/events",
        "GET /api/apps/*/releases",
        "POST /api/apps/*/rollback",
        "GET /api/apps/*/migrations",
        "GET /api/apps/*/config",
        "PATCH /api/apps/*/config",
        "GET /api/apps/*/settings",
        "GET /api/apps/*/logs",
        "GET /api/apps/*/events",
        "POST /api/apps/*/runs",
        "GET /api/runs/*",
        "DELETE /api/runs/*",
        "GET /api/runs/*/output",
        "POST /api/runs/*/input",
        "POST /api/runs/*/resize",
        "GET /api/apps/*/ps",
        "GET /api/apps/*/metrics",
        "PATCH /api/apps/*/scale",
        "POST /api/apps/*/restart",
        "GET /api/apps/*/domains",
        "POST /api/apps/*/domains",
        "DELETE /api/apps/*/domains/*",
    }


def test_every_operation_of_the_openapi_document_says_what_it_does():
    document = api.get_openapi_schema()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"
