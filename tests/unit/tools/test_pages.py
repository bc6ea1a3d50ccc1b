"""Generated pages: when they count as out of date, and what a table looks like."""

from pathlib import Path

from nuages.core.config import KEYS
from nuages.inspect.rules.without_effect import PLACES
from tools import generate_deploy_toml_docs
from tools.pages import outdated, table


def test_a_page_that_says_the_same_is_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")

    assert list(outdated({"a.md": "text"}, tmp_path)) == []


def test_a_changed_or_missing_page_is_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old")

    assert list(outdated({"a.md": "text", "b.md": "text"}, tmp_path)) == ["a.md", "b.md"]


def test_a_table_keeps_its_cells_whole() -> None:
    assert table(["a", "b"], [["x | y", "1\n2"]]) == "| a | b |\n| --- | --- |\n| x \\| y | 1 2 |\n"


def test_the_page_of_deploy_toml_says_which_keys_have_no_effect_yet() -> None:
    introduction = generate_deploy_toml_docs.make_page().partition("\n## ")[0]

    for place in PLACES.values():
        section, _, key = place.partition(".")
        assert f"`[{section}] {key}".rstrip() + "`" in introduction
    assert {place.partition(".")[0] for place in PLACES.values()} <= {key.section for key in KEYS}
