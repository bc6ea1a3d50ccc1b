"""Fields of pydantic's settings classes, as variables."""

from __future__ import annotations

import pytest

from nuages.build.variables.fills import defaults, own_names
from nuages.inspect.settings_classes import read_settings_classes

SECOND = (
    "from pydantic_settings import BaseSettings, SettingsConfigDict\nfrom pydantic import Field\n"
)
CONF = SECOND + (
    "class Conf(BaseSettings):\n"
    "    model_config = SettingsConfigDict(env_prefix='SHOP_')\n"
    "    secret_key: SecretStr\n"
    "    debug: bool = False\n"
    "    hosts: list[str]\n"
    "    database: str | None\n"
    "    limit: int = Field(default=5, gt=1)\n"
    "    other: str = Field(validation_alias='OTHER_NAME')\n"
    "    made: str = Field(default_factory=make)\n"
)
USED = (
    "conf = Conf()\nSECRET_KEY = conf.secret_key.get_secret_value()\nDEBUG = conf.debug\n"
    "ALLOWED_HOSTS = conf.hosts\n"
    "DATABASES = {'default': dj_database_url.parse(conf.database)}\n"
)


def read(tree, files: dict[str, str], settings: str = "settings.py"):
    return read_settings_classes(tree(files), [settings], ".")


def seen(tree, text: str):
    found = read(tree, {"settings.py": text})
    return {each.name: (each.cast, each.setting, each.default, each.required) for each in found}


def test_a_field_is_a_variable_with_the_setting_that_it_becomes(tree) -> None:
    assert seen(tree, CONF + USED) == {
        "SHOP_SECRET_KEY": ("str", "SECRET_KEY", None, True),
        "SHOP_DEBUG": ("bool", "DEBUG", "False", False),
        "SHOP_HOSTS": ("json", "ALLOWED_HOSTS", None, True),
        "SHOP_DATABASE": ("url", "DATABASES", None, True),
        "SHOP_LIMIT": ("int", "", "5", False),
        "OTHER_NAME": ("str", "", None, True),
        "SHOP_MADE": ("str", "", "make()", False),
    }
    first = read(tree, {"settings.py": CONF})[0]
    assert (first.file, first.line) == ("settings.py", 5)


def test_what_the_platform_knows_is_filled_in(tree) -> None:
    found = read(tree, {"settings.py": CONF + USED})
    assert list(own_names(found, ())) == [
        ("SHOP_SECRET_KEY", "SECRET_KEY"), ("SHOP_DEBUG", "DJANGO_DEBUG"),
        ("SHOP_DATABASE", "DATABASE_URL"),
    ]  # fmt: skip
    assert list(defaults(found, (), "4a")) == [(("SHOP_HOSTS", "[]"),)]


def test_pydantic_1_has_other_names_and_what_may_be_none_is_not_needed(tree) -> None:
    text = (
        "from pydantic import BaseSettings, Field\nclass Base(BaseSettings):\n"
        "    url: Optional[str]\n    host: str | None\n    key: str = Field(..., env='APP_KEY')\n"
        "class Conf(Base):\n    pghost: str = None\n    Level: str\n"
        "    class Config:\n        env_prefix = 'X_'\n        case_sensitive = True\n"
        "        fields = {'pghost': {'env': 'PGHOST'}}\n"
        "class Other:\n    not_one: str\n"
    )
    assert seen(tree, text) == {
        "URL": ("str", "", None, False),
        "HOST": ("str", "", None, False),
        "APP_KEY": ("str", "", None, True),
        "PGHOST": ("str", "", None, False),
        "X_Level": ("str", "", None, True),
    }


def test_a_class_in_a_module_that_the_settings_import_is_found(tree) -> None:
    kept = "@lru_cache\ndef get_conf() -> Conf:\n    return Conf()\n"
    files = {
        "shop/__init__.py": "",
        "shop/settings.py": "from shop.conf import get_conf\nconf = get_conf()\n"
        "SECRET_KEY = conf.secret_key\n",
        "shop/conf.py": CONF + kept,
    }
    found = read(tree, files, "shop/settings.py")
    assert (found[0].name, found[0].file, found[0].setting) == (
        "SHOP_SECRET_KEY", "shop/conf.py", "SECRET_KEY",
    )  # fmt: skip
    files["shop/settings.py"] = "from .conf import Conf\nconf = Conf()\nDEBUG = conf.debug\n"
    assert read(tree, files, "shop/settings.py")[1].setting == "DEBUG"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BaseSettings = 1\n",
        "class A(A, BaseSettings):\n    a: 5\n    b: x.y[1, 2] = f()[0]\n    c: 'str' = Field()\n",
        "class A(B):\n    a: str\nclass B(A):\n    b: str\nBaseSettings\n",
        "class A(BaseSettings):\n    class Config:\n        fields = {**x, 1: 2, 'a': {3: 4}}\n"
        "    model_config = SettingsConfigDict(**x, env_prefix=y)\n",
    ],
)
def test_odd_classes_stop_nothing(tree, text: str) -> None:
    read(tree, {"settings.py": text})
