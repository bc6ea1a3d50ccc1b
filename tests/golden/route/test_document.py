"""The proxy's documents as they are; `script/test --update-golden` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nuages.route.render import ProxySettings, render_caddy

HERE = Path(__file__).parent
CASES = {
    "document.json": ProxySettings(),
    "document-internal.json": ProxySettings(internal=True),
    "document-no-sandbox.json": ProxySettings("/srv/nuages/proxy", "/srv/nuages/run/admin.sock"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_document_is_the_one_that_was_reviewed(name: str, update_golden: bool) -> None:
    text = json.dumps(render_caddy(CASES[name]), indent=2) + "\n"
    if update_golden:
        (HERE / name).write_text(text)
    assert text == (HERE / name).read_text()
