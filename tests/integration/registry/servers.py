"""What the tests of registries talk to: Debian's registry, a proxy that cuts connections, a server
that answers what it is told to, and a server of tokens."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from tools.own_platform import free_port

USER, PASSWORD = "ada", "right:horse"
# PASSWORD by bcrypt, which is all that the registry takes.
_HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuuf9QCWFl3UlWjc1cMJMWC4JPfvlCoXG6\n"
_ISSUER, _SERVICE = "nuages-tests", "registry-of-tests"


class Registry:
    """A docker-registry on a loopback port, with its content below `folder`."""

    def __init__(self, folder: Path, extra: str = "", port: int = 0) -> None:
        self.port = port or free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.content = folder / "content"
        self._config = folder / "config.yml"
        self._log = folder / "log"
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            f"version: 0.1\nlog: {{level: warn}}\nstorage:\n  filesystem:\n"
            f"    rootdirectory: {self.content}\nhttp:\n  addr: {self.host}\n  secret: s\n{extra}"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Registry:
        with self._log.open("ab") as log:
            argv = ["docker-registry", "serve", str(self._config)]
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        wait_for(self.port)
        return self

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def log(self) -> str:
        return self._log.read_text()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    ends = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < ends, f"nobody listens on port {port}"
            time.sleep(0.02)
        else:
            return


def skopeo(*arguments: str) -> str:
    """What Debian's skopeo prints."""
    argv = ["skopeo", "--insecure-policy", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_passwords(folder: Path) -> str:
    """The part of a configuration that wants USER with PASSWORD."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "htpasswd"
    file.write_text(_HTPASSWD)
    return f"auth: {{htpasswd: {{realm: tests, path: {file}}}}}\n"


def with_tokens(folder: Path, tokens: TokenServer) -> str:
    """The part of a configuration that wants tokens of `tokens`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tokens.pem"
    file.write_bytes(tokens.certificate)
    return (
        f"auth:\n  token: {{realm: '{tokens.url}/token', service: {_SERVICE}, "
        f"issuer: {_ISSUER}, rootcertbundle: {file}}}\n"
    )


def with_tls(folder: Path, host: str) -> str:
    """The rest of the `http` part, with a certificate for `host` in `folder`/tls.pem that nobody
    else has signed."""
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = _certificate(host)
    (folder / "tls.pem").write_bytes(certificate)
    (folder / "tls.key").write_bytes(_pem(key))
    return f"  tls: {{certificate: {folder}/tls.pem, key: {folder}/tls.key}}\n"


@dataclass
class Cut:
    """Cuts one connection, once: after so many bytes `up` (to the server) or down, counted over all
    connections from the last cut on, or before the first piece that holds `before`."""

    after: int = 0
    up: bool = True
    before: bytes = b""


@dataclass
class CuttingProxy:
    """Passes connections on to a port, and cuts those that `cuts` names, in their order."""

    target: int
    cuts: list[Cut] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    sent_up: int = 0
    sent_down: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _passed: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> CuttingProxy:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            for up in (True, False):
                ends = (near, far) if up else (far, near)
                threading.Thread(target=self._pass_on, args=(*ends, up), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        while data := _received(source):
            data, is_cut = self._cut(data, up)
            if not _sent(target, data) or is_cut:
                # The other end has had what it was given before it sees the end.
                time.sleep(0.1)
                break
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _cut(self, data: bytes, up: bool) -> tuple[bytes, bool]:
        """What of `data` is passed on, and whether the connection ends then."""
        with self._lock:
            cut = self.cuts[0] if self.cuts and self.cuts[0].up == up else None
            if cut and cut.before and cut.before in data:
                data = b""
            elif cut and not cut.before and self._passed[up] + len(data) > cut.after:
                data = data[: cut.after - self._passed[up]]
            else:
                cut = None
            self._passed[up] = 0 if cut else self._passed[up] + len(data)
            self.sent_up += len(data) if up else 0
            self.sent_down += 0 if up else len(data)
            if cut:
                self.cuts.remove(cut)
            return data, cut is not None


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


def _sent(target: socket.socket, data: bytes) -> bool:
    try:
        target.sendall(data)
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Asked:
    """A request that a server got."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Told:
    """What a server is to answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def told(status: int, document: object, **headers: str) -> Told:
    """An answer of JSON; the names of headers have underscores here."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Told(
        status, json.dumps(document).encode(), {"Content-Type": "application/json", **named}
    )


def refused(status: int, code: str, message: str = "", **headers: str) -> Told:
    """The error document of a registry."""
    return told(status, {"errors": [{"code": code, "message": message}]}, **headers)


class FakeServer:
    """Answers on a loopback port what `answer` makes of a request, and remembers it."""

    def __init__(self, answer: Callable[[Asked], Told] | None = None) -> None:
        self.asked: list[Asked] = []
        self.answer = answer or (lambda asked: Told(200))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"

    def start(self) -> FakeServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lines(self) -> list[str]:
        return [asked.line for asked in self.asked]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                parts = urlsplit(self.path)
                try:
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                except OSError:
                    return
                headers = {key.lower(): value for key, value in self.headers.items()}
                asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, body)
                fake.asked.append(asked)
                answer = fake.answer(asked)
                self.send_response(answer.status)
                for key, value in answer.headers.items():
                    self.send_header(key, value)
                if "Content-Length" not in answer.headers and answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                with contextlib.suppress(OSError):
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = _any  # noqa: N815

            def log_message(self, *arguments: Any) -> None:
                """Nothing is printed."""

        return Handler


class FakeRegistry(FakeServer):
    """A registry that keeps the specification to the letter: an upload that breaks off keeps what
    has arrived. `first` is answered to the first requests of a method, in their order, instead."""

    def __init__(self) -> None:
        super().__init__(self._registry)
        self.first: dict[str, list[Told]] = {}
        self.contents: dict[str, bytes] = {}
        self.manifests: dict[str, Asked] = {}
        self._uploads: dict[str, bytearray] = {}

    def _registry(self, asked: Asked) -> Told:
        if asked.path == "/v2/":
            return told(200, {})
        if self.first.get(asked.method):
            return self.first[asked.method].pop(0)
        name = asked.path.rpartition("/")[2]
        if "/manifests/" in asked.path:
            return self._manifest(asked, name)
        if "/uploads/" in asked.path:
            return self._upload(asked, name)
        if name not in self.contents:
            return refused(404, "BLOB_UNKNOWN")
        return Told(200, self.contents[name])

    def _manifest(self, asked: Asked, name: str) -> Told:
        if asked.method == "PUT":
            self.manifests[name] = asked
            return Told(201, b"", {"Docker-Content-Digest": _digest(asked.body)})
        if name not in self.manifests:
            return refused(404, "MANIFEST_UNKNOWN")
        known = self.manifests[name]
        return Told(200, known.body, {"Content-Type": known.headers["content-type"]})

    def _upload(self, asked: Asked, name: str) -> Told:
        if asked.method == "POST":
            name = f"upload-{len(self._uploads)}"
            self._uploads[name] = bytearray()
            return Told(202, b"", {"Location": f"{asked.path}{name}?state=0", "Range": "0-0"})
        if name not in self._uploads:
            return refused(404, "BLOB_UPLOAD_UNKNOWN")
        kept = self._uploads[name]
        begin = asked.headers.get("content-range", str(len(kept))).partition("-")[0]
        if int(begin) != len(kept):
            return refused(416, "BLOB_UPLOAD_INVALID")
        kept += asked.body
        if asked.method != "PUT":
            place = {"Location": f"{asked.path}?state={len(kept)}", "Range": f"0-{len(kept) - 1}"}
            return Told(202 if asked.method == "PATCH" else 204, b"", place)
        digest = _digest(bytes(kept))
        if [digest] != asked.query["digest"]:
            return refused(400, "DIGEST_INVALID")
        self.contents[digest] = bytes(self._uploads.pop(name))
        return Told(201, b"", {"Docker-Content-Digest": digest})


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class TokenServer(FakeServer):
    """Gives tokens, good for `lifetime` seconds, to USER with PASSWORD, to whoever brings
    `identity` as a refresh token, and to nobody for pulls where `anonymous`."""

    def __init__(
        self, lifetime: float = 300, identity: str = "", *, anonymous: bool = False
    ) -> None:
        super().__init__(self._token)
        self._key, self.certificate = _certificate("tokens")
        self._lifetime = lifetime
        self._identity = identity
        self._anonymous = anonymous

    def _token(self, asked: Asked) -> Told:
        form = parse_qs(asked.body.decode())
        scopes = [each for part in (form or asked.query).get("scope", []) for each in part.split()]
        whom = self._whom(asked, form)
        if whom is None:
            return refused(401, "UNAUTHORIZED")
        access = [_granted(each, may_push=bool(whom)) for each in scopes]
        token = self._signed(whom, access)
        key = "access_token" if form else "token"
        return told(200, {key: token, "expires_in": self._lifetime})

    def _whom(self, asked: Asked, form: Mapping[str, list[str]]) -> str | None:
        if form:
            return USER if form.get("refresh_token") == [self._identity] else None
        given = asked.headers.get("authorization", "")
        if not given:
            return "" if self._anonymous else None
        right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return USER if given == f"Basic {right}" else None

    def _signed(self, subject: str, access: list[dict[str, object]]) -> str:
        der = x509.load_pem_x509_certificate(self.certificate).public_bytes(
            serialization.Encoding.DER
        )
        header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "sub": subject,
            "aud": _SERVICE,
            "exp": now + 300,
            "nbf": now - 5,
            "iat": now,
            "jti": str(time.monotonic_ns()),
            "access": access,
        }
        text = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
        r, s = utils.decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _granted(scope: str, *, may_push: bool) -> dict[str, object]:
    kind, name, actions = scope.split(":")
    allowed = [each for each in actions.split(",") if may_push or each == "pull"]
    return {"type": kind, "name": name, "actions": allowed}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _certificate(host: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
