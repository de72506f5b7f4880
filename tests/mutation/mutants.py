"""Small wrong versions of a file: one thing changed in each, as a slip of the hand would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}


@dataclass(frozen=True)
class Mutant:
    """A whole file, and what is wrong in it: `was` became `now` in that line of the original."""

    line: int
    was: str
    now: str
    text: str


def mutants_of(text: str) -> Iterator[Mutant]:
    """Every one of them, but for what only describes: decorators' own arguments, and named crash points."""
    tree = ast.parse(text)
    described = {inner for node in ast.walk(tree) for inner in _describing(node)}
    for place, node in enumerate(ast.walk(tree)):
        for change in _changes_of(node) if node not in described else ():
            wrong = ast.parse(text)
            ours = next(n for number, n in enumerate(ast.walk(wrong)) if number == place)
            was = ast.unparse(ours)
            change(ours)
            now = ast.unparse(ours)
            if was != now:
                yield Mutant(getattr(ours, "lineno", 0), _short(was), _short(now), ast.unparse(wrong))


def _describing(node: ast.AST) -> Iterator[ast.AST]:
    for decorator in getattr(node, "decorator_list", []):
        yield from ast.walk(decorator)
        if ast.unparse(decorator) == "overload":
            yield node
    if isinstance(node, ast.Expr) and "crashpoint(" in ast.unparse(node):
        yield from ast.walk(node)


def _changes_of(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARED:
            yield lambda n: setattr(n, "ops", [COMPARED[type(operator)]()])
        case ast.BinOp(op=operator) if type(operator) in COUNTED:
            yield lambda n: setattr(n, "op", COUNTED[type(operator)]())
        case ast.BoolOp(op=operator):
            yield lambda n: setattr(n, "op", ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.Constant(value=bool(value)):
            yield lambda n: setattr(n, "value", not value)
        case ast.Constant(value=int(value)):
            yield lambda n: setattr(n, "value", value + 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield lambda n: _become(n, ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), deepcopy(operand))))
        case ast.If() | ast.IfExp():
            yield lambda n: setattr(n, "test", ast.Constant(value=True))
            yield lambda n: setattr(n, "test", ast.Constant(value=False))
        case ast.Return(value=value) if value is not None:
            yield lambda n: setattr(n, "value", ast.Constant(value=None))
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield lambda n: _become(n, ast.Expr(ast.Constant(value=None)))
        case ast.FunctionDef(decorator_list=[_, *_]):
            yield lambda n: setattr(n, "decorator_list", [])


def _become(node: ast.AST, other: ast.AST) -> None:
    node.__class__ = other.__class__
    node.__dict__ = {**node.__dict__, **other.__dict__}


def _short(code: str) -> str:
    first = code.strip().splitlines()[0]
    return first if len(first) <= 80 else f"{first[:77]}..."
