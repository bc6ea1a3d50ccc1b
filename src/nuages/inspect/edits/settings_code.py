"""Edits of a settings file become its new bytes: every comment, blank line, encoding and line
ending of the rest stays. libcst is imported with this module, and with no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from nuages.core.finding import Edit, EditKind

_Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_Node = TypeVar("_Node", cst.Assign, cst.AnnAssign)
_STANDARD = ("os", "secrets", "pathlib")
# What an expression of ours uses -> the line that brings it.
_NEEDED = {
    r"\bos\.": "import os",
    r"\bsecrets\.": "import secrets",
    r"\bPath\(": "from pathlib import Path",
    r"\bdj_database_url\.": "import dj_database_url",
}


def edit_code(content: bytes, edits: Sequence[Edit]) -> bytes:
    """`content` with the edits made. Raises ValueError where it cannot be read, or an edit does
    not find its place."""
    try:
        wrapper = MetadataWrapper(cst.parse_module(content))
    except (cst.ParserSyntaxError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    change = _Change(edits)
    module = wrapper.visit(change)
    if change.left:
        raise ValueError(f"{change.left[0].name} was not found where it was read")
    for edit in edits:
        if edit.kind is EditKind.ADD:
            module = _with_setting(module, edit)
    # Each goes before the first import, so the last of them first.
    for line in reversed(_imports(edits)):
        module = _with_import(module, line)
    return module.bytes


class _Change(cst.CSTTransformer):
    """Puts other values in place of those that the edits name by setting and line."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Iterable[Edit]) -> None:
        super().__init__()
        self.left = [edit for edit in edits if edit.kind is not EditKind.ADD]

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:  # noqa: N802 libcst's name
        """Change an assignment."""
        names = [target.target for target in original_node.targets]
        edit = self._take(original_node, names)
        return updated_node if edit is None else _changed(updated_node, edit)

    def leave_AnnAssign(  # noqa: N802 libcst's name
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        """Change an assignment with an annotation."""
        edit = self._take(original_node, [original_node.target])
        return updated_node if edit is None else _changed(updated_node, edit)

    def _take(self, node: cst.CSTNode, targets: Sequence[cst.BaseExpression]) -> Edit | None:
        line = self.get_metadata(PositionProvider, node).start.line
        names = {target.value for target in targets if isinstance(target, cst.Name)}
        for edit in self.left:
            if edit.line == line and edit.name in names:
                self.left.remove(edit)
                return edit
        return None


def _changed(node: _Node, edit: Edit) -> _Node:
    value = node.value
    if edit.kind is EditKind.ASSIGN:
        return node.with_changes(value=_expression(edit.text, value))
    if edit.kind is EditKind.ASSIGN_DEFAULT and isinstance(value, cst.Dict):
        entries = [_with_default(each, edit) for each in value.elements]
        return node.with_changes(value=value.with_changes(elements=entries))
    if edit.kind is EditKind.LIST and isinstance(value, cst.List):
        return node.with_changes(value=_with_entry(value, edit))
    raise ValueError(f"{edit.name} is not written in a way that can be edited")


def _expression(text: str, value: cst.BaseExpression | None) -> cst.BaseExpression:
    """What `text` says; `{value}` in it is the present value, as it is."""
    expression = cst.parse_expression(text.replace("{value}", "VALUE_BEFORE"))
    if value is None or "{value}" not in text:
        return expression
    put = expression.visit(_Put(value))
    if not isinstance(put, cst.BaseExpression):
        raise TypeError(text)
    return put


class _Put(cst.CSTTransformer):
    def __init__(self, value: cst.BaseExpression) -> None:
        super().__init__()
        self.value = value

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802 libcst's name
        return self.value if original_node.value == "VALUE_BEFORE" else updated_node


def _with_default(element: cst.BaseDictElement, edit: Edit) -> cst.BaseDictElement:
    if not isinstance(element, cst.DictElement) or not isinstance(element.key, cst.SimpleString):
        return element
    if element.key.evaluated_value != "default":
        return element
    return element.with_changes(value=_expression(edit.text, element.value))


def _with_entry(value: cst.List, edit: Edit) -> cst.List:
    """The list with a text put behind another one, laid out as the entries around it."""
    entries = list(value.elements)
    texts = [
        e.value.evaluated_value if isinstance(e.value, cst.SimpleString) else "" for e in entries
    ]
    at = texts.index(edit.after)
    before = entries[at]
    quote = cst.ensure_type(before.value, cst.SimpleString).quote
    new = cst.Element(cst.SimpleString(f"{quote}{edit.text}{quote}"), comma=before.comma)
    if at == len(entries) - 1:
        between = (
            entries[at - 1].comma if at else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        )
        entries[at] = before.with_changes(comma=_bare(between))
    elif isinstance(before.comma, cst.Comma):
        # A comment behind the entry stays with it.
        new = new.with_changes(comma=_bare(before.comma))
    return value.with_changes(elements=[*entries[: at + 1], new, *entries[at + 1 :]])


def _bare(comma: cst.Comma | cst.MaybeSentinel) -> cst.Comma | cst.MaybeSentinel:
    """A comma with the line break behind it, and without comments."""
    if isinstance(comma, cst.Comma) and isinstance(
        comma.whitespace_after, cst.ParenthesizedWhitespace
    ):
        plain = comma.whitespace_after.with_changes(
            first_line=cst.TrailingWhitespace(newline=comma.whitespace_after.first_line.newline),
            empty_lines=[],
        )
        return comma.with_changes(whitespace_after=plain)
    return comma


def _with_setting(module: cst.Module, edit: Edit) -> cst.Module:
    """The module with a new assignment: behind another setting's, else behind the last one; what
    follows, such as an import of local settings, keeps the last word."""
    body = list(module.body)
    named = [at for at, node in enumerate(body) if edit.after in _assigned(node)]
    others = [at for at, node in enumerate(body) if any(map(str.isupper, _assigned(node)))]
    at = (named or others or [len(body) - 1])[-1] + 1
    statement = cst.parse_statement(f"{edit.name} = {edit.text}\n", module.config_for_parsing)
    body.insert(at, statement)
    return module.with_changes(body=body)


def _assigned(node: cst.CSTNode) -> list[str]:
    """The names that a simple statement assigns."""
    if not isinstance(node, cst.SimpleStatementLine):
        return []
    targets: list[cst.BaseExpression] = []
    for part in node.body:
        if isinstance(part, cst.Assign):
            targets += [each.target for each in part.targets]
        elif isinstance(part, cst.AnnAssign):
            targets.append(part.target)
    return [target.value for target in targets if isinstance(target, cst.Name)]


def _imports(edits: Iterable[Edit]) -> list[str]:
    """The lines that bring what the new expressions use."""
    texts = "\n".join(edit.text for edit in edits if edit.kind is not EditKind.LIST)
    return [line for pattern, line in _NEEDED.items() if re.search(pattern, texts)]


def _with_import(module: cst.Module, line: str) -> cst.Module:
    """The module with an import, unless it has it: of the standard library before the first
    import, of another package behind the imports at the top."""
    body = list(module.body)
    lines = [module.code_for_node(node).strip() if _imported(node) else "" for node in body]
    if any(_has(each, line) for each in lines):
        return module
    new = cst.parse_statement(f"{line}\n", module.config_for_parsing)
    places = [at for at, each in enumerate(lines) if each and "__future__" not in each]
    if not places:
        at = sum(1 for node in body[:1] if _is_docstring(node))
        at += sum("__future__" in each for each in lines)
        apart = new.with_changes(leading_lines=[cst.EmptyLine(indent=False)] if at else [])
        return module.with_changes(body=[*body[:at], apart, *_apart(body[at:])])
    if line.split()[1].partition(".")[0] in _STANDARD:
        at = places[0]
        first = body[at]
        new = new.with_changes(leading_lines=first.leading_lines)
        return module.with_changes(
            body=[*body[:at], new, first.with_changes(leading_lines=[]), *body[at + 1 :]]
        )
    at = places[0]
    while at + 1 in places:
        at += 1
    if _module(lines[at]) in sys.stdlib_module_names:
        new = new.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return module.with_changes(body=[*body[: at + 1], new, *body[at + 1 :]])


def _imported(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleStatementLine):
        return False
    return isinstance(node.body[0], (cst.Import, cst.ImportFrom))


def _has(line: str, wanted: str) -> bool:
    """Whether an import statement brings what another one would."""
    code = line.rpartition("\n")[2].partition("#")[0]
    name = wanted.rsplit(maxsplit=1)[-1]
    if wanted.startswith("from"):
        return re.search(rf"^from pathlib import .*\b{name}\b(?! as)", code) is not None
    return re.search(rf"^import (.*, *)?{name}(,|\.|;|\s*$)", code) is not None


def _module(line: str) -> str:
    return line.rpartition("\n")[2].split()[1].partition(".")[0]


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Expr)


def _apart(body: Sequence[_Statement]) -> Sequence[_Statement]:
    """Statements with an empty line before the first."""
    if not body:
        return []
    empty = cst.EmptyLine(indent=False)
    return [body[0].with_changes(leading_lines=[empty, *body[0].leading_lines]), *body[1:]]
