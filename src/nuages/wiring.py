"""The one registry: names of engines and where their code lies, loaded when they are wanted."""

from __future__ import annotations

import importlib
import time
from typing import cast

from nuages.core.engine import Engine
from nuages.core.home import Home
from nuages.pipeline.values import Parts
from nuages.system.command import LocalRunner

# name -> module:callable that takes a Home and returns an Engine
ENGINES = {"local": "nuages.engines.local.engine:make_engine"}


def make_engine(home: Home, name: str = "local") -> Engine:
    """The engine of that name for this state directory; KeyError for an unknown name."""
    module, _, attribute = ENGINES[name].partition(":")
    return cast("Engine", getattr(importlib.import_module(module), attribute)(home))


def make_parts(home: Home, engine: str = "local") -> Parts:
    """What every pipeline works with."""
    return Parts(home, make_engine(home, engine), LocalRunner(), time.monotonic)
