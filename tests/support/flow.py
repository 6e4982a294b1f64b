"""What an expression of Python may say: each string that it can come to, ``{0}`` for each value in it.

Followed are names to what they are given in their function or module, and calls to what functions of the same module
return; beyond a module nothing is followed.
"""

import ast
import inspect
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final

#: Alternatives of one expression, and calls within calls, that are followed.
_MOST, _DEEPEST = 64, 8
#: What is done with a text or a list of them, and leaves its words as they are.
_WRAPS: Final = {"list", "tuple", "sorted", "join", "str", "strip", "cleandoc", "dict.fromkeys"}
_ADDS: Final = {"append", "extend", "add", "insert"}

_Function = ast.FunctionDef | ast.AsyncFunctionDef
#: A text with its values: texts and expressions in turn.
_Parts = tuple[str | ast.expr, ...]


class Module:
    """One module, in which expressions are followed."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = {each.name: each for each in ast.walk(tree) if isinstance(each, _Function)}
        self._given: dict[_Function | None, dict[str, list[ast.expr]]] = {None: _given(tree)}
        self.inside: dict[ast.AST, _Function | None] = dict.fromkeys(ast.walk(tree))
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        for function in (each for each in ast.walk(tree) if isinstance(each, _Function)):  # from without to within
            self._given[function] = _given(function)
            for call in calls:
                if _last(call.func) == function.name:
                    for name, value in _arguments(function, call):
                        self._given[function].setdefault(name, []).append(value)
            self.inside |= dict.fromkeys(ast.walk(function), function)

    def texts(self, node: ast.expr) -> Iterator[str]:
        """The messages that an expression may be, and those that its values may be where they are of several words."""
        yield from self._texts(node, _DEEPEST, set())

    def _texts(self, node: ast.expr, depth: int, seen: set[ast.expr]) -> Iterator[str]:
        for parts in self._alternatives(node, depth, seen):
            text = ""
            holes = [part for part in parts if not isinstance(part, str)]
            for part in parts:
                text += part if isinstance(part, str) else f"{{{holes.index(part)}}}"
            if any(letter.isalpha() for part in parts if isinstance(part, str) for letter in part):
                yield inspect.cleandoc(text)
            elif len(parts) == 1:
                continue
            for hole in holes:
                yield from (each for each in self._texts(hole, depth - 1, seen) if " " in each)

    def _alternatives(self, node: ast.expr, depth: int, seen: set[ast.expr]) -> Iterator[_Parts]:
        """Each expression is followed once, so that it takes as long as the module is large."""
        if node not in seen:
            seen.add(node)
            yield from islice(self._each(node, depth, seen), _MOST)

    def _each(self, node: ast.expr, depth: int, seen: set[ast.expr]) -> Iterator[_Parts]:
        match node:
            case ast.Constant(value=str(text)):
                yield (text,)
            case ast.JoinedStr(values=values):
                yield tuple(
                    str(each.value) if isinstance(each, ast.Constant) else each.value  # type: ignore[attr-defined]
                    for each in values
                )
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                for one, other in product(self._sides(left, depth, seen), self._sides(right, depth, seen)):
                    yield one + other
            case ast.IfExp(body=one, orelse=other):
                yield from self._all([one, other], depth, seen)
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                yield from self._all(values, depth, seen)
            case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value) | ast.Starred(value=value):
                yield from self._alternatives(value, depth, seen)
            case ast.NamedExpr(value=value) | ast.DictComp(value=value):
                yield from self._alternatives(value, depth, seen)
            case ast.Name(id=name) if depth:
                given = self._given[self.inside.get(node)].get(name) or self._given[None].get(name, [])
                yield from self._all(given, depth - 1, seen)
            case ast.Call(func=func, args=args) if _last(func) in _WRAPS:
                yield from self._all(args, depth, seen)
            case ast.Call(func=func) if depth and (called := self._functions.get(_last(func))):
                yield from self._all(_results(called), depth - 1, seen)

    def _sides(self, node: ast.expr, depth: int, seen: set[ast.expr]) -> list[_Parts]:
        """The alternatives of a part of a text, which is a value if it has none."""
        return list(self._alternatives(node, depth, seen)) or [(node,)]

    def _all(self, nodes: Iterable[ast.expr], depth: int, seen: set[ast.expr]) -> Iterator[_Parts]:
        for each in nodes:
            yield from self._alternatives(each, depth, seen)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _given(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """What each name of a function or module is given, or is added to it."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope) if isinstance(scope, _Function) else getattr(scope, "body", []):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id=name), value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                found.setdefault(name, []).append(value)
            case ast.For(target=ast.Name() | ast.Tuple() as target, iter=value):
                for each in ast.walk(target):
                    if isinstance(each, ast.Name):
                        found.setdefault(each.id, []).append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=args) if attr in _ADDS:
                found.setdefault(name, []).extend(args)
    return found


def _arguments(function: _Function, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """What a call gives to the parameters of a function, or of a method."""
    names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    yield from zip(names, call.args, strict=False)
    yield from ((each.arg, each.value) for each in call.keywords if each.arg)


def _results(function: _Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value is not None:
            yield node.value
