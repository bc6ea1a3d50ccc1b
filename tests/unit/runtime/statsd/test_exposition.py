"""Lines in, the text that Prometheus reads out."""

from __future__ import annotations

from nuages_runtime.statsd.exposition import exposition
from nuages_runtime.statsd.families import Families
from nuages_runtime.statsd.mapping import Mapper


def shown(*lines: str, limit: int = 100) -> str:
    """The metrics after these lines."""
    families = Families(Mapper(), limit)
    for line in lines:
        families.take(line.encode(), 0.0)
    return exposition(families, 0.0)


def rows(text: str, name: str) -> list[str]:
    """The lines of a metric."""
    return [line for line in text.splitlines() if line.startswith(name)]


def test_requests_of_gunicorn_are_counted_timed_and_told_apart_by_their_status() -> None:
    text = shown(
        "gunicorn.requests:1|c|@1.0", "gunicorn.requests:1|c|@1.0",
        "gunicorn.request.status.200:1|c|@1.0", "gunicorn.request.status.404:1|c|@1.0",
        "gunicorn.request.duration:10|ms", "gunicorn.request.duration:30|ms",
    )  # fmt: skip
    assert "# TYPE django_requests counter\ndjango_requests 2\n" in text
    assert rows(text, "django_response_code") == [
        'django_response_code{status="200"} 1',
        'django_response_code{status="404"} 1',
    ]
    assert "# HELP django_request_duration Seconds that answers took.\n" in text
    assert "# TYPE django_request_duration summary\n" in text
    assert rows(text, "django_request_duration_") == [
        "django_request_duration_sum 0.04",
        "django_request_duration_count 2",
    ]
    assert [row.split()[0] for row in rows(text, "django_request_duration{")] == [
        f'django_request_duration{{quantile="{quantile}"}}' for quantile in ("0.5", "0.9", "0.99")
    ]


def test_counters_add_with_their_rate_and_gauges_take_changes() -> None:
    text = shown("a:1|c", "a:1|c|@0.1", "g:5|g", "g:-2|g", "g:+1.5|g", "s:x|s", "s:y|s", "s:x|s")
    assert "\na 11\n" in f"\n{text}"
    assert "# TYPE g gauge\ng 4.5\n" in text
    assert "# TYPE s gauge\ns 2\n" in text


def test_values_of_labels_are_escaped() -> None:
    text = shown('a:1|c|#p:C:\\x "y",q:ü')
    assert rows(text, "a{") == ['a{p="C:\\\\x \\"y\\"",q="ü"} 1']


def test_a_name_keeps_its_first_type() -> None:
    text = shown("a:1|c", "a:1|g", "t:1|ms", "t.sum:1|c", "u.count:1|c", "u:1|ms")
    assert rows(text, "statsd_exporter_events_conflict_total") == [
        'statsd_exporter_events_conflict_total{type="counter"} 1',
        'statsd_exporter_events_conflict_total{type="gauge"} 1',
        'statsd_exporter_events_conflict_total{type="summary"} 1',
    ]
    assert rows(text, "t_sum") == ["t_sum 0.001"]
    assert rows(text, "u") == ["u_count 1"]


def test_nobody_sends_the_exporters_own_metrics() -> None:
    text = shown("statsd_exporter_lines_total:1000|c")
    assert rows(text, "statsd_exporter_lines_total") == ["statsd_exporter_lines_total 1"]


def test_a_label_of_the_summarys_own_is_renamed() -> None:
    text = shown("t:1|h|#quantile:x")
    assert rows(text, "t_count") == ['t_count{exported_quantile="x"} 1']


def test_there_are_only_so_many_series_and_the_rest_is_counted() -> None:
    text = shown(*(f"a:1|c|#n:{number}" for number in range(5)), "a:1|c|#n:0", limit=3)
    assert rows(text, "a{") == ['a{n="0"} 2', 'a{n="1"} 1', 'a{n="2"} 1']
    assert 'statsd_exporter_events_error_total{reason="too_many_series"} 2' in text
    assert 'statsd_exporter_metrics_total{type="counter"} 3' in text


def test_what_is_wrong_is_counted_and_nothing_else_happens() -> None:
    text = shown("nonsense", "a:x|c", "a:-1|c", "a:1|c|#b", "", "...:1|c")
    assert 'statsd_exporter_sample_errors_total{reason="malformed_line"} 1' in text
    assert 'statsd_exporter_sample_errors_total{reason="malformed_value"} 1' in text
    assert 'statsd_exporter_events_error_total{reason="illegal_negative_counter"} 1' in text
    assert "statsd_exporter_tag_errors_total 1" in text
    assert "statsd_exporter_lines_total 5" in text


def test_series_that_are_not_seen_any_more_are_forgotten_where_asked() -> None:
    families = Families(Mapper(), 2, expire=60)
    families.take(b"a:1|c|#n:1", 0.0)
    families.take(b"a:1|c|#n:2", 50.0)
    families.forget_old(70.0)
    families.take(b"b:1|c", 70.0)
    text = exposition(families, 70.0)
    assert rows(text, "a{") == ['a{n="2"} 1']
    assert rows(text, "b") == ["b 1"]
    families.forget_old(500.0)
    assert families.by_name == {}


def test_series_are_kept_for_good_otherwise() -> None:
    families = Families(Mapper(), 2)
    families.take(b"a:1|c", 0.0)
    families.forget_old(1e9)
    assert "a" in families.by_name
