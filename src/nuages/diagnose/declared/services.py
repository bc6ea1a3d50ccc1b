"""Causes that lie between the app and other services: brokers, caches, sites with TLS."""

from __future__ import annotations

from nuages.diagnose.cause import Cause, raised, said

REDIS = Cause(
    "diagnose.C100",
    "No Redis server answers at {where}",
    "Nothing answers there, as the app sees it: inside its sandbox, localhost is the app itself.",
    "Say where it is: nuages config {app} set REDIS_URL=redis://HOST:6379/0 (or the variable that "
    "the settings read)",
    (
        raised("ConnectionError", r"Error \S+ connecting to (?P<where>\S+:\d+)\. "),
        said(r"Cannot connect to rediss?://(?:[^@\s]*@)?(?P<where>[^/\s]+)\S*: "),
    ),
)
AMQP = Cause(
    "diagnose.C101",
    "No RabbitMQ server answers at {where}",
    "Celery without a broker in its settings looks for one on this machine. Inside the sandbox, "
    "localhost is the app itself.",
    "Say where the broker is: nuages config {app} set CELERY_BROKER_URL=amqp://USER:PASSWORD@HOST//"
    " (or the variable that the settings read)",
    (said(r"Cannot connect to amqps?://(?:[^@\s]*@)?(?P<where>[^/\s]+)\S*: "),),
)
TLS = Cause(
    "diagnose.C102",
    "The certificate of {where} is not trusted: {reason}",
    "The server shows a certificate of its own making, of an unknown authority, or of another "
    "name.",
    "Ask the server by the name in its certificate, or have it use one of a public authority",
    (
        raised(
            "SSLError|ConnectionError|MaxRetryError",
            r"HTTPSConnectionPool\(host='(?P<where>[^']+)'.*CERTIFICATE_VERIFY_FAILED\] "
            r"certificate verify failed: (?P<reason>[^(]+?)(?: \(|'|$)",
        ),
        raised(
            "SSLCertVerificationError|URLError|OperationalError",
            r".*\[SSL: CERTIFICATE_VERIFY_FAILED\] certificate verify failed: "
            r"(?P<reason>[^(]+?) \(",
        ),
    ),
    lambda found: {"where": found.groups.get("where") or "a server"},
)
CELERY_APP = Cause(
    "diagnose.C103",
    "The worker's command names the Celery app '{module}', which has no such attribute",
    "`celery -A NAME` wants a module with the app in it, or a package whose __init__.py imports "
    "it.",
    "Write into {module}/__init__.py: from .celery import app as celery",
    (said(r"^Module '(?P<module>[\w.]+)' has no attribute 'celery'"),),
)
CELERY_MODULE = Cause(
    "diagnose.C104",
    "The worker's command names the module '{module}', which is not there",
    "`celery -A NAME` wants the name of a module below the project's folder.",
    "Correct the line in the Procfile, or write in deploy.toml: [processes] worker = "
    '"celery -A PROJECT worker"',
    (said(r"^The module (?P<module>[\w.]+) was not found\.$"),),
)
