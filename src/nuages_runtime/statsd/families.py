"""All metrics that were received: samples in, families of series out. Pure but for the clock that
it is handed.

What prometheus/statsd_exporter also counts of itself has the names that it has there.
"""

from nuages_runtime.statsd import lines
from nuages_runtime.statsd.mapping import label_name
from nuages_runtime.statsd.quantiles import Distinct, Summary

_OWN = "statsd_exporter_"
_TYPES = {
    lines.COUNTER: "counter",
    lines.GAUGE: "gauge",
    lines.OBSERVER: "summary",
    # Prometheus has no sets: what is known of one is how many there are.
    lines.SET: "gauge",
}
_SUFFIXES = ("_sum", "_count")
_HELP = "Received by StatsD."
OWN_HELP = {
    "statsd_exporter_lines_total": "StatsD lines that were received.",
    "statsd_exporter_samples_total": "Samples in them.",
    "statsd_exporter_sample_errors_total": "Samples and lines that were not understood.",
    "statsd_exporter_tags_total": "Tags that were understood.",
    "statsd_exporter_tag_errors_total": "Tags that were not.",
    "statsd_exporter_udp_packets_total": "Datagrams that were received.",
    "statsd_exporter_tcp_connections_total": "TCP connections that were accepted.",
    "statsd_exporter_tcp_too_long_lines_total": "Lines over TCP that were too long.",
    "statsd_exporter_events_total": "Samples that became a metric.",
    "statsd_exporter_events_unmapped_total": "Samples for whose name there is no mapping.",
    "statsd_exporter_events_conflict_total": "Samples of a name that has another type already.",
    "statsd_exporter_events_error_total": "Samples that were left out.",
    "statsd_exporter_metrics_total": "Series that are kept.",
    "statsd_exporter_loaded_mappings": "Mappings of names.",
}
_OWN_GAUGES = ("statsd_exporter_metrics_total", "statsd_exporter_loaded_mappings")


class Family:
    """All series of a name: its `type` for Prometheus, the `kind` of its samples, a help text,
    and for each tuple of label pairs a [value, time it was last seen]."""

    __slots__ = ("help", "kind", "series", "type")

    def __init__(self, kind, text):
        self.kind = kind
        self.type = _TYPES[kind]
        self.help = text or _HELP
        self.series = {}


class Families:
    """Every family by its name; at most `limit` series, those not seen for `expire` seconds
    forgotten (0: never)."""

    def __init__(self, mapper, limit, expire=0):
        self.by_name = {}
        self._mapper = mapper
        self._limit = limit
        self._expire = expire
        self._number = 0
        self._own = {}

    def count(self, name, labels=(), number=1):
        """Count something about the exporter itself; `name` without `statsd_exporter_`."""
        key = (_OWN + name, labels)
        self._own[key] = self._own.get(key, 0) + number

    def take(self, line, now):
        """Take a line of StatsD."""
        problems = lines.Problems()
        samples = lines.parse(line, problems)
        if line:
            self.count("lines_total")
        for reason in problems:
            if reason == "tag":
                self.count("tag_errors_total")
            else:
                self.count("sample_errors_total", (("reason", reason),))
        if problems.tags:
            self.count("tags_total", (), problems.tags)
        for sample in samples:
            self.count("samples_total")
            self._add(sample, now)

    def own(self):
        """(name, type, {labels: number}) of what is counted about the exporter itself."""
        kinds = {}
        for family in self.by_name.values():
            kinds[family.type] = kinds.get(family.type, 0) + len(family.series)
        found = {name: {} for name in OWN_HELP}
        for (name, labels), number in self._own.items():
            found[name][labels] = number
        found["statsd_exporter_metrics_total"] = {
            (("type", kind),): number for kind, number in kinds.items()
        }
        found["statsd_exporter_loaded_mappings"] = {(): len(self._mapper)}
        for name, series in found.items():
            yield name, "gauge" if name in _OWN_GAUGES else "counter", series

    def forget_old(self, now):
        """Forget series that have not been seen for long enough."""
        if not self._expire:
            return
        for name, family in list(self.by_name.items()):
            for labels, (_, seen) in list(family.series.items()):
                if now - seen > self._expire:
                    del family.series[labels]
                    self._number -= 1
            if not family.series:
                del self.by_name[name]

    def _add(self, sample, now):
        target = self._mapper.target(sample.name)
        if target.dropped:
            return
        if not target.mapped:
            self.count("events_unmapped_total")
        kind = sample.kind
        if not target.name:
            self._refuse("empty_metric_name")
        elif kind == lines.COUNTER and sample.value < 0:
            self._refuse("illegal_negative_counter")
        elif self._conflicts(target.name, kind):
            self.count("events_conflict_total", (("type", _TYPES[kind]),))
        else:
            entry = self._entry(target, sample, now)
            if entry is not None:
                entry[1] = now
                self._update(entry, sample, now)
                self.count("events_total", (("type", _TYPES[kind]),))

    def _entry(self, target, sample, now):
        family = self.by_name.get(target.name)
        labels = _labels(sample, target)
        entry = family and family.series.get(labels)
        if entry:
            return entry
        if self._number >= self._limit:
            self._refuse("too_many_series")
            return None
        if family is None:
            family = self.by_name[target.name] = Family(sample.kind, target.help)
        made = {lines.OBSERVER: Summary, lines.SET: Distinct}.get(sample.kind)
        entry = family.series[labels] = [made(now) if made else 0.0, now]
        self._number += 1
        return entry

    def _update(self, entry, sample, now):
        if sample.kind == lines.COUNTER:
            entry[0] += sample.value * sample.weight
        elif sample.kind == lines.GAUGE:
            entry[0] = entry[0] + sample.value if sample.relative else sample.value
        elif sample.kind == lines.OBSERVER:
            entry[0].observe(sample.value, sample.weight, now)
        elif not entry[0].add(sample.value, now):
            self._refuse("too_many_members")

    def _conflicts(self, name, kind):
        family = self.by_name.get(name)
        if family is not None:
            return family.kind != kind
        if name.startswith(_OWN):
            return True
        if kind == lines.OBSERVER and any(name + end in self.by_name for end in _SUFFIXES):
            return True
        for end in _SUFFIXES:
            base = self.by_name.get(name[: -len(end)]) if name.endswith(end) else None
            if base is not None and base.kind == lines.OBSERVER:
                return True
        return False

    def _refuse(self, reason):
        self.count("events_error_total", (("reason", reason),))


def _labels(sample, target):
    """Label pairs of both, by name; those of the mapping win."""
    if not sample.labels:
        return target.labels
    found = {label_name(name): value for name, value in sample.labels}
    if sample.kind == lines.OBSERVER and "quantile" in found:
        # A summary's own.
        found["exported_quantile"] = found.pop("quantile")
    found.update(target.labels)
    return tuple(sorted(found.items()))
