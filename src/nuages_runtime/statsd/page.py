"""A request for the metrics becomes an answer: just as much of HTTP as a scraper needs. Pure."""

from nuages_runtime.statsd.exposition import CONTENT_TYPE

# Bytes of a request's head.
LARGEST = 16384
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
_HTML = "text/html; charset=utf-8"
_FRONT = (
    "<!doctype html><title>Metrics</title>"
    '<h1>StatsD exporter</h1><p><a href="/metrics">Metrics</a></p>\n'
)


def is_whole(request):
    """Whether these bytes have a request's head to its end."""
    return b"\r\n\r\n" in request or b"\n\n" in request


def answer(request, metrics):
    """The answer to a request; `metrics` is called for the text of them."""
    words = request.partition(b"\n")[0].split()
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return _answer(400, "This is no request of HTTP/1.\n")
    method, path = words[0], words[1].partition(b"?")[0]
    if method not in (b"GET", b"HEAD"):
        return _answer(405, "Only GET and HEAD are answered.\n", more="Allow: GET, HEAD\r\n")
    if path == b"/metrics":
        made = _answer(200, metrics(), CONTENT_TYPE)
    elif path == b"/":
        made = _answer(200, _FRONT, _HTML)
    else:
        made = _answer(404, "There is /metrics.\n")
    # Of HEAD the same without a body.
    return made if method == b"GET" else made.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _answer(status, text, kind="text/plain; charset=utf-8", more=""):
    body = text.encode("utf-8")
    head = "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n"
    return head.format(status, _REASONS[status], kind, len(body), more).encode("ascii") + body
