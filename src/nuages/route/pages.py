"""The few pages that the proxy itself answers with, where no application can."""

from __future__ import annotations

import html
from dataclasses import dataclass

_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0 }}
</style>
<h1>{title}</h1>
<p>{text}</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A status, a heading and a sentence; `retry_after` in seconds where it makes sense."""

    status: int
    title: str
    sentence: str
    retry_after: int = 0

    @property
    def html(self) -> str:
        """The page for people."""
        return _HTML.format(title=html.escape(self.title), text=html.escape(self.sentence))

    @property
    def text(self) -> str:
        """The page for programs."""
        return f"{self.title}. {self.sentence}\n"


NOT_FOUND = Page(
    404,
    "No app answers at this address",
    "The server is up, but no app has this host name. "
    "Look for a mistake in the address; a new domain has to be added to its app first.",
)
NOT_ANSWERING = Page(
    503,
    "The app does not answer",
    "This app is not running at the moment. Try again in a few seconds.",
    retry_after=5,
)
BROKEN = Page(
    502,
    "The app broke off",
    "This app ended the request without an answer. Its log says more.",
)
LATE = Page(
    504,
    "The app takes too long",
    "This app did not answer in time. Its log says more.",
)
REFUSED = Page(400, "Bad request", "The request names no host.")
