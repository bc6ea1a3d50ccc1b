"""How the console blocks of a page are read and compared."""

from tools.console import Shown, agrees, read_console

PAGE = """Text.

```console
$ nuages apps
polls
$ nuages down
```

```toml
$ no = "command"
```

```console
$ nuages status
```
"""


def test_commands_are_read_with_the_output_below_them() -> None:
    assert read_console(PAGE) == [
        Shown("nuages apps", ("polls",)),
        Shown("nuages down", ()),
        Shown("nuages status", ()),
    ]


def test_dots_stand_for_anything() -> None:
    assert agrees(("...", "http://polls..."), "a\nb\nhttp://polls.localhost\n")


def test_other_text_does_not_agree() -> None:
    assert not agrees(("...", "http://polls"), "a\nhttp://shop\n")


def test_another_order_does_not_agree() -> None:
    assert not agrees(("...v2...", "...v1..."), "v1\nv2\n")
