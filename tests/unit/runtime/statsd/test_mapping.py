"""Names of StatsD become those of Prometheus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nuages_runtime.statsd.mapping import (
    BadMapping,
    Mapper,
    escaped,
    label_name,
    read_mappings,
)


@pytest.mark.parametrize(
    ("name", "target", "labels"),
    [
        ("gunicorn.request.status.404", "django_response_code", (("status", "404"),)),
        ("gunicorn.requests", "django_requests", ()),
        ("gunicorn.request.duration", "django_request_duration", ()),
        ("gunicorn.workers", "gunicorn_workers", ()),
        ("gunicorn.request.status.4.4", "gunicorn_request_status_4_4", ()),
    ],
)
def test_the_names_of_gunicorn_are_those_of_django(
    name: str, target: str, labels: tuple[tuple[str, str], ...]
) -> None:
    found = Mapper().target(name)
    assert (found.name, found.labels) == (target, labels)


@pytest.mark.parametrize(
    ("name", "valid"),
    [("a.b-c/d e", "a_b_c_d_e"), ("2xx", "_2xx"), ("", ""), ("größe", "gr__e"), ("a:b", "a_b")],
)
def test_names_have_only_what_prometheus_allows(name: str, valid: str) -> None:
    assert escaped(name) == valid


def test_a_label_is_never_one_of_prometheuss_own() -> None:
    assert label_name("__name__") == "_name__"


def test_mappings_from_a_file_come_before_ours(tmp_path: Path) -> None:
    rows = [
        {"match": "shop.*.paid.*", "name": "paid_$2", "labels": {"shop": "${1}x"}, "help": "Paid."},
        {"match": "noise.*", "action": "drop"},
        {"match": "gunicorn.requests", "name": "requests"},
    ]
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps({"mappings": rows}))
    mapper = Mapper(read_mappings(str(file)))
    paid = mapper.target("shop.berlin.paid.eur")
    assert (paid.name, paid.labels, paid.help) == ("paid_eur", (("shop", "berlinx"),), "Paid.")
    assert mapper.target("noise.x").dropped
    assert mapper.target("gunicorn.requests").name == "requests"
    assert mapper.target("gunicorn.request.status.200").name == "django_response_code"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mappings:\n- match: a", "cannot be read as JSON"),
        ("[]", 'has to be {"mappings": [...]}'),
        ('{"mappings": [{"name": "a"}]}', 'mapping 1: it has no "match"'),
        ('{"mappings": [{"match": "a"}]}', 'it has no "name"'),
        ('{"mappings": [{"match": "a", "name": "b", "ttl": 3}]}', '"ttl" is not known'),
        ('{"mappings": [{"match": "a", "name": "b", "match_type": "regex"}]}', '"glob"'),
        ('{"mappings": [{"match": "a", "name": "b", "action": "x"}]}', '"map" or "drop"'),
        ('{"mappings": [{"match": "a", "name": "b", "labels": {"c": 1}}]}', '"labels"'),
        ('{"mappings": [{"match": "a", "name": "b", "help": 1}]}', '"help"'),
    ],
)
def test_a_mapping_that_cannot_be_used_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(text)
    with pytest.raises(BadMapping, match=str(file)) as caught:
        read_mappings(str(file))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="No such file"):
        read_mappings(str(tmp_path / "none.json"))
