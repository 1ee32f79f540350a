"""The texts that stand below the fields of a class: said once, for who reads code and for the docs.

They are read from the source when a page or a schema is made, and not when the class is.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise


def texts_below(kind: type) -> dict[str, str]:
    """Give the text below each field or member of a class that has one, by its name."""
    source = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(source, ast.ClassDef)  # noqa: S101 - it is a class
    found = {}
    for field, below in pairwise(source.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found
