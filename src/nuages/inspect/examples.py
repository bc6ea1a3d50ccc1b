"""Settings that are to be copied from an example: which are missing, and what takes their place."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping

from nuages.core.facts import Fact
from nuages.inspect.declared.chosen_settings import (
    COPY_EXAMPLE,
    EXAMPLE_TAKEN,
    FILE_ABSENT,
    IMPORT_ABSENT,
    KEY_FILE_ABSENT,
)
from nuages.inspect.facts.named_settings import NamedSettings
from nuages.inspect.facts.settings import SettingsRead
from nuages.inspect.imports import absent_modules
from nuages.inspect.places.read_files import absent_files
from nuages.inspect.remarks import Remarks
from nuages.inspect.text import decode
from nuages.inspect.tree import Tree, join, parent

_WORD = r"(?:examples?|sample|dist|template|templ|tmpl|tpl|defaults?|skel|skeleton|orig|copy)"
_NAME = r"(?:{word}[._-])?{stem}(?:[._-]{word})?(?:{ending})?(?:[._-]{word})?(?:\.txt)?"


def find_example(tree: Tree, place: str) -> str:
    """The file that is an example of the one that should lie at `place`: in the same folder, or
    else the only one in the whole source; empty where there is none."""
    stem, ending = map(re.escape, posixpath.splitext(posixpath.basename(place)))
    pattern = re.compile(_NAME.format(word=_WORD, stem=stem, ending=ending), re.IGNORECASE)
    word = re.compile(rf"(?:^|[._-]){_WORD}(?:$|[._-])", re.IGNORECASE)
    found = []
    for path in sorted(tree.paths):
        name = path.rpartition("/")[2]
        # `defaults.py` is no example of a module `defaults`.
        if pattern.fullmatch(name) and word.search(re.sub(stem, "", name, count=1)):
            if ending != r"\.py" and ending not in re.escape(name):
                continue
            found.append(path)
    beside = [path for path in found if parent(path) == parent(place)]
    if beside:
        return beside[0]
    return found[0] if len(found) == 1 else ""


def take_examples(tree: Tree, root: str, files: list[str], remarks: Remarks) -> bool:
    """See to the modules that the settings, read from `files`, import in vain: an example takes
    the place of one that somebody has to make, or is an error where that cannot be; nothing is
    done where they load without it. Whether `tree` has a file more now."""
    taken = False
    for path in files:
        for absent in absent_modules(tree, root, path):
            if absent.guarded or tree.has(absent.place):
                continue
            is_packages = not absent.own and "." in absent.module
            example = "" if is_packages else find_example(tree, absent.place)
            message = f"{path} imports {absent.module}, and {absent.place} is not in the source"
            if example:
                where = Fact(absent.place, message, file=path, line=absent.line)
                taken = _take(tree, example, where, remarks) or taken
            elif absent.own:
                message += _left_out(tree, absent.place)
                remarks.say(IMPORT_ABSENT, message, path, absent.line)
    return taken


def settings_from_example(
    tree: Tree, root: str, named: Iterable[NamedSettings], remarks: Remarks
) -> Fact[str] | None:
    """Where none of the named settings modules is in the source, but an example of one: that
    module, made of the example or with an error said; else None."""
    for each in named:
        place = join(root, each.module.replace(".", "/") + ".py")
        example = find_example(tree, place)
        if example:
            message = f"{each.file} names {each.module}, and {place} is not in the source"
            _take(tree, example, Fact(place, message, file=each.file, line=each.line), remarks)
            return Fact(each.module, f"named in {each.file}", file=each.file, line=each.line)
    return None


def take_file_examples(tree: Tree, root: str, read: SettingsRead, remarks: Remarks) -> None:
    """See to the files that the settings read in vain: an example that lies beside takes the
    place of one, as of a module."""
    for absent in absent_files(tree, root, read):
        outside = absent.place.startswith("/")
        example = "" if outside else find_example(tree, absent.place)
        message = f"{absent.file} reads {absent.place}, which is not in the source"
        if example and parent(example) == parent(absent.place):
            where = Fact(absent.place, message, file=absent.file, line=absent.line)
            _take(tree, example, where, remarks)
        elif absent.has_key:
            message += _left_out(tree, absent.place)
            remarks.say(KEY_FILE_ABSENT, message, absent.file, absent.line)
        else:
            message += _left_out(tree, absent.place)
            remarks.say(FILE_ABSENT, message, absent.file, absent.line)


def _take(tree: Tree, example: str, place: Fact[str], remarks: Remarks) -> bool:
    """Let the example be the file at `place`, unless the file is there and left out, or the
    example cannot be read as it is."""
    left_out = _left_out(tree, place.value)
    fix = f"Copy it, fill it in, and deploy again: cp {example} {place.value}"
    if left_out or not _is_readable(tree, example, posixpath.splitext(place.value)[1]):
        message = f"{place.reason}{left_out}; {example} is an example of it"
        remarks.say(COPY_EXAMPLE, message, place.file, place.line, fix)
        return False
    message = f"{place.reason}; {example}, an example of it, is taken"
    remarks.say(EXAMPLE_TAKEN, message, place.file, place.line, fix)
    tree.copy(tree.behind(example), place.value)
    return True


def _is_readable(tree: Tree, path: str, ending: str) -> bool:
    """Whether a file is what its ending says. Of YAML, and of what has no form, all is taken."""
    parse = _PARSERS.get(ending)
    try:
        if parse is not None:
            parse(decode(tree.read(path)).text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _parse_toml(text: str) -> None:
    import tomllib  # noqa: PLC0415 such examples are rare

    tomllib.loads(text)


def _parse_ini(text: str) -> None:
    import configparser  # noqa: PLC0415 as rare

    try:
        configparser.RawConfigParser().read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error


_PARSERS: Mapping[str, Callable[[str], object]] = {
    ".py": ast.parse,
    ".json": json.loads,
    ".toml": _parse_toml,
    ".ini": _parse_ini,
}


def _left_out(tree: Tree, place: str) -> str:
    """The rule that keeps the file from the source, where it is there after all."""
    for out in tree.source.left_out:
        if out.path == place:
            return f" ({out.rule} leaves it out)"
    return ""
