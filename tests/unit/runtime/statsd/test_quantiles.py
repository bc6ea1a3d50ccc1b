"""Quantiles of the last minutes, from buckets."""

from __future__ import annotations

import math
import random

import pytest

from nuages_runtime.statsd.quantiles import PERIOD, Distinct, Summary


def test_quantiles_are_right_to_two_percent() -> None:
    chance = random.Random(7)  # noqa: S311 - made-up durations
    values = sorted(chance.lognormvariate(-3, 1.5) for _ in range(5000))
    summary = Summary(0.0)
    for value in values:
        summary.observe(value, 1.0, 1.0)
    for quantile, found in summary.quantiles(1.0):
        assert found == pytest.approx(values[int(quantile * 5000) - 1], rel=0.021)
    assert (summary.count, summary.sum) == (5000, pytest.approx(sum(values)))


def test_values_of_both_signs_and_of_any_size_have_an_order() -> None:
    summary = Summary(0.0)
    for value in (-1e300, -2.0, 0.0, 1e-300, 5.0, 1e300):
        summary.observe(value, 1.0, 0.0)
    median = summary.quantiles(0.0)[0][1]
    assert median == 0.0


def test_a_weight_counts_as_so_many() -> None:
    summary = Summary(0.0)
    summary.observe(1.0, 10.0, 0.0)
    summary.observe(8.0, 1.0, 0.0)
    assert (summary.count, summary.sum) == (11.0, 18.0)
    assert summary.quantiles(0.0)[0][1] == pytest.approx(1.0, rel=0.021)


def test_what_is_long_ago_is_in_the_sum_only() -> None:
    summary = Summary(0.0)
    summary.observe(3.0, 1.0, 0.0)
    assert summary.quantiles(1.5 * PERIOD)[0][1] == pytest.approx(3.0, rel=0.021)
    assert math.isnan(summary.quantiles(3 * PERIOD)[0][1])
    assert (summary.count, summary.sum) == (1.0, 3.0)


def test_a_set_counts_what_is_different_lately() -> None:
    people = Distinct(0.0)
    for name in ("ann", "bob", "ann"):
        assert people.add(name, 0.0)
    assert people.number(0.0) == 2
    assert people.number(1.5 * PERIOD) == 2
    people.add("cem", 1.5 * PERIOD)
    assert people.number(2.6 * PERIOD) == 1


def test_a_set_has_an_end() -> None:
    people = Distinct(0.0)
    assert [people.add(str(number), 0.0) for number in range(5001)][-2:] == [True, False]
    assert people.number(0.0) == 5000
