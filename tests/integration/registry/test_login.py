"""Logins at a real registry: passwords, tokens that run out, nobody; and where none is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.credentials import Credentials
from nuages.build.registry.errors import (
    DENIED,
    LOGIN_IN_THE_CLEAR,
    LOGIN_REFUSED,
    REGISTRY_FAILED,
)
from nuages.build.registry.pull import pull
from nuages.build.registry.push import push
from nuages.build.registry.reference import Reference
from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.secret import Secret
from tests.integration.registry.images import make_image, make_layer
from tests.integration.registry.servers import (
    PASSWORD,
    USER,
    Asked,
    FakeServer,
    Registry,
    TokenServer,
    Told,
    refused,
    told,
    with_passwords,
    with_tokens,
)

Named = Callable[..., Reference]
Start = Callable[[Any], Any]
ADA = Credentials(USER, Secret(PASSWORD))
WRONG = Credentials(USER, Secret("wrong:pony"))
PLATFORM = "linux/amd64"


def failure(action: Callable[[], object]) -> NuagesError:
    """The error, which shows no password and no token."""
    with pytest.raises(NuagesError) as raised:
        action()
    shown = f"{raised.value.message} {raised.value.details} {raised.value.hint}"
    assert not {"horse", "pony", "eyJ"} & {
        word for word in ("horse", "pony", "eyJ") if word in shown
    }
    return raised.value


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that wants a password."""
    folder = tmp_path_factory.mktemp("closed")
    started = Registry(folder, with_passwords(folder)).start()
    yield started
    started.stop()


