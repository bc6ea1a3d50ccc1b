"""StatsD's lines become samples. Pure.

Etsy's form (`name:value|type|@rate`, several `value|type` behind one name), DogStatsD's tags and
fields (https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/), and tags within the name
as InfluxDB (`name,a=b`), Librato (`name#a=b`) and SignalFx (`name[a=b]`) write them.
"""

import math

COUNTER = "counter"
GAUGE = "gauge"
OBSERVER = "observer"
SET = "set"

_KINDS = {"c": COUNTER, "g": GAUGE, "ms": OBSERVER, "h": OBSERVER, "d": OBSERVER, "s": SET}
_PACKED = ("ms", "h", "d")
# DogStatsD's: the container, the time, what an orchestrator knows, and how much of it is wanted.
_IGNORED = ("c:", "T", "e:", "card:")
# A sample that stands for more than so many is a mistake, or worse.
_HIGHEST_WEIGHT = 1000000.0


class Sample:
    """One measurement: the StatsD `name`, its `kind`, a `value` (of a set: the text), how many
    measurements it stands for (`weight`), whether it is a change of a gauge (`relative`), and
    `labels` as (name, value) pairs."""

    __slots__ = ("kind", "labels", "name", "relative", "value", "weight")

    def __init__(self, name, kind, value, labels):
        self.name = name
        self.kind = kind
        self.value = value
        self.labels = labels
        self.weight = 1.0
        self.relative = False


class Problems(list):
    """Reasons why samples were left out, as they are counted; `tags` is how many tags were."""

    tags = 0


def parse(line, problems):
    """The samples of a line (bytes, without its end); reasons for what is left out go to
    `problems`. An empty line is nothing."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        problems.append("malformed_line")
        return []
    name, colon, rest = text.partition(":")
    fields = rest.split("|")
    reason = ""
    if text.startswith(("_e{", "_sc|")):
        # DogStatsD's events and service checks are no metrics.
        reason = "illegal_event"
    elif text and not (colon and name):
        reason = "malformed_line"
    elif text and len(fields) < 2:
        reason = "not_enough_parts_after_colon"
    labels = ()
    if not reason and name and (name[-1] == "]" or "," in name or "#" in name):
        name, labels = _split_name(name, problems)
        if labels and "|#" in rest:
            reason = "mixed_tagging_styles"
    if reason:
        problems.append(reason)
    if reason or not text:
        return []
    samples = []
    for values, kind, others in _parts(rest, fields):
        samples += _samples((name, labels), values, (kind, others), problems)
    return samples


def _parts(rest, fields):
    """(values, type, other fields) of each sample behind a name."""
    several = ":" in fields[1] or any(f[:1] == "@" and ":" in f for f in fields)
    if not several or "|#" in rest:
        yield fields[0], fields[1], fields[2:]
        return
    for part in rest.split(":"):
        words = part.split("|")
        yield words[0], words[1] if len(words) > 1 else "", words[2:]


def _samples(named, text, typed, problems):
    name, labels = named
    code, others = typed
    kind = _KINDS.get(code)
    if kind is None:
        problems.append("illegal_event")
        return []
    weight = 1.0
    for field in others:
        if field[:1] == "@":
            weight = _weight(field[1:], problems)
        elif field[:1] == "#":
            labels = _tags(field[1:], ":", problems)
        elif not field.startswith(_IGNORED):
            problems.append("invalid_sample_factor" if field else "malformed_component")
    if kind == SET:
        return [Sample(name, SET, text, labels)]
    values = text.split(":")
    if len(values) > 1 and code not in _PACKED:
        problems.append("invalid_extended_aggregate_type")
        return []
    samples = []
    for each in values:
        value = _number(each)
        if value is None:
            problems.append("malformed_value")
            continue
        sample = Sample(name, kind, value / 1000.0 if code == "ms" else value, labels)
        sample.relative = each[0] in "+-"
        sample.weight = 1.0 if kind == GAUGE else weight
        samples.append(sample)
    return samples


def _number(text):
    """A finite number; None for anything else, also for what only Python takes for one."""
    try:
        value = float(text)
    except ValueError:
        return None
    if "_" in text or text != text.strip() or not math.isfinite(value):
        return None
    return value


def _weight(text, problems):
    rate = _number(text)
    if rate is None or not 0.0 < rate <= 1.0:
        problems.append("invalid_sample_factor")
        return 1.0
    return min(1.0 / rate, _HIGHEST_WEIGHT)


def _split_name(name, problems):
    """The name without the tags in it, and those."""
    if name[-1] == "]":
        name, bracket, tags = name[:-1].partition("[")
        if bracket:
            return name, _tags(tags, "=", problems)
        return name, ()
    at = min(place for place in (name.find(","), name.find("#")) if place >= 0)
    return name[:at], _tags(name[at + 1 :], "=", problems)


def _tags(text, separator, problems):
    found = {}
    for tag in text.split(","):
        name, _, value = tag.lstrip("#").partition(separator)
        if name and value:
            found[name] = value
            problems.tags += 1
        elif tag:
            problems.append("tag")
    return tuple(sorted(found.items()))
