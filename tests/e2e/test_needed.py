"""Settings that demand variables: refused before traffic with what to type, then live."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.test_changes import FILES
from tools.answers import Visitor
from tools.own_platform import Platform

SETTINGS = (
    "import os\n"
    "def get(name):\n"
    "    try:\n"
    "        return os.environ[name]\n"
    "    except KeyError:\n"
    "        raise RuntimeError('no ' + name)\n"
    "NAME = get('SHOP_NAME')\n"
    "PAYMENT = os.environ['PAYMENT_KEY']\n"
)


def test_variables_that_settings_demand_are_asked_for_before_traffic(
    platform: Platform, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        path = tmp_path / "demanding" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with (tmp_path / "demanding/mysite/settings.py").open("a") as stream:
        stream.write(SETTINGS)
    first = FILES["mysite/settings.py"].count("\n") + 7

    told = platform.run("deploy", str(tmp_path / "demanding"), code=3).stderr
    assert "pipeline.E011" in told
    assert f"SHOP_NAME (mysite/settings.py:{first})" in told
    assert f"PAYMENT_KEY (mysite/settings.py:{first + 1})" in told
    assert "nuages config demanding set PAYMENT_KEY=VALUE SHOP_NAME=VALUE" in told
    packages = list((Path(platform.home) / "environments").iterdir())

    platform.read("config", "demanding", "set", "PAYMENT_KEY=1", "SHOP_NAME=ours")
    url = platform.read("deploy", str(tmp_path / "demanding"))["url"]
    assert Visitor(url).ask("/").text == "ours"
    assert list((Path(platform.home) / "environments").iterdir()) == packages

    # What is unset again is asked for again, and the site stays.
    told = platform.run("config", "demanding", "unset", "SHOP_NAME", code=3).stderr
    assert f"Not set: SHOP_NAME (mysite/settings.py:{first})" in told
    assert Visitor(url).ask("/").text == "ours"
