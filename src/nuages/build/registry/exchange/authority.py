"""The header Authorization for one registry: a password, or a token from its token server.

https://distribution.github.io/distribution/spec/auth/token/ and …/auth/oauth/.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from nuages.build.registry.access import Access
from nuages.build.registry.credentials import Credentials
from nuages.build.registry.errors import (
    DENIED,
    LOGIN_IN_THE_CLEAR,
    LOGIN_REFUSED,
    REGISTRY_FAILED,
)
from nuages.build.registry.exchange.challenge import Challenge, choose_challenge
from nuages.build.registry.exchange.patience import Patience
from nuages.build.registry.exchange.refusals import (
    Answer,
    is_transient,
    printable,
    refusal,
    retry_after,
)
from nuages.build.registry.exchange.transport import Request, Transient, Transport, origin
from nuages.build.registry.reference import is_plain
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret

Scopes = tuple[str, ...]
_LIMIT = 1024 * 1024
# Seconds that a token is good for where its server does not say, by the specification; and how
# long before its end it is not used any more.
_LIFETIME, _MARGIN = 60.0, 10.0
_CLIENT = "nuages"
# What a header can carry.
_TOKEN = re.compile(r"\A[!-~]+\Z")


@dataclass(frozen=True, slots=True)
class _Token:
    value: Secret
    ends: float


class Authority:
    """Knows how to log in to `registry`; may be used by several threads."""

    def __init__(self, registry: str, access: Access, transport: Transport) -> None:
        self._registry = registry
        self._access = access
        self._transport = transport
        self._challenge: Challenge | None = None
        self._tokens: dict[Scopes, _Token] = {}
        self._lock = threading.RLock()

    def learn(self, header: str) -> None:
        """Remember how the registry wants to be logged in to."""
        self._challenge = choose_challenge(header) or self._challenge

    def authorization(self, scopes: Scopes) -> str:
        """The header for a request that needs `scopes`; empty as long as none was asked for.

        Raises build.E042, E044, E055 and E058.
        """
        challenge = self._challenge
        if challenge is None:
            return ""
        if challenge.scheme == "basic":
            return _basic(self._access.credentials) if self._access.credentials else ""
        with self._lock:
            token = self._tokens.get(scopes)
            if token is None or time.monotonic() > token.ends:
                token = self._tokens[scopes] = self._new_token(challenge, scopes)
        return f"Bearer {token.value.reveal()}"

    def renewed(self, header: str, scopes: Scopes, refused: str) -> str:
        """The header to try again with, after `refused` (empty: none) was answered with 401 and
        the challenge `header`. Raises build.E044 where there is no other, and as above."""
        challenge = choose_challenge(header)
        if challenge is None:
            message = f"{self._registry} wants a login and does not say how"
            raise NuagesError(LOGIN_REFUSED, message)
        with self._lock:
            self._challenge = challenge
            if challenge.scheme == "basic":
                self._look_at_password(refused)
            elif (known := self._tokens.get(scopes)) and refused == _bearer(known):
                del self._tokens[scopes]
        return self.authorization(scopes)

    def insufficient(self, doing: str) -> NuagesError:
        """The error of a fresh token that the registry does not take."""
        credentials = self._access.credentials
        if credentials is None:
            message = f"Cannot {doing} without a login, and none is known for {self._registry}"
            return NuagesError(LOGIN_REFUSED, message)
        message = f"Cannot {doing}: {self._registry} does not allow it to {_shown(credentials)}"
        return NuagesError(DENIED, message)

    def _look_at_password(self, refused: str) -> None:
        credentials = self._access.credentials
        if credentials is None:
            message = f"{self._registry} wants a login, and none is known for it"
            raise NuagesError(LOGIN_REFUSED, message)
        if refused == _basic(credentials):
            message = f"{self._registry} refuses the password of {_shown(credentials)}"
            raise NuagesError(LOGIN_REFUSED, message)

    def _new_token(self, challenge: Challenge, scopes: Scopes) -> _Token:
        asked = tuple(dict.fromkeys((*scopes, *challenge.scopes)))
        patience = Patience(self._access.pause)
        while True:
            try:
                answer = self._ask(self._token_request(challenge, asked))
                if not is_transient(answer.status):
                    return self._read_token(challenge, answer)
                error = refusal(answer, f"get a token from {origin(challenge.realm)[1]}")
                patience.spend(Transient(error, retry_after(answer.headers, time.time())))
            except Transient as failure:
                patience.spend(failure)

    def _token_request(self, challenge: Challenge, scopes: Scopes) -> Request:
        """A form for an identity token, else a query, with the password where there is one."""
        credentials = self._access.credentials
        service = challenge.parameters.get("service", "")
        if credentials:
            self._refuse_clear(challenge.realm, credentials)
        if credentials and credentials.is_identity_token:
            form = {
                "grant_type": "refresh_token",
                "service": service,
                "client_id": _CLIENT,
                "scope": " ".join(scopes),
                "refresh_token": credentials.password.reveal(),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return Request("POST", challenge.realm, headers, urlencode(form).encode())
        query = [("service", service)] if service else []
        query += [("scope", scope) for scope in scopes]
        mark = "&" if "?" in challenge.realm else "?"
        url = f"{challenge.realm}{mark}{urlencode(query)}" if query else challenge.realm
        return Request("GET", url, {"Authorization": _basic(credentials)} if credentials else {})

    def _refuse_clear(self, realm: str, credentials: Credentials) -> None:
        scheme, host = origin(realm)
        if scheme != "https" and not (scheme and is_plain(host, self._access.insecure)):
            whose = f"the password of {_shown(credentials)}"
            message = f"{self._registry} wants {whose} sent to {printable(realm)}"
            raise NuagesError(LOGIN_IN_THE_CLEAR, message)

    def _ask(self, request: Request) -> Answer:
        with self._transport.send(request) as response:
            body = response.read(_LIMIT)
            return Answer(request.url, response.status, response.headers, body)

    def _read_token(self, challenge: Challenge, answer: Answer) -> _Token:
        host = origin(challenge.realm)[1]
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._no_token(f"{host}, where {self._registry} has its logins,", answer.status)
        try:
            document = json.loads(answer.body)
            value = _TOKEN.findall(document.get("token") or document["access_token"])[0]
            lifetime = float(document.get("expires_in") or _LIFETIME)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            message = f"{host} answers {answer.status} and gives no token for {self._registry}"
            raise NuagesError(REGISTRY_FAILED, message) from None
        return _Token(Secret(value), time.monotonic() + max(lifetime - _MARGIN, lifetime / 2))

    def _no_token(self, host: str, status: int) -> NuagesError:
        credentials = self._access.credentials
        if credentials is None:
            return NuagesError(LOGIN_REFUSED, f"{host} gives no token without a login")
        if status == HTTPStatus.FORBIDDEN:
            message = f"{host} gives no token for this to {_shown(credentials)}"
            return NuagesError(DENIED, message)
        return NuagesError(LOGIN_REFUSED, f"{host} refuses the password of {_shown(credentials)}")


def _basic(credentials: Credentials) -> str:
    both = f"{credentials.user}:{credentials.password.reveal()}"
    return f"Basic {base64.b64encode(both.encode()).decode()}"


def _bearer(token: _Token) -> str:
    return f"Bearer {token.value.reveal()}"


def _shown(credentials: Credentials) -> str:
    return f"user '{credentials.user}'"
