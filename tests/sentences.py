"""Finds what the code says to people in plain sentences: why something was refused, and what helps.

Such a sentence stands where it is said, without a mark, since records and programs get it in
English. Pages translate it as they show it (`gateway.texts.translated`): so translators get it with
a name in braces for each value that is put into it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import IO

_SENTENCE = re.compile(r"[A-Z][\w’']*,? (?:[a-z(“]|\{\w+\}).*|\{\w+\}(?: \{\w+\})*,? [a-z].*\.")
_ANNOTATION = re.compile(r'@(?:reason|advice)\("((?:[^"\\]|\\.)*)"\)')
Message = tuple[int, None, str, list[str]]


def sentences(
    file: IO[bytes], keywords: object, tags: object, options: object
) -> Iterator[Message]:
    """Extract the sentences of a Python file, as Babel asks for it."""
    tree = ast.parse(file.read())
    aside = set(_not_said(tree))
    for node in ast.walk(tree):
        if node not in aside and (text := _text(node)) and _SENTENCE.fullmatch(text):
            yield getattr(node, "lineno", 0), None, text, []


def policy_words(
    file: IO[bytes], keywords: object, tags: object, options: object
) -> Iterator[Message]:
    """Extract what shipped policies say, as Babel asks for it."""
    for found in _ANNOTATION.finditer(file.read().decode()):
        yield 0, None, re.sub(r"\\(.)", r"\1", found[1]), []


def _not_said(tree: ast.AST) -> Iterator[ast.AST]:
    """What only readers of the code see, and what is part of a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from (part for value in node.values for part in ast.walk(value))
        elif isinstance(node, ast.Assert):
            yield from ast.walk(node)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts: list[str] = []
    names: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            name = _name(part)
            names.append(name)
            count = names.count(name)
            parts.append(f"{{{name}{count if count > 1 else ''}}}")
    return "".join(parts)


def _name(value: ast.AST) -> str:
    """Name a value by the last name in it that says what it is."""
    if isinstance(value, ast.FormattedValue):
        return _name(value.value)
    if isinstance(value, ast.Name):
        return value.id.strip("_")
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_")
    if isinstance(value, ast.Subscript):
        return _name(value.value)
    if isinstance(value, ast.BinOp):
        return _name(value.left)
    if isinstance(value, ast.Call):
        return _name(value.args[0] if value.args else value.func)
    return "value"
