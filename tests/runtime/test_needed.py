"""Settings that do not load without variables: each is found, stood in for, and named with its
place, whichever library reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from nuages.build.probe import ProbeResult, SettingsError, run_probe
from nuages.build.variables.standins import Search
from nuages.core.facts import VariableRead
from tests.runtime.conftest import Make
from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting

# What the platform gives every probe.
GIVEN = ("SECRET_KEY", "DATABASE_URL")


@pytest.fixture
def site(make_project: Make) -> Project:
    """The polls site beside the libraries that read variables."""
    return make_project("5.2-variables")


def look(
    project: Project, reads: Sequence[VariableRead] = (), tries: int = 0
) -> tuple[ProbeResult, Search]:
    """Probe until nothing is missing, as the pipeline does; that takes so many `tries` (0: any)."""
    search, tried = Search(reads), 0
    before = dict(project.variables)

    def run(on_output: Callable[[bytes], None]) -> int:
        nonlocal tried
        tried += 1
        assert tried <= (tries or tried)
        outcome = run_reporting(project, "probe")
        on_output(outcome.printed.encode())
        return outcome.code

    exchange = project.data / "exchange"
    while True:
        project.variables = {**before, **search.values}
        try:
            return search.finish(run_probe(exchange, run)), search
        except SettingsError as error:
            if not search.learn(error, {**dict.fromkeys(GIVEN, ""), **project.variables}):
                raise


def needed(project: Project, text: str, reads: Sequence[VariableRead] = ()) -> dict[str, str]:
    """The names that these settings need, each with the line of `text` that reads it."""
    before = len(project.settings.read_text().splitlines())
    project.add_settings(text)
    result, _ = look(project, reads)
    found = {}
    for each in result.report.needed:
        assert each.file == "mysite/settings.py"
        found[each.name] = text.splitlines()[each.line - before - 1].strip()
    return found


def test_environ_itself(any_polls: Project) -> None:
    text = "import os\nPAYMENT = os.environ['PAYMENT_KEY']\nMAIL = os.environ['MAIL_KEY']\n"
    assert needed(any_polls, text) == {
        "PAYMENT_KEY": "PAYMENT = os.environ['PAYMENT_KEY']",
        "MAIL_KEY": "MAIL = os.environ['MAIL_KEY']",
    }


def test_a_helper_is_passed_over_for_the_line_that_calls_it(any_polls: Project) -> None:
    text = """import os
from django.core.exceptions import ImproperlyConfigured
def get(name):
    try:
        return os.environ[name]
    except KeyError:
        raise ImproperlyConfigured("Set the {} environment variable".format(name))
PAYMENT = get('PAYMENT_KEY')
"""
    assert needed(any_polls, text) == {"PAYMENT_KEY": "PAYMENT = get('PAYMENT_KEY')"}


@pytest.mark.parametrize(
    "message", ["PAYMENT_KEY is not set", "Missing required variable: PAYMENT_KEY"]
)
def test_a_project_says_it_in_its_own_words(any_polls: Project, message: str) -> None:
    text = f"""import os
if not os.environ.get("PAYMENT_KEY"):
    raise ValueError("{message}")
"""
    assert list(needed(any_polls, text)) == ["PAYMENT_KEY"]


def test_django_environ(site: Project) -> None:
    text = """import environ
env = environ.Env()
PAYMENT = env("PAYMENT_KEY")
LIMIT = env.int("LIMIT")
SEARCH = env.bool("SEARCH")
OTHER = env.db("OTHER_DATABASE")
FINE = env("FINE", default="")
"""
    reads = [
        VariableRead("LIMIT", "mysite/settings.py", 1, None, "int", "", True),
        VariableRead("OTHER_DATABASE", "mysite/settings.py", 1, None, "url", "", True),
    ]
    found = needed(site, text, reads)
    assert set(found) == {"PAYMENT_KEY", "LIMIT", "SEARCH", "OTHER_DATABASE"}
    assert found["LIMIT"] == 'LIMIT = env.int("LIMIT")'


def test_decouple(site: Project) -> None:
    text = """from decouple import config
PAYMENT = config("PAYMENT_KEY")
LIMIT = config("LIMIT", cast=int)
FINE = config("FINE", default=1, cast=int)
"""
    assert needed(site, text) == {
        "PAYMENT_KEY": 'PAYMENT = config("PAYMENT_KEY")',
        "LIMIT": 'LIMIT = config("LIMIT", cast=int)',
    }


def test_environs(site: Project) -> None:
    text = """from environs import Env
env = Env()
PAYMENT = env.str("PAYMENT_KEY")
LIMIT = env.int("LIMIT")
LINK = env.url("LINK")
"""
    assert set(needed(site, text)) == {"PAYMENT_KEY", "LIMIT", "LINK"}


def test_environs_that_says_all_at_its_end(site: Project) -> None:
    text = """from environs import Env
env = Env(eager=False)
PAYMENT = env.str("PAYMENT_KEY")
LIMIT = env.str("LIMIT")
env.seal()
"""
    site.add_settings(text)
    result, _ = look(site, tries=2)
    assert {each.name for each in result.report.needed} == {"PAYMENT_KEY", "LIMIT"}


def test_pydantic_settings(site: Project) -> None:
    text = """from typing import Optional
