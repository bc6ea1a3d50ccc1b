"""What the control plane reads of the platform's own settings, and the sizes of apps."""

from __future__ import annotations

import json

from django.conf import settings

from nuages.control.errors import BAD_SETTINGS
from nuages.core.errors import NuagesError
from nuages.core.platform import PlatformSettings
from nuages.core.process import Limits

_FALLBACK_PORT = 8000
_MIB = 1024 * 1024
SIZES = {
    "starter": Limits(memory=512 * _MIB, cpu=1.0),
    "pro": Limits(memory=2048 * _MIB, cpu=2.0),
}


def load_platform() -> PlatformSettings:
    """HOME/platform.json, as `nuages up` wrote it; its defaults where it is not there. Raises
    control.E025 where it cannot be read."""
    path = settings.NUAGES_HOME.settings
    try:
        return PlatformSettings.from_json(json.loads(path.read_text()))
    except FileNotFoundError:
        return PlatformSettings(_FALLBACK_PORT)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NuagesError(BAD_SETTINGS, f"{path}: {error}") from None


def limits_of(size: str) -> Limits:
    """What an instance of an app of this size may use; the smallest for an unknown size."""
    return SIZES.get(size, SIZES["starter"])
