"""Generated pages: when they count as out of date, and what a table looks like."""

from pathlib import Path

from tools.pages import outdated, table


def test_a_page_that_says_the_same_is_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")

    assert list(outdated({"a.md": "text"}, tmp_path)) == []


def test_a_changed_or_missing_page_is_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old")

    assert list(outdated({"a.md": "text", "b.md": "text"}, tmp_path)) == ["a.md", "b.md"]


def test_a_table_keeps_its_cells_whole() -> None:
    assert table(["a", "b"], [["x | y", "1\n2"]]) == "| a | b |\n| --- | --- |\n| x \\| y | 1 2 |\n"