from pydantic import Field, HttpUrl, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
class Conf(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    key: SecretStr
    limit: int
    live: bool
    link: HttpUrl
    base: PostgresDsn
    hosts: list[str]
    salt: str = Field(min_length=32)
    other: str = Field(validation_alias="OTHER_NAME")
    fine: Optional[str] = None
CONF = Conf()
"""
    site.add_settings(text)
    # One for all that are missing, one for the length of the salt.
    result, _ = look(site, tries=3)
    assert {each.name for each in result.report.needed} == {
        "SHOP_KEY", "SHOP_LIMIT", "SHOP_LIVE", "SHOP_LINK", "SHOP_BASE", "SHOP_HOSTS",
        "SHOP_SALT", "OTHER_NAME",
    }  # fmt: skip


@pytest.mark.parametrize("first", [True, False])
def test_types_and_validators_of_pydantic(site: Project, *, first: bool) -> None:
    parts = ("pydantic.v1", "pydantic.v1", "root_validator(skip_on_failure=True)", "validator")
    if not first:
        parts = ("pydantic", "pydantic_settings", "model_validator(mode='before')", "")
    types, base, whole, _ = parts
    text = f"""from enum import Enum
from typing import Literal, Optional, Union
from {types} import AmqpDsn, AnyUrl, DirectoryPath, FilePath, {whole.partition("(")[0]}
from {base} import BaseSettings
class Level(Enum):
    low = "low"
class Conf(BaseSettings):
    broker: AmqpDsn
    place: DirectoryPath
    key_file: FilePath
    mode: Literal["debug", "production"]
    level: Level
    server: Optional[AnyUrl] = None
    host: Optional[str] = None
    @{whole}
    def either(cls, values):
        if not values.get("server") and not values.get("host"):
            raise ValueError("Either server or host are required.")
        return values
CONF = Conf()
assert CONF.mode == "production" and CONF.level is Level.low
"""
    site.add_settings(text)
    result, _ = look(site)
    assert {each.name for each in result.report.needed} == {
        "BROKER", "PLACE", "KEY_FILE", "MODE", "LEVEL", "SERVER",
    }  # fmt: skip


def test_a_validator_of_one_field_asks_for_it(site: Project) -> None:
    text = """from pydantic import Field, field_validator
from pydantic_settings import BaseSettings
class Conf(BaseSettings):
    token: str = Field("", validate_default=True)
    @field_validator("token")
    def check(cls, value):
        if not value:
            raise ValueError("must be set in production")
        return value
CONF = Conf()
"""
    site.add_settings(text)
    result, _ = look(site)
    assert [each.name for each in result.report.needed] == ["TOKEN"]


def test_several_are_listed_in_the_projects_own_words(any_polls: Project) -> None:
    text = """import os
WANTED = ["SHOP_TOKEN", "SHOP_HOST", "SALT"]
missing = [name for name in WANTED if not os.environ.get(name)]
if missing:
    raise RuntimeError("Missing required environment variables: " + ", ".join(missing))
"""
    any_polls.add_settings(text)
    result, _ = look(any_polls, tries=2)
    assert {each.name for each in result.report.needed} == {"SHOP_TOKEN", "SHOP_HOST", "SALT"}


@pytest.mark.parametrize("leave", ["sys.exit(1)", "exit(1)", "raise SystemExit('no key')"])
def test_what_was_printed_before_the_settings_ended_the_process(
    any_polls: Project, leave: str
) -> None:
    text = (
        "import os, sys\nif not os.environ.get('SHOP_TOKEN'):\n"
        f"    print('You must set SHOP_TOKEN in production')\n    {leave}\n"
    )
    any_polls.add_settings(text)
    result, _ = look(any_polls)
    assert [each.name for each in result.report.needed] == ["SHOP_TOKEN"]


def test_a_number_of_what_is_not_there(any_polls: Project) -> None:
    text = "import os\nLIMIT = int(os.getenv('LIMIT'))\n"
    line = len(any_polls.settings.read_text().splitlines()) + 2
    reads = [VariableRead("LIMIT", "mysite/settings.py", line, None, "int")]
    assert needed(any_polls, text, reads) == {"LIMIT": "LIMIT = int(os.getenv('LIMIT'))"}


def test_an_address_made_of_a_stand_in_is_in_no_report(any_polls: Project) -> None:
    any_polls.add_settings("import os\nSTATIC_URL = os.environ['CDN_URL'] + 'static/'")
    result, search = look(any_polls)
    assert list(search.values) == ["CDN_URL"]
    assert search.values["CDN_URL"] not in repr(result.report)
    assert result.report.static_url == ""


def test_what_is_no_variables_fault_is_still_an_error(any_polls: Project) -> None:
    any_polls.add_settings("""
        import os
        try:
            KEY = os.environ["PAYMENT_KEY"]
        except KeyError:
            import no_such_module
        """)
    with pytest.raises(SettingsError, match="no_such_module"):
        look(any_polls)


def test_the_projects_own_error_is_told_in_its_own_words(polls: Project) -> None:
    polls.add_settings("import os\nif 'X' not in os.environ: raise ValueError('LIMIT must be 5')")
    with pytest.raises(SettingsError, match="LIMIT must be 5"):
        look(polls)
