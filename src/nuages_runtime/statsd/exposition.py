"""Families become Prometheus's text format, version 0.0.4. Pure.

OpenMetrics is not offered: its counters have to end in `_total`, so that `django_requests` would
have another name with each scraper. prometheus_client is not used: it would have to be installed
beside the app's own packages, where many projects have a version of it that they need.
"""

import math

from nuages_runtime.statsd.families import OWN_HELP
from nuages_runtime.statsd.quantiles import Distinct

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Below this a whole number is written as one.
_EXACT = 1 << 53


def exposition(families, now):
    """The text of all of `families`, at the time `now` (of the same clock as when they were
    taken)."""
    written = []
    for name in sorted(families.by_name):
        family = families.by_name[name]
        _head(written, name, family.type, family.help)
        for labels in sorted(family.series):
            value = family.series[labels][0]
            if family.type == "summary":
                _summary(written, name, labels, (value, now))
            else:
                number = value.number(now) if isinstance(value, Distinct) else value
                written.append("{}{} {}\n".format(name, _braced(labels), _number(number)))
    for name, kind, series in families.own():
        _head(written, name, kind, OWN_HELP[name])
        for labels in sorted(series):
            written.append("{}{} {}\n".format(name, _braced(labels), _number(series[labels])))
    return "".join(written)


def _head(written, name, kind, text):
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    written.append("# HELP {} {}\n# TYPE {} {}\n".format(name, escaped, name, kind))


def _summary(written, name, labels, valued):
    summary, now = valued
    for quantile, value in summary.quantiles(now):
        pairs = (*labels, ("quantile", str(quantile)))
        written.append("{}{} {}\n".format(name, _braced(pairs), _number(value)))
    braced = _braced(labels)
    written.append("{}_sum{} {}\n".format(name, braced, _number(summary.sum)))
    written.append("{}_count{} {}\n".format(name, braced, _number(summary.count)))


def _braced(labels):
    if not labels:
        return ""
    return "{{{}}}".format(",".join('{}="{}"'.format(name, _text(v)) for name, v in labels))


def _text(value):
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)
