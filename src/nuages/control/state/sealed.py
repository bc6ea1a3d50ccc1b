"""Encryption at rest: a model field that is a `Secret` in Python and a Fernet token in a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from nuages.control.errors import KEY_MISSING
from nuages.control.keys import read_keys
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret

if TYPE_CHECKING:
    _TextField = models.TextField[Secret, Secret]
else:
    _TextField = models.TextField


def seal(secret: Secret) -> str:
    """The encrypted form, safe to be stored."""
    return _cipher(settings.NUAGES_HOME.key).encrypt(secret.reveal().encode()).decode()


def unseal(token: str) -> Secret:
    """The secret in an encrypted form; raises control.E015 when the key is another one."""
    path = settings.NUAGES_HOME.key
    try:
        return Secret(_cipher(path).decrypt(token.encode()).decode())
    except InvalidToken:
        raise NuagesError(KEY_MISSING, f"{path} does not open what is stored") from None


def pack(values: Mapping[str, object]) -> Secret:
    """A mapping as one secret; `Secret` values in it are revealed inside the new one."""
    plain = {k: v.reveal() if isinstance(v, Secret) else v for k, v in values.items()}
    return Secret(json.dumps(plain, sort_keys=True))


def unpack(secret: Secret) -> dict[str, Any]:
    """The mapping that `pack` was given, values plain."""
    return dict(json.loads(secret.reveal() or "{}"))


def unpack_secrets(secret: Secret) -> dict[str, Secret]:
    """A mapping of texts that `pack` was given, each a secret again."""
    return {name: Secret(value) for name, value in unpack(secret).items()}


class SealedField(_TextField):
    """Text that is encrypted before it is stored; the value in Python is a `Secret`."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way into the database; anything but a secret is a mistake of ours."""
        if value is not None and not isinstance(value, Secret):
            raise TypeError(f"{self.name} takes a Secret, not {type(value).__name__}")
        return None if value is None else seal(value)

    def from_db_value(self, value: str | None, *_: object) -> Secret | None:
        """Decrypt on the way out."""
        return None if value is None else unseal(value)

    def to_python(self, value: Any) -> Any:
        """Texts given in code become secrets."""
        return Secret(value) if isinstance(value, str) else value


@lru_cache(maxsize=4)
def _cipher(path: Path) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in read_keys(path)])
