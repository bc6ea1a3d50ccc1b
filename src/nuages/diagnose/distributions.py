"""Which distribution brings a module, also where nothing is installed unasked for it."""

from __future__ import annotations

from nuages.core.distributions import distributions_of

# Distributions whose module has their name, with a hyphen for an underscore.
_SAME = frozenset(
    {
        "boto3", "botocore", "celery", "channels", "channels_redis", "configurations",
        "cryptography",
        "crispy_bootstrap4", "crispy_bootstrap5", "crispy_tailwind", "daphne", "dj_database_url",
        "dj_rest_auth", "django_bootstrap5", "django_cleanup", "django_countries",
        "django_extensions",
        "django_htmx", "django_redis", "django_tables2", "djoser", "dramatiq", "drf_spectacular",
        "drf_yasg", "environs", "factory_boy", "faker", "feedparser", "fontawesome_free", "geopy",
        "google_auth", "gunicorn", "html5lib", "httpx", "huey", "jinja2", "jsonfield", "kombu",
        "langchain", "lxml", "markdown", "matplotlib", "nltk", "numpy", "openai", "openpyxl",
        "pandas", "paramiko", "passlib", "pillow", "plotly", "psutil", "psycopg", "pydantic",
        "pydantic_settings", "pytz", "qrcode", "razorpay", "redis", "reportlab", "requests", "rq",
        "scipy", "sentry_sdk", "setuptools", "six", "stripe", "tensorflow", "torch", "tqdm",
        "twilio", "tzdata", "unidecode", "uvicorn", "wagtail", "whitenoise", "xlsxwriter",
    }
)  # fmt: skip


def distribution_of(module: str) -> str:
    """The distribution that brings a dotted module; empty where that is not known."""
    top = module.partition(".")[0]
    known = distributions_of(top)
    if known:
        return known[0]
    return top.replace("_", "-") if top.lower() in _SAME else ""