def test_the_right_password_is_let_in(
    closed: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    image = make_image(blobs, make_layer(blobs, "app", 250_000))
    known = replace(access, credentials=ADA)
    push(image, blobs, named(closed.host), known, without_progress)
    pulled = pull(named(closed.host), PLATFORM, other_blobs, known, without_progress)
    assert pulled.digest == image.digest


def test_a_wrong_password_names_the_user_and_not_the_password(
    closed: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, make_layer(blobs, "app"))
    known = replace(access, credentials=WRONG)
    error = failure(lambda: push(image, blobs, named(closed.host), known, without_progress))
    assert error.code is LOGIN_REFUSED
    assert closed.host in error.message
    assert f"'{USER}'" in error.message


def test_nobody_is_told_to_log_in(
    closed: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    error = failure(lambda: pull(named(closed.host), PLATFORM, blobs, access, without_progress))
    assert error.code is LOGIN_REFUSED
    assert "NUAGES_REGISTRY_USER" in error.hint


def token_registry(start: Start, folder: Path, tokens: TokenServer) -> Registry:
    start(tokens)
    registry: Registry = start(Registry(folder, with_tokens(folder, tokens)))
    return registry


def test_tokens_are_fetched_once_for_what_is_done_and_anew_when_they_end(
    start: Start,
    tmp_path: Path,
    blobs: Blobs,
    access: Access,
    named: Named,
) -> None:
    image = make_image(blobs, make_layer(blobs, "app", 250_000), make_layer(blobs, "more"))
    known = replace(access, credentials=ADA)
    lasting = TokenServer()
    registry = token_registry(start, tmp_path / "r", lasting)
    push(image, blobs, named(registry.host), known, without_progress)
    assert len(lasting.asked) == 1
    # Content that another repository has needs a token for both.
    push(image, blobs, named(registry.host, "two"), known, without_progress)
    assert len(lasting.asked) == 3
    assert len(lasting.asked[2].query["scope"]) + len(lasting.asked[1].query["scope"]) == 3


def test_a_token_that_ends_within_a_push_is_fetched_anew(
    start: Start, tmp_path: Path, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, *(make_layer(blobs, f"l{n}", 250_000) for n in range(3)))
    brief = TokenServer(lifetime=0.02)
    registry = token_registry(start, tmp_path / "r", brief)
    known = replace(access, credentials=ADA)
    push(image, blobs, named(registry.host), known, without_progress)
    assert len(brief.asked) > 5
    store = Blobs(tmp_path / "pulled")
    pulled = pull(named(registry.host), PLATFORM, store, known, without_progress)
    assert pulled.digest == image.digest


def test_an_identity_token_is_exchanged(
    start: Start, tmp_path: Path, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, make_layer(blobs, "app"))
    tokens = TokenServer(identity="identity-of-ada")
    registry = token_registry(start, tmp_path / "r", tokens)
    identity = Credentials("<token>", Secret("identity-of-ada"), is_identity_token=True)
    known = replace(access, credentials=identity)
    push(image, blobs, named(registry.host), known, without_progress)
    assert {asked.method for asked in tokens.asked} == {"POST"}
    assert all("authorization" not in asked.headers for asked in tokens.asked)


def test_nobody_may_pull_where_that_is_allowed_and_not_push(
    start: Start, tmp_path: Path, blobs: Blobs, access: Access, named: Named
) -> None:
    tokens = TokenServer(anonymous=True)
    registry = token_registry(start, tmp_path / "r", tokens)
    image = make_image(blobs, make_layer(blobs, "app"))
    reference = named(registry.host)
    error = failure(lambda: push(image, blobs, reference, access, without_progress))
    assert error.code is LOGIN_REFUSED
    assert "without a login" in error.message
    push(image, blobs, reference, replace(access, credentials=ADA), without_progress)
    pulled = pull(reference, PLATFORM, Blobs(tmp_path / "p"), access, without_progress)
    assert pulled.digest == image.digest


def test_a_token_server_that_refuses_the_password_is_said(
    start: Start, tmp_path: Path, blobs: Blobs, access: Access, named: Named
) -> None:
    registry = token_registry(start, tmp_path / "r", TokenServer())
    known = replace(access, credentials=WRONG)
    error = failure(lambda: pull(named(registry.host), PLATFORM, blobs, known, without_progress))
    assert error.code is LOGIN_REFUSED
    assert f"'{USER}'" in error.message


def test_a_user_who_may_not_do_it_is_told_so(
    fake: FakeServer, start: Start, blobs: Blobs, access: Access, named: Named
) -> None:
    tokens = start(TokenServer())
    realm = f'Bearer realm="{tokens.url}/token",service="s"'
    fake.answer = lambda asked: refused(401, "UNAUTHORIZED", WWW_Authenticate=realm)
    known = replace(access, credentials=ADA)
    image = make_image(blobs, make_layer(blobs, "app"))
    error = failure(lambda: push(image, blobs, named(fake.host), known, without_progress))
    assert error.code is DENIED
    assert f"'{USER}'" in error.message
    fake.answer = lambda asked: (
        told(200, {}) if asked.path == "/v2/" else refused(403, "DENIED", "no")
    )
    error = failure(lambda: push(image, blobs, named(fake.host), known, without_progress))
    assert error.code is DENIED
    assert named(fake.host).repository in error.message


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "localhost:1@elsewhere.example", "localhost@elsewhere.example:80"]
)
def test_no_password_goes_to_another_host_over_http(
    fake: FakeServer, blobs: Blobs, access: Access, named: Named, host: str
) -> None:
    realm = f'Bearer realm="http://{host}/token",service="s"'
    fake.answer = lambda asked: refused(401, "UNAUTHORIZED", WWW_Authenticate=realm)
    known = replace(access, credentials=ADA)
    error = failure(lambda: pull(named(fake.host), PLATFORM, blobs, known, without_progress))
    assert error.code is LOGIN_IN_THE_CLEAR
    assert "elsewhere.example" in error.message


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Told(403), DENIED),
        (Told(401), LOGIN_REFUSED),
        (Told(200, b"[" * 50_000), REGISTRY_FAILED),
        (told(200, {"token": "a\r\nInjected: b"}), REGISTRY_FAILED),
        (told(200, {"token": ["eyJ"]}), REGISTRY_FAILED),
        (told(200, {}), REGISTRY_FAILED),
        (Told(302, b"", {"Location": "http://elsewhere.example/"}), REGISTRY_FAILED),
    ],
)
def test_a_token_server_that_gives_no_token(
    fake: FakeServer, blobs: Blobs, access: Access, answer: Told, code: ErrorCode
) -> None:
    realm = f'Bearer realm="{fake.url}/token"'
    fake.answer = lambda asked: (
        answer if asked.path == "/token" else refused(401, "UNAUTHORIZED", WWW_Authenticate=realm)
    )
    reference = Reference(fake.host, "app", "1.0")
    known = replace(access, credentials=ADA)
    error = failure(lambda: pull(reference, PLATFORM, blobs, known, without_progress))
    assert error.code is code


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_a_redirect_to_another_host_carries_no_login(
    fake: FakeServer, start: Start, access: Access, tmp_path: Path, scheme: str
) -> None:
    blobs = Blobs(tmp_path / "store")
    image = make_image(blobs, make_layer(blobs, "app", 50_000))
    contents = {content.digest: content for content in (image.manifest, *image.contents())}

    def stored(asked: Asked) -> Told:
        return Told(200, blobs.read(contents[asked.path.rpartition("/")[2]]))

    store = start(FakeServer(stored))
    tokens = start(TokenServer())
    challenge = 'Basic realm="x"' if scheme == "Basic" else f'Bearer realm="{tokens.url}"'

    def answer(asked: Asked) -> Told:
        if not asked.headers.get("authorization", "").startswith(scheme):
            return refused(401, "UNAUTHORIZED", WWW_Authenticate=challenge)
        if "/manifests/" in asked.path:
            kind = {"Content-Type": image.manifest.media_type}
            return Told(200, blobs.read(image.manifest), kind)
        digest = asked.path.rpartition("/")[2]
        return Told(307, b"", {"Location": f"{store.url}/signed/{digest}"})

    fake.answer = answer
    known = replace(access, credentials=ADA)
    reference = Reference(fake.host, "app", "1.0")
    pulled = pull(reference, PLATFORM, Blobs(tmp_path / "p"), known, without_progress)
    assert pulled.digest == image.digest
    assert len(store.asked) == 2
    assert all("authorization" not in asked.headers for asked in store.asked)
