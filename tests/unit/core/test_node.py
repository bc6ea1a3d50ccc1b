"""Requests for Node.js, as npm writes them, and the series that each gets."""

from __future__ import annotations

import pytest

from nuages.core.node import choose_node, node_request


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("20", "20"),
        ("v20.11.1", "20"),
        ("18.x", "18"),
        ("^20.11", "20"),
        ("~24", "24"),
        (">=16", "22"),
        (">= 18.0.0 < 21", "20"),
        (">=18 <23", "22"),
        ("<=20", "20"),
        (">22", "24"),
        ("20 || >=22", "22"),
        ("18 - 20", "20"),
        ("lts/iron", "20"),
        ("lts/*", "22"),
        ("latest", "22"),
        ("*", "22"),
    ],
)
def test_a_request_gets_a_series_that_fits(text, series) -> None:
    assert choose_node(node_request(text)) == (series, True)


@pytest.mark.parametrize(
    ("text", "series"),
    [("23.x", "24"), ("10", "18"), (">=25", "24"), ("^16.14", "18"), ("26.1.0", "24")],
)
def test_a_request_that_cannot_be_met_gets_the_nearest(text, series) -> None:
    assert choose_node(node_request(text)) == (series, False)


@pytest.mark.parametrize("text", ["", "twenty", "node 20 please", "latest-ish", ">=x.y"])
def test_what_is_no_version_is_no_request(text) -> None:
    assert node_request(text) == ""
