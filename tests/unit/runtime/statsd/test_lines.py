"""What lines of StatsD mean, in all the forms in which clients write them."""

from __future__ import annotations

import pytest

from nuages_runtime.statsd.lines import COUNTER, GAUGE, OBSERVER, SET, Problems, Sample, parse


def seen(line: str) -> tuple[list[Sample], Problems]:
    """The samples of a line, and what was wrong with it."""
    problems = Problems()
    return parse(line.encode(), problems), problems


@pytest.mark.parametrize(
    ("line", "kind", "value", "weight", "relative"),
    [
        ("a:1|c", COUNTER, 1.0, 1.0, False),
        ("a:2|c|@0.1", COUNTER, 2.0, 10.0, False),
        ("a:3.5|g", GAUGE, 3.5, 1.0, False),
        ("a:+2|g", GAUGE, 2.0, 1.0, True),
        ("a:-2|g|@0.5", GAUGE, -2.0, 1.0, True),
        ("a:250|ms", OBSERVER, 0.25, 1.0, False),
        ("a:250|ms|@0.5", OBSERVER, 0.25, 2.0, False),
        ("a:7|h", OBSERVER, 7.0, 1.0, False),
        ("a:7|d", OBSERVER, 7.0, 1.0, False),
        ("a:somebody|s", SET, "somebody", 1.0, False),
    ],
)
def test_each_type_is_read(
    line: str, kind: str, value: object, weight: float, relative: bool
) -> None:
    (sample,), problems = seen(line)
    assert (sample.name, sample.kind, sample.value) == ("a", kind, value)
    assert (sample.weight, sample.relative, problems) == (weight, relative, [])


@pytest.mark.parametrize(
    "line",
    [
        "a:1|c|#shop:x,city:y",
        "a:1|c|@1|#city:y,shop:x",
        "a:1|c|#shop:x,city:y|c:ci-83c0a9|T1656581400|e:it-false|card:low",
        "a,shop=x,city=y:1|c",
        "a#shop=x,city=y:1|c",
        "a[shop=x,city=y]:1|c",
    ],
)
def test_tags_are_read_in_each_style(line: str) -> None:
    (sample,), problems = seen(line)
    assert (sample.name, sample.value) == ("a", 1.0)
    assert sample.labels == (("city", "y"), ("shop", "x"))
    assert (problems, problems.tags) == ([], 2)


def test_a_value_of_a_tag_may_have_colons() -> None:
    (sample,), _ = seen("a:1|c|#url:http://x:8000/")
    assert sample.labels == (("url", "http://x:8000/"),)


def test_several_values_behind_a_name_are_several_samples() -> None:
    samples, problems = seen("a:1:2:3|h|@0.5|#b:c")
    assert [(one.value, one.weight, one.labels) for one in samples] == [
        (value, 2.0, (("b", "c"),)) for value in (1.0, 2.0, 3.0)
    ]
    samples, more = seen("a:1|c|@0.5:20|ms:3|g")
    assert [(one.kind, one.value) for one in samples] == [
        (COUNTER, 1.0), (OBSERVER, 0.02), (GAUGE, 3.0)
    ]  # fmt: skip
    assert problems + more == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a", "malformed_line"),
        (":1|c", "malformed_line"),
        ("a:1", "not_enough_parts_after_colon"),
        ("a:x|c", "malformed_value"),
        ("a:|c", "malformed_value"),
        ("a:nan|g", "malformed_value"),
        ("a:inf|c", "malformed_value"),
        ("a:1_000|c", "malformed_value"),
        ("a:1|z", "illegal_event"),
        ("a:1|", "illegal_event"),
        ("a:1:2|c", "invalid_extended_aggregate_type"),
        ("a,b=c:1|c|#d:e", "mixed_tagging_styles"),
        ("_e{2,2}:ab|cd", "illegal_event"),
        ("_sc|up|0", "illegal_event"),
    ],
)
def test_what_is_no_sample_is_left_out_with_a_reason(line: str, reason: str) -> None:
    assert seen(line) == ([], [reason])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a:1|c|@0", "invalid_sample_factor"),
        ("a:1|c|@x", "invalid_sample_factor"),
        ("a:1|c|@7", "invalid_sample_factor"),
        ("a:1|c|nonsense", "invalid_sample_factor"),
        ("a:1|c|", "malformed_component"),
        ("a:1|c|#b", "tag"),
        ("a:1|c|#b:", "tag"),
    ],
)
def test_what_goes_with_a_sample_may_be_wrong_without_losing_it(line: str, reason: str) -> None:
    samples, problems = seen(line)
    assert [one.value for one in samples] == [1.0]
    assert samples[0].weight == 1.0
    assert problems == [reason]


def test_bytes_that_are_no_text_are_a_malformed_line() -> None:
    problems = Problems()
    assert parse(b"\xff\xfe:1|c", problems) == []
    assert problems == ["malformed_line"]


def test_a_tiny_rate_does_not_stand_for_endless_samples() -> None:
    (sample,), _ = seen("a:1|ms|@1e-300")
    assert sample.weight == 1_000_000
