"""The proxy's configuration: one constant document, whatever apps and domains there are.

Every change of Caddy's configuration closes idle connections, so nothing about an app is in it:
Caddy finds an app's files and its socket by the request's host name, below `sites/`, and what
lies there is switched by renaming links (nuages.route.sites). What each option is for stands
beside it; docs: https://caddyserver.com/docs/json/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nuages.route.pages import BROKEN, LATE, NOT_ANSWERING, NOT_FOUND, REFUSED, Page
from nuages_runtime.given import served
from nuages_runtime.given.served import HASHED, IMMUTABLE, REVALIDATE, SPOOFABLE, STAMPED

_SECOND = 1_000_000_000  # Caddy counts durations in nanoseconds
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
# Longer than any sensible view; a socket that nobody accepts from is not for ever.
_ANSWER_WITHIN = 10 * _MINUTE

# A character that no host name has, an empty label, or a dot or hyphen at an end.
_ODD_HOST = r"[^a-z0-9.:-]|^[.:-]|\.[.:]|\.$"

# Of collected files only: among uploads, a stranger's `victim.pdf.gz` would be `victim.pdf`.
_COMPRESSED_AHEAD = {
    "precompressed": {"zstd": {}, "br": {}, "gzip": {}},
    "precompressed_order": ["zstd", "br", "gzip"],
}

UPLOAD_HEADERS = {name: [value] for name, value in served.UPLOAD_HEADERS.items()}


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """What the document depends on: nothing that changes while the platform runs.

    `prefix` is HOME/proxy as the proxy sees it, `admin` the path of its admin socket; `internal`
    listens on descriptor 4 as well, where apps find each other by their internal names.
    """

    prefix: str = "/p"
    admin: str = "/run/proxy/admin.sock"
    internal: bool = False


def render_caddy(settings: ProxySettings) -> dict[str, Any]:
    """The whole document, as Caddy's JSON."""
    listen = ["fd/3", "fd/4"] if settings.internal else ["fd/3"]
    servers = {"sites": _server(listen, f"{settings.prefix}/sites")}
    return {
        "admin": {
            "listen": f"unix/{settings.admin}|0600",
            # Started again, Caddy takes the document from its file, never what it saw last.
            "config": {"persist": False},
        },
        "logging": {
            "logs": {
                "default": {
                    "level": "WARN",
                    "sampling": {"interval": _SECOND, "first": 10, "thereafter": 1000},
                }
            }
        },
        # When it ends, requests under way have this long; new ones wait for the next proxy.
        "apps": {"http": {"grace_period": 5 * _SECOND, "servers": servers}},
    }


def _server(listen: list[str], sites: str) -> dict[str, Any]:
    """`sites` is the folder with one folder for each host name."""
    site = f"{sites}/{{http.request.host}}"
    return {
        "listen": listen,
        # Without TLS there is nothing to negotiate HTTP/2 with.
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "read_header_timeout": _MINUTE,
        "idle_timeout": 5 * _MINUTE,
        # A body may take as long as it wants, but it must move: a stalled one ends.
        "read_idle_timeout": _MINUTE,
        "write_idle_timeout": 5 * _MINUTE,
        "max_header_bytes": 64 * 1024,
        "routes": [_tidy_host(), _files(site), {"handle": [_forget_outside(), _app(site)]}],
        "errors": {"routes": _errors(sites, site)},
    }


def _tidy_host() -> dict[str, Any]:
    """`Polls.LOCALHOST.` is polls.localhost, and what is no host name is nobody's: `..` would
    climb out of the folder of sites. Everybody else pays one look at their host name."""
    letters = [{"search": chr(65 + i), "replace": chr(97 + i)} for i in range(26)]
    last_dot = {"search_regexp": r"^(.*[^.])\.(:[0-9]*)?$", "replace": "$1$2"}
    odd = {"header_regexp": {"Host": {"pattern": _ODD_HOST}}}
    tidy = {"handler": "headers", "request": {"replace": {"Host": [*letters, last_dot]}}}
    refuse = {"handler": "error", "status_code": "404"}
    inside = [{"handle": [tidy]}, {"match": [odd], "handle": [refuse]}]
    return {"match": [odd], "handle": [{"handler": "subroute", "routes": inside}]}


