"""Names of StatsD become names and labels of Prometheus. Pure.

A mapping is written as prometheus/statsd_exporter has it, but in JSON, which is YAML too:
`{"mappings": [{"match": "shop.*.paid", "name": "shop_paid", "labels": {"shop": "$1"}}]}`. Its
`match_type: regex` and what it says of buckets and quantiles are not known here.
"""

import re

# The names that Rockcraft's images have, for dashboards and alerts that know them.
GUNICORN = (
    {
        "match": "gunicorn.request.status.*",
        "name": "django_response_code",
        "labels": {"status": "$1"},
        "help": "Answers, by their HTTP status.",
    },
    {
        "match": "gunicorn.requests",
        "name": "django_requests",
        "help": "Requests that were answered.",
    },
    {
        "match": "gunicorn.request.duration",
        "name": "django_request_duration",
        "help": "Seconds that answers took.",
    },
)
_KNOWN = ("match", "name", "labels", "help", "action", "match_type")
_VALID = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_INVALID = re.compile(r"[^a-zA-Z0-9_]")
_REFERENCE = re.compile(r"\$(?:\{([0-9]+)\}|([0-9]+))")
# Names whose target is remembered.
_REMEMBERED = 2000


class BadMapping(ValueError):  # noqa: N818 - what the file is
    """A mapping that cannot be used; the text says why."""


class Target:
    """What a name of StatsD becomes: `name`, `labels` as pairs, a `help` text (empty: none), or
    `dropped`; `mapped` says that a mapping was found."""

    __slots__ = ("dropped", "help", "labels", "mapped", "name")

    def __init__(self, name, labels=(), text="", mapped=False):
        self.name = name
        self.labels = labels
        self.help = text
        self.mapped = mapped
        self.dropped = False


class Mapper:
    """Applies mappings, the first one that fits, and remembers what became of recent names."""

    def __init__(self, mappings=GUNICORN):
        self._rules = [(_pattern(one["match"]), one) for one in mappings]
        self._known = {}

    def __len__(self):
        return len(self._rules)

    def target(self, name):
        """The Target of a name of StatsD."""
        target = self._known.get(name)
        if target is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            target = self._known[name] = self._find(name)
        return target

    def _find(self, name):
        for pattern, rule in self._rules:
            match = pattern.match(name)
            if match:
                return _target(rule, match)
        return Target(escaped(name))


def _target(rule, match):
    def put(text):
        return _REFERENCE.sub(lambda found: _group(match, found), text)

    labels = rule.get("labels", {})
    pairs = tuple(sorted((label_name(name), put(text)) for name, text in labels.items()))
    target = Target(escaped(put(rule.get("name", ""))), pairs, rule.get("help", ""), mapped=True)
    target.dropped = rule.get("action") == "drop"
    return target


def _group(match, found):
    number = int(found.group(1) or found.group(2))
    return match.group(number) if 0 < number <= match.re.groups else ""


def _pattern(glob):
    """`*` stands for one part between dots."""
    return re.compile("([^.]*)".join(re.escape(part) for part in glob.split("*")) + r"\Z")


def escaped(name):
    """`name` with what Prometheus does not allow as an underscore."""
    if _VALID.match(name):
        return name
    name = _INVALID.sub("_", name)
    return "_" + name if name[:1].isdigit() else name


def label_name(name):
    """The same for a label; those that begin with two underscores are Prometheus's own."""
    name = escaped(name)
    return "_" + name.lstrip("_") if name.startswith("__") else name


def read_mappings(path):
    """The mappings in a JSON file, those of gunicorn's names behind them; raises BadMapping."""
    import json

    try:
        with open(path, encoding="utf-8") as stream:
            document = json.load(stream)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadMapping("{} cannot be read as JSON: {}".format(path, why)) from None
    rows = document.get("mappings") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BadMapping('{} has to be {{"mappings": [...]}}'.format(path))
    for number, row in enumerate(rows, 1):
        problem = _problem(row)
        if problem:
            raise BadMapping("{}, mapping {}: {}".format(path, number, problem))
    return (*rows, *GUNICORN)


def _problem(row):
    """What is wrong with a mapping, in words; empty where nothing is."""
    if not isinstance(row, dict) or not _is_text(row.get("match")):
        return 'it has no "match", such as "shop.*.paid"'
    unknown = sorted(set(row) - set(_KNOWN))
    labels, action = row.get("labels", {}), row.get("action", "map")
    problem = ""
    if unknown:
        problem = '"{}" is not known; there are {}'.format(unknown[0], ", ".join(_KNOWN))
    elif row.get("match_type", "glob") != "glob":
        problem = '"match_type" can only be "glob"'
    elif action not in ("map", "drop"):
        problem = '"action" can only be "map" or "drop"'
    elif action == "map" and not _is_text(row.get("name")):
        problem = 'it has no "name", such as "shop_paid"'
    elif not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        problem = '"labels" has to be an object of texts, such as {"shop": "$1"}'
    elif not isinstance(row.get("help", ""), str):
        problem = '"help" has to be a text'
    return problem


def _is_text(value):
    return isinstance(value, str) and bool(value)
