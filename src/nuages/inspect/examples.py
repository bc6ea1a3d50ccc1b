"""Settings that are to be copied from an example: what is missing, and the copy to make."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nuages.core.facts import Fact
from nuages.inspect.declared.chosen_settings import COPY_EXAMPLE, IMPORT_ABSENT
from nuages.inspect.facts.named_settings import NamedSettings
from nuages.inspect.imports import absent_modules
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

_WORD = r"(?:examples?|sample|dist|template|templ|tmpl|tpl|defaults?|skel|skeleton|orig|copy)"
_NAME = r"(?:{word}[._-])?{stem}(?:[._-]{word})?(?:\.py)?(?:[._-]{word})?(?:\.txt)?"


def find_example(tree: Tree, place: str) -> str:
    """The file that is an example of the one that should lie at `place`: in the same folder, or
    else the only one in the whole source; empty where there is none."""
    stem = re.escape(place.rpartition("/")[2].removesuffix(".py"))
    pattern = re.compile(_NAME.format(word=_WORD, stem=stem), re.IGNORECASE)
    word = re.compile(rf"(?:^|[._-]){_WORD}(?:$|[._-])", re.IGNORECASE)
    found = []
    for path in sorted(tree.paths):
        name = path.rpartition("/")[2]
        if pattern.fullmatch(name) and word.search(name):
            found.append(path)
    beside = [path for path in found if parent(path) == parent(place)]
    if beside:
        return beside[0]
    return found[0] if len(found) == 1 else ""


def check_examples(tree: Tree, root: str, files: list[str], remarks: Remarks) -> None:
    """Say which modules the settings, read from `files`, import in vain: an error where an
    example shows that somebody has to make the file; nothing where they load without it."""
    for path in files:
        for absent in absent_modules(tree, root, path):
            if absent.guarded:
                continue
            example = find_example(tree, absent.place)
            message = f"{path} imports {absent.module}, and {absent.place} is not in the source"
            message += _left_out(tree, absent.place)
            if example:
                message += f"; {example} is an example of it"
                fix = _copy(example, absent.place)
                remarks.say(COPY_EXAMPLE, message, path, absent.line, fix)
            elif absent.own:
                remarks.say(IMPORT_ABSENT, message, path, absent.line)


def settings_from_example(
    tree: Tree, root: str, named: Iterable[NamedSettings], remarks: Remarks
) -> Fact[str] | None:
    """Where none of the named settings modules is in the source, but an example of one: that
    module, with the error said; else None."""
    for each in named:
        place = join(root, each.module.replace(".", "/") + ".py")
        example = find_example(tree, place)
        if example:
            message = f"{each.file} names {each.module}, and {place} is not in the source"
            message += f"{_left_out(tree, place)}; {example} is an example of it"
            remarks.say(COPY_EXAMPLE, message, each.file, each.line, _copy(example, place))
            return Fact(each.module, f"named in {each.file}", file=each.file, line=each.line)
    return None


def _copy(example: str, place: str) -> str:
    return f"Copy it, fill it in, and deploy again: cp {example} {place}"


def _left_out(tree: Tree, place: str) -> str:
    """The rule that keeps the file from the source, where it is there after all."""
    for out in tree.source.left_out:
        if out.path == place:
            return f" ({out.rule} leaves it out)"
    return ""