def _files(site: str) -> dict[str, Any]:
    """Static files and uploads, or on to the application where there is no such file.

    Headers are set before a file is looked for and taken back before the application is asked:
    to ask first whether the file exists would cost every request two more system calls.
    """
    hashed = {
        "path_regexp": {"pattern": HASHED},
        "not": [{"path_regexp": {"pattern": STAMPED}}],
    }
    return {
        "match": [{"method": ["GET", "HEAD"], "not": [{"path": ["*/"]}]}],
        "handle": [
            _set({"Cache-Control": [REVALIDATE]}),
            {
                "handler": "subroute",
                "routes": [{"match": [hashed], "handle": [_set({"Cache-Control": [IMMUTABLE]})]}],
            },
            {**_file_server(f"{site}/public"), **_COMPRESSED_AHEAD},
            _set(UPLOAD_HEADERS),
            _file_server(f"{site}/uploads"),
            {"handler": "headers", "response": {"delete": sorted(UPLOAD_HEADERS)}},
        ],
    }


def _set(headers: dict[str, list[str]]) -> dict[str, Any]:
    return {"handler": "headers", "response": {"set": headers}}


def _file_server(root: str) -> dict[str, Any]:
    return {
        "handler": "file_server",
        "root": root,
        "pass_thru": True,
        "index_names": [],
        "canonical_uris": False,
    }


def _forget_outside() -> dict[str, Any]:
    return {"handler": "headers", "request": {"delete": list(SPOOFABLE)}}


def _app(site: str) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"unix/{site}/web.sock"}],
        # A GET whose instance was killed before it answered is asked once more: the connection
        # waits for the next copy. Caddy sends no other method twice, and after `try_duration`
        # none: what has waited for an answer in vain is not to wait again. By itself, Caddy would
        # pause for a quarter of a second between the two.
        "load_balancing": {
            "retries": 1,
            "try_duration": _ANSWER_WITHIN // 2,
            "try_interval": _SECOND // 100,
        },
        "transport": {
            "protocol": "http",
            # A connection that is kept may be closed by a worker just as a POST goes into it.
            "keep_alive": {"enabled": False},
            "compression": False,
            "dial_timeout": 5 * _SECOND,
            "response_header_timeout": _ANSWER_WITHIN,
        },
        # A worker is not to wait for a slow client that sends a form.
        "request_buffers": 64 * 1024,
        # Should the document change after all, open WebSockets live on.
        "stream_close_delay": _HOUR,
    }


def _errors(sites: str, site: str) -> list[dict[str, Any]]:
    """What Caddy itself answers; answers of the application never come here."""
    known = {"file": {"root": sites, "try_files": ["/{http.request.host}/"]}}
    nobody = {"vars": {"{http.error.status_code}": ["404"]}}
    refused = {"vars": {"{http.error.status_code}": ["400", "403", "405"]}}
    # The request reached nobody, so it is safe to send it again.
    undelivered = {"vars_regexp": {"{http.error.message}": {"pattern": "^dial "}}}
    clean = ["Etag", "Vary", "Content-Encoding", "Content-Length", *sorted(UPLOAD_HEADERS)]
    return [
        {"handle": [{"handler": "headers", "response": {"delete": clean}}]},
        *_page([{"vars": {"{http.request.host}": [""]}}], REFUSED),
        *_page([nobody, {"not": [known]}], NOT_FOUND),
        # A path that the file system cannot have (a name of over 255 bytes, a file taken for a
        # folder) is no file, so it is the application's.
        {
            "match": [refused],
            "handle": [_forget_outside(), _app(site)],
            "terminal": True,
        },
        *_page([undelivered], NOT_ANSWERING),
        *_page([{"vars": {"{http.error.status_code}": ["504"]}}], LATE),
        *_page([], BROKEN),
    ]


def _page(match: list[dict[str, Any]], page: Page) -> list[dict[str, Any]]:
    """An answer in HTML for who accepts it, else in plain text."""
    accepts = {"header": {"Accept": ["*text/html*"]}}
    html_match = [{**one, **accepts} for one in match] or [accepts]
    routes = []
    for matchers, body, kind in ((html_match, page.html, "html"), (match, page.text, "plain")):
        headers = {"Content-Type": [f"text/{kind}; charset=utf-8"], "Cache-Control": ["no-store"]}
        if page.retry_after:
            headers["Retry-After"] = [str(page.retry_after)]
        answer = {
            "handler": "static_response",
            "status_code": page.status,
            "headers": headers,
            "body": body,
        }
        route: dict[str, Any] = {"handle": [answer], "terminal": True}
        if matchers:
            route["match"] = matchers
        routes.append(route)
    return routes
