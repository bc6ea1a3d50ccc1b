"""Asks one repository of one registry: with its login, again where that may help, and with
answers that are checked for being a registry's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from nuages.build.registry.access import Access
from nuages.build.registry.errors import NOT_A_REGISTRY
from nuages.build.registry.exchange.authority import Authority
from nuages.build.registry.exchange.patience import Patience
from nuages.build.registry.exchange.refusals import (
    Answer,
    is_full,
    is_transient,
    refusal,
    retry_after,
)
from nuages.build.registry.exchange.transport import (
    Request,
    Response,
    Transient,
    Transport,
    Unreachable,
    origin,
)
from nuages.build.registry.reference import Reference, is_plain
from nuages.core.errors import NuagesError

# What is read of an answer that is no content.
LIMIT = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of the repository: a method, a path below it or an address that the registry
    gave, and a body as `Request` has it. `others` are repositories that it reads besides, and
    `limit` how much of the answer is of interest."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Callable[[], Iterable[bytes]] = b""
    others: tuple[str, ...] = ()
    limit: int = LIMIT


class Client:
    """Talks to the registry of `reference`, about its repository; `action` is what is to be done
    there: `pull`, or `pull,push`. Is to be entered, and then may be used by several threads."""

    def __init__(self, reference: Reference, access: Access, action: str) -> None:
        self.reference = reference
        self.access = access
        plain = is_plain(reference.registry, access.insecure)
        self._root = f"{'http' if plain else 'https'}://{reference.registry}"
        self._action = action
        self._transport = Transport()
        self._authority = Authority(reference.registry, access, self._transport)

    def __enter__(self) -> Client:
        """Make sure that a registry is there, and learn how to log in.

        Raises build.E042, E043, E046 and E055.
        """
        self._greet_patiently()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._transport.close()

    @property
    def doing(self) -> str:
        """What is tried, for an error: `push to HOST/REPOSITORY`."""
        what = "push to" if "push" in self._action else "pull from"
        return f"{what} {self.reference.registry}/{self.reference.repository}"

    def ask(self, ask: Ask, *expected: int) -> Answer:
        """The answer, whose status is one of `expected`; asked again where that may help.

        Raises whatever of build.E042 to E058 the answer means.
        """
        patience = Patience(self.access.pause)
        while True:
            try:
                return self.ask_once(ask, *expected)
            except Transient as failure:
                patience.spend(failure)

    def ask_once(self, ask: Ask, *expected: int) -> Answer:
        """As `ask`; raises Transient where it may help to ask again."""
        with self.open(ask) as response:
            body = response.read(ask.limit + 1)
            answer = Answer(response.url, response.status, response.headers, body)
        if answer.status in expected:
            return answer
        raise self.failure(answer)

    @contextmanager
    def open(self, ask: Ask) -> Iterator[Response]:
        """The response to one request, after a login and redirects. Raises Transient too."""
        request = Request(ask.method, self.address(ask.path), ask.headers, ask.body)
        scopes = self._scopes(ask.others)
        for _ in range(_MOST_REDIRECTS):
            with self._logged_in(request, scopes) as response:
                target = response.headers.get("Location", "")
                is_read = request.method in ("GET", "HEAD")
                if not (is_read and response.status in _REDIRECTS and target):
                    yield response
                    return
            request = replace(request, url=self.resolved(request.url, target))
        message = f"{self.reference.registry} leads from one address to the next without an end"
        raise NuagesError(NOT_A_REGISTRY, message)

    def failure(self, answer: Answer) -> Transient | NuagesError:
        """What an answer of a status that nobody wants means."""
        error = refusal(answer, self.doing)
        if is_transient(answer.status) and not is_full(answer):
            return Transient(error, retry_after(answer.headers, time.time()))
        return error

    def failure_of(self, response: Response) -> Transient | NuagesError:
        """The same of a response."""
        body = response.read(LIMIT)
        return self.failure(Answer(response.url, response.status, response.headers, body))

    def address(self, path: str) -> str:
        """A path below the repository as a whole address; an address as it is."""
        if path.startswith(("http://", "https://")):
            return path
        return f"{self._root}/v2/{quote(self.reference.repository)}/{path}"

    def resolved(self, base: str, location: str) -> str:
        """A `Location` as a whole address. A registry behind a proxy that ends TLS may believe
        that it is talked to by http: what was begun with https stays so."""
        try:
            url = urljoin(base, location)
            parts, asked = urlsplit(url), urlsplit(base)
        except ValueError:
            message = f"{self.reference.registry} leads to an address that is none"
            raise NuagesError(NOT_A_REGISTRY, message) from None
        if (parts.scheme, asked.scheme) != ("http", "https"):
            return url
        if parts.hostname == asked.hostname:
            return urlunsplit(parts._replace(scheme="https", netloc=asked.netloc))
        message = f"{self.reference.registry} leads from https to {parts.netloc} without encryption"
        raise NuagesError(NOT_A_REGISTRY, message)

    @contextmanager
    def _logged_in(self, request: Request, scopes: tuple[str, ...]) -> Iterator[Response]:
        """The response to a request that carries a login where it goes to the registry itself."""
        if origin(request.url) != origin(self._root):
            with self._transport.send(request) as response:
                yield response
            return
        authorization = self._authority.authorization(scopes)
        with self._transport.send(_with(request, authorization)) as response:
            if response.status != HTTPStatus.UNAUTHORIZED:
                yield response
                return
            challenge = response.headers.get("WWW-Authenticate", "")
            failure = self.failure_of(response)
        renewed = self._authority.renewed(challenge, scopes, authorization)
        if not request.repeatable:
            error = failure.error if isinstance(failure, Transient) else failure
            raise Transient(error, after=0)
        with self._transport.send(_with(request, renewed)) as response:
            if response.status == HTTPStatus.UNAUTHORIZED:
                if renewed.startswith("Basic"):
                    self._authority.renewed(challenge, scopes, renewed)
                raise self._authority.insufficient(self.doing)
            yield response

    def _scopes(self, others: tuple[str, ...]) -> tuple[str, ...]:
        own = f"repository:{self.reference.repository}:{self._action}"
        return (own, *(f"repository:{each}:pull" for each in others))

    def _greet_patiently(self) -> None:
        patience = Patience(self.access.pause)
        while True:
            try:
                self._greet()
            except Unreachable as failure:
                raise failure.error from None
            except Transient as failure:
                patience.spend(failure)
            else:
                return

    def _greet(self) -> None:
        url = f"{self._root}/v2/"
        with self._transport.send(Request("GET", url)) as response:
            body = response.read(LIMIT)
            answer = Answer(url, response.status, response.headers, body)
        if is_transient(answer.status):
            raise self.failure(answer)
        if challenge := answer.headers.get("WWW-Authenticate"):
            self._authority.learn(challenge)
        if not _is_registry(answer):
            message = f"{url} answers {answer.status} with {_kind(answer)}"
            raise NuagesError(NOT_A_REGISTRY, message)


def _is_registry(answer: Answer) -> bool:
    """Whether that is how a registry greets: the specification's end-1."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return "WWW-Authenticate" in answer.headers
    if answer.status == HTTPStatus.FORBIDDEN:
        return "html" not in _kind(answer)
    return answer.status == HTTPStatus.OK and "html" not in _kind(answer)


def _kind(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0] or "no type of content"


def _with(request: Request, authorization: str) -> Request:
    if not authorization:
        return request
    return replace(request, headers={**request.headers, "Authorization": authorization})
