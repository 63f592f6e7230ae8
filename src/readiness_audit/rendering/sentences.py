"""Find the sentences that stand under the fields of a dataclass in its source."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from readiness_audit.model.texts import Texts


def sentences_of(kind: type) -> dict[str, str]:
    """
    Give the sentence of each field of a dataclass that has one, with those it inherits.

    The columns of registers carry in their annotation what they mean; that comes first, in English.
    """
    found = dict(_meanings(kind))
    for base in reversed(kind.__mro__[:-1]):
        for name, written in _written_in(sys.modules[base.__module__]).get(base.__qualname__, {}).items():
            found[name] = f"{found[name]} {written}" if name in found else written
    return found


def _meanings(kind: type) -> Iterator[tuple[str, str]]:
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        for extra in getattr(hint, "__metadata__", ()):
            means = getattr(extra, "means", None)
            if isinstance(means, Texts):
                yield name, means.en


@cache
def _written_in(module: ModuleType) -> Mapping[str, Mapping[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: dict(_under(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _under(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            yield field.target.id, inspect.cleandoc(below.value.value)
