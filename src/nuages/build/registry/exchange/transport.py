"""One HTTP exchange with any host, over connections that are kept, by urllib3.

The only module that knows urllib3: what it raises becomes an error of ours, or `Transient` where
the same may go well a moment later.
"""

from __future__ import annotations

import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    LocationValueError,
    NameResolutionError,
    ProxyError,
    SSLError,
)

from nuages.build.registry.errors import (
    BROKEN_OFF,
    CERTIFICATE_UNTRUSTED,
    NOT_A_REGISTRY,
    REGISTRY_UNREACHABLE,
)
from nuages.build.registry.reference import is_loopback
from nuages.core.errors import NuagesError

# Seconds for a connection, and for each piece that is sent; then for an answer to begin. What was
# sent may have to be written to a slow store before it is answered.
_CONNECT, _READ, _STORE = 30.0, 60.0, 300.0
_PIECE = 1024 * 1024
_CONNECTIONS = 8
# So much of an answer is read for nothing, so that its connection can be used again.
_DRAINED = 64 * 1024
# As OpenSSL says that the other end speaks no TLS; its name for it has changed.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")
# Where a Python that was not made for this system finds the authorities that it trusts.
_AUTHORITIES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/ca-bundle.pem"),
)


class Transient(Exception):  # noqa: N818 -- no error yet: the `error` that it is when it stays
    """Something that may go well a moment later, after `after` seconds where somebody said so."""

    def __init__(self, error: NuagesError, after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.after = after


@dataclass(frozen=True, slots=True)
class Request:
    """A method and a whole address. `body` makes the pieces of the body anew for each try; its
    length is in the headers. `repeatable` says whether it may simply be sent again."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Callable[[], Iterable[bytes]] = b""

    @property
    def repeatable(self) -> bool:
        return isinstance(self.body, bytes)


class Response:
    """An answer whose body is still to be read."""

    def __init__(self, raw: urllib3.BaseHTTPResponse, url: str) -> None:
        self._raw = raw
        self.url = url
        self.status = raw.status
        self.headers: Mapping[str, str] = raw.headers

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes. Raises Transient where it breaks off."""
        with _translated(self.url):
            yield from self._raw.stream(_PIECE, decode_content=False)

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes of the body."""
        read = b""
        for piece in self.pieces():
            read += piece
            if len(read) >= limit:
                break
        return read[:limit]


class _Own(Exception):  # noqa: N818 -- an envelope
    """An error of the disk, or of whoever is told of progress, while a body is sent: it is no
    error of the connection, which urllib3 would take it for."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Unreachable(Transient):
    """Nobody took the connection."""


class Transport:
    """Sends requests; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, bool], urllib3.PoolManager] = {}

    @contextmanager
    def send(self, request: Request) -> Iterator[Response]:
        """The response to `request`, whatever its status; redirects are not followed."""
        read = _READ if request.method in ("GET", "HEAD") else _STORE
        body = request.body if isinstance(request.body, bytes) else _guarded(request.body())
        with _translated(request.url):
            raw = self._pool(request.url).request(
                request.method,
                request.url,
                headers={"User-Agent": "nuages", **request.headers},
                body=body or None,
                timeout=urllib3.Timeout(connect=_CONNECT, read=read),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        keep = False
        try:
            yield Response(raw, request.url)
            # What was refused may not have been sent to its end.
            keep = request.repeatable or raw.status < HTTPStatus.BAD_REQUEST
        finally:
            _give_back(raw, keep=keep)

    def close(self) -> None:
        """End the connections that are kept."""
        for pool in self._pools.values():
            pool.clear()

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The connections of a scheme, by way of a proxy or not; trust is read only for TLS."""
        proxy, is_plain = _proxy(url), url.startswith("http:")
        with self._lock:
            pool = self._pools.get((proxy, is_plain))
            if pool is None:
                context = None if is_plain and not proxy else _tls_context()
                pool = (
                    urllib3.ProxyManager(proxy, ssl_context=context, maxsize=_CONNECTIONS)
                    if proxy
                    else urllib3.PoolManager(ssl_context=context, maxsize=_CONNECTIONS)
                )
                self._pools[proxy, is_plain] = pool
            return pool


def origin(url: str) -> tuple[str, str]:
    """The scheme and the host with its port, by which servers are told apart; empty for what is
    no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, LookupError):
        return "", ""
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts.scheme, f"{name}:{port}"


def _give_back(raw: urllib3.BaseHTTPResponse, *, keep: bool) -> None:
    """Let the connection be used again, unless much is still to be read from it."""
    left = raw.length_remaining
    if keep and left is not None and left <= _DRAINED:
        raw.drain_conn()
        raw.release_conn()
    else:
        raw.close()


def _tls_context() -> ssl.SSLContext:
    """The authorities that the system trusts, or those in SSL_CERT_FILE and SSL_CERT_DIR."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        for file in filter(Path.is_file, _AUTHORITIES):
            context.load_verify_locations(file)
            break
    return context


def _proxy(url: str) -> str:
    """The proxy that the environment names for an address; empty for none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return ""
    return urllib.request.getproxies().get(parts.scheme, "")


def _guarded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except OSError as error:
        raise _Own(error) from error


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """What urllib3 raises within becomes ours."""
    try:
        yield
    except _Own as own:
        raise own.error from None
    except (HTTPError, OSError, HTTPException) as error:
        raise _translation(error, origin(url)[1]) from None


def _translation(error: Exception, host: str) -> Exception:
    cause = error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error
    if isinstance(error, SSLError):
        return _tls_error(cause, host)
    if isinstance(error, LocationValueError):
        return NuagesError(NOT_A_REGISTRY, f"{host} is led to by an address that is none")
    if isinstance(cause, BadStatusLine) and not isinstance(cause, RemoteDisconnected):
        return NuagesError(NOT_A_REGISTRY, f"{host} does not speak HTTP")
    if isinstance(error, ProxyError | ConnectTimeoutError):
        return _unreachable(error, cause, host)
    message = f"The connection to {host} broke off: {_words(cause)}"
    return Transient(NuagesError(BROKEN_OFF, message))


def _unreachable(error: Exception, cause: Exception, host: str) -> Unreachable:
    if isinstance(error, ProxyError):
        message = f"{host} is not reached by way of the proxy that is set: {_words(cause)}"
    elif isinstance(error, NameResolutionError):
        message = f"{host}: no such host is known"
    else:
        message = f"{host} takes no connection: {_words(error)}"
    return Unreachable(NuagesError(REGISTRY_UNREACHABLE, message))


def _tls_error(cause: Exception, host: str) -> Exception:
    if isinstance(cause, ssl.SSLCertVerificationError):
        message = f"{host}: {cause.verify_message}"
        return NuagesError(CERTIFICATE_UNTRUSTED, message)
    if isinstance(cause, ssl.SSLError) and (cause.reason or "") in _NOT_TLS:
        hint = f"If it is meant to be used without encryption: NUAGES_INSECURE_REGISTRIES={host}"
        return NuagesError(NOT_A_REGISTRY, f"{host} does not speak TLS", hint=hint)
    message = f"The connection to {host} broke off: {_words(cause)}"
    return Transient(NuagesError(BROKEN_OFF, message))


def _words(error: Exception) -> str:
    """What the error of a library says, without the objects that it shows."""
    inner = error.__cause__ or error.__context__ or error
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    if isinstance(inner, TimeoutError | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(inner, IncompleteRead):
        return "the answer is not whole"
    return str(inner).rpartition(">: ")[2] or type(inner).__name__
