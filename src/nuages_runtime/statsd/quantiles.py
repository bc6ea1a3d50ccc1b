"""Quantiles and numbers of distinct values over the last minutes, in little memory. Pure.

A summary keeps how many observations fell between powers of 1.04, so that a quantile is right to
2 % of its value (Masson, Rim and Lee: DDSketch, 2019; https://arxiv.org/abs/1908.10693).
"""

import math

QUANTILES = (0.5, 0.9, 0.99)
# Seconds: what is looked at is the current period of this length and the one before it, 5 to 10
# minutes; prometheus/statsd_exporter looks at 10.
PERIOD = 300.0

_ERROR = 0.02
_GAMMA = (1 + _ERROR) / (1 - _ERROR)
_STEP = math.log(_GAMMA)
# What is nearer to 0 counts as 0, what is further away as this: at most 1 036 buckets a sign.
_SMALLEST = 1e-9
_LARGEST = 1e9
# Makes all powers of _GAMMA between those two positive.
_SHIFT = 1000
# Distinct values that are told apart, in each period.
_MEMBERS = 5000


class _Periods:
    """Two collections of the same kind, of which the older one is forgotten in time."""

    def __init__(self, kind, now):
        self._kind = kind
        self._now = kind()
        self._before = kind()
        self._since = now

    def at(self, now):
        """Both, the current one first."""
        age = now - self._since
        if age >= PERIOD:
            self._before = self._now if age < 2 * PERIOD else self._kind()
            self._now = self._kind()
            self._since = now
        return self._now, self._before


class Summary:
    """Number and sum of all observations, and quantiles of the latest."""

    __slots__ = ("_periods", "count", "sum")

    def __init__(self, now):
        self.count = 0.0
        self.sum = 0.0
        self._periods = _Periods(dict, now)

    def observe(self, value, weight, now):
        """Add `value`, seen `weight` times."""
        self.count += weight
        self.sum += value * weight
        buckets, _ = self._periods.at(now)
        bucket = _bucket(value)
        buckets[bucket] = buckets.get(bucket, 0.0) + weight

    def quantiles(self, now):
        """(quantile, value) pairs; the values are NaN where nothing was observed lately."""
        merged = dict(self._periods.at(now)[0])
        for bucket, number in self._periods.at(now)[1].items():
            merged[bucket] = merged.get(bucket, 0.0) + number
        ordered = sorted((_middle(bucket), number) for bucket, number in merged.items())
        total = sum(number for _, number in ordered)
        return [(quantile, _at(ordered, quantile * total)) for quantile in QUANTILES]


class Distinct:
    """How many different values there were lately."""

    __slots__ = ("_periods",)

    def __init__(self, now):
        self._periods = _Periods(set, now)

    def add(self, value, now):
        """Add a value; whether there was room for it."""
        values, _ = self._periods.at(now)
        if len(values) >= _MEMBERS and value not in values:
            return False
        values.add(value)
        return True

    def number(self, now):
        """How many."""
        values, before = self._periods.at(now)
        return len(values | before)


def _bucket(value):
    """The number of a value's bucket: negative for negative values, 0 for what is nearly 0."""
    size = min(abs(value), _LARGEST)
    if size < _SMALLEST:
        return 0
    power = math.ceil(math.log(size) / _STEP) + _SHIFT
    return power if value > 0 else -power


def _middle(bucket):
    """The value that stands for a bucket's."""
    if bucket == 0:
        return 0.0
    size = 2 * _GAMMA ** (abs(bucket) - _SHIFT) / (_GAMMA + 1)
    return size if bucket > 0 else -size


def _at(ordered, rank):
    reached = 0.0
    for value, number in ordered:
        reached += number
        if reached >= rank:
            return value
    return ordered[-1][0] if ordered else math.nan
