"""Rules that speak of a started site: each deployment asks for a few of its pages."""

from __future__ import annotations

from nuages.core.finding import Severity
from nuages.inspect.declared.kinds import after_boot

BEGINS_ELSEWHERE = after_boot(
    Severity.INFO,
    "W170",
    "There is nothing at /",
    "The URLconf has no page there, or its view says so. Visitors of the bare address see "
    "'Not Found'; the site itself works.",
    "Visit the page that is named, or lead / there: "
    'path("", RedirectView.as_view(url="/polls/")) in the urls.py of the project',
)
PAGE_FAILS = after_boot(
    Severity.WARNING,
    "W171",
    "A page of the site fails",
    "It answers a visitor with an error. Another page or the health check of the project answers "
    "well, so the release got the traffic.",
    "Mend what the log shows: nuages logs APP. A page that is to decide about a deployment "
    'stands in deploy.toml: [health] path = "/polls/"',
)
NOT_FOUND_FAILS = after_boot(
    Severity.WARNING,
    "W172",
    "An address that is not there answers with an error instead of 'Not Found'",
    "The page for it (404.html, or the view handler404) fails itself: every wrong address is an "
    "error of the server in the log.",
    "Mend the template 404.html or the view handler404; the log shows why it fails: "
    "nuages logs APP",
)
CHECK_FAILS = after_boot(
    Severity.WARNING,
    "W173",
    "The health check of the project is not content",
    "The URLconf has an address for health checks, and it says that something is missing that "
    "the pages may do without, such as a broker of tasks.",
    "Provide what it asks for; the page itself names it. If it is to decide about a "
    'deployment, say so in deploy.toml: [health] path = "/health/"',
)
CHECK_OF_SURROUNDINGS = after_boot(
    Severity.WARNING,
    "W174",
    "A check of the project's own is against the host names or the TLS of the platform",
    "Such settings are the platform's to decide: ALLOWED_HOSTS has the domains of the app, and "
    "what works with TLS only is off without it. The release is not refused for it. "
    "`python manage.py` commands may refuse to run.",
    "Say the app's address where the project reads it, or add the domain that it expects: "
    "nuages domains APP add DOMAIN",
)
