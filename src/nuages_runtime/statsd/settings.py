"""What the exporter is told by variables. Pure.

An address is `HOST:PORT`, or `fd:NUMBER` for a socket that was inherited: as the platform's agent
starts it, which hands over the sockets of an environment's instances (see `handed`).
"""

from nuages_runtime.statsd.mapping import GUNICORN, BadMapping, read_mappings

STATSD_BIND = "NUAGES_STATSD_BIND"
METRICS_BIND = "NUAGES_METRICS_BIND"
SERIES = "NUAGES_STATSD_SERIES"
EXPIRE = "NUAGES_STATSD_EXPIRE"
MAPPING = "NUAGES_STATSD_MAPPING"
INHERITED = "fd"


class BadSetting(ValueError):  # noqa: N818 - what the variable has
    """A variable that cannot be used; the text says which, why, and what would do."""


class Settings:
    """`statsd` and `metrics`, where each is received and shown, as (host, port), with the host
    "fd" for a descriptor; `series`, the
    most that are kept; `expire`, seconds after which one is forgotten, 0 for never; `mappings`."""

    def __init__(self, environ):
        self.statsd = _address(environ, STATSD_BIND, "127.0.0.1:9125")
        self.metrics = _address(environ, METRICS_BIND, "0.0.0.0:9102")
        self.series = _number(environ, SERIES, 2000)
        self.expire = _number(environ, EXPIRE, 0)
        self.mappings = GUNICORN
        if environ.get(MAPPING):
            try:
                self.mappings = read_mappings(environ[MAPPING])
            except BadMapping as error:
                raise BadSetting("{}: {}".format(MAPPING, error)) from None


def _address(environ, name, default):
    host, _, port = (environ.get(name) or default).rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise BadSetting(
            "{} is {!r}, which is no address with a port; write {}={}".format(
                name, environ[name], name, default
            )
        )
    return host.strip("[]"), int(port)


def _number(environ, name, default):
    text = environ.get(name) or str(default)
    if not text.isdigit():
        raise BadSetting(
            "{} is {!r}, which is no whole number; write {}={}".format(name, text, name, default)
        )
    return int(text)
