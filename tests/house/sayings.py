"""What probes may say of a look that showed nothing, read from the source: every text of a `CannotSee`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLIND = {"CannotSee": 1, "HungUp": 1, "_unusable": 1, "_garbled": 0, "Garbled": 0}
"""What makes such a text, and which of its arguments the text is."""

FILLED = "7"
"""What stands for anything that differs: no word of any language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One text, with something in the place of what differs."""

    path: Path
    line: int
    text: str


def sayings(path: Path) -> Iterator[Saying]:
    """Give every text that a `CannotSee`, or a kind of it, is made with in this file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in BLIND:
                for argument in call.args[BLIND[call.func.id] :]:
                    for text in _texts(argument, function):
                        yield Saying(path=path, line=call.lineno, text=text)


def _texts(node: ast.expr, function: ast.AST, depth: int = 3) -> Iterator[str]:
    """Give what an expression may come to, as far as it is written down in the function around it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            told = [""]
            for part in parts:
                told = [before + text for before in told for text in _part(part, function, depth)]
            yield from told
        case ast.IfExp(body=yes, orelse=no):
            yield from _texts(yes, function, depth)
            yield from _texts(no, function, depth)
        case ast.Name(id=name) if depth:
            for other in ast.walk(function):
                if isinstance(other, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name for target in other.targets
                ):
                    yield from filter(None, _texts(other.value, function, depth - 1))


def _part(part: ast.expr, function: ast.AST, depth: int) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    inside = part.value if isinstance(part, ast.FormattedValue) else part
    return list(_texts(inside, function, depth - 1)) or [FILLED] if depth else [FILLED]
