"""The faults that are planted: what each kind of node may be replaced by."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants_of", "planted"]

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TWINS = {"any": "all", "all": "any", "min": "max", "max": "min"}
_ANSWERS: dict[str, tuple[object, ...]] = {"bool": (True, False), "float": (0.0, 1.0), "int": (0, 1), "str": ("",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One planted fault: in which function, on which line, and what became of what.

    ``place`` is the number of the node in the walk over the module, ``choice`` that of its replacement.
    """

    function: str
    line: int
    before: str
    after: str
    place: int
    choice: int

    def __str__(self) -> str:
        """Return ``line 12 of attempt: a == b -> a != b``."""
        return f"line {self.line} of {self.function}: {self.before} -> {self.after}"


def mutants_of(tree: ast.Module, regions: Iterable[tuple[str, ast.AST]]) -> Iterator[Mutant]:
    """Every fault that can be planted into these parts of a module, each part with the name it goes by."""
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    seen = {id(part) for note in _annotations(tree) for part in ast.walk(note)}
    for name, region in regions:
        for node in ast.walk(region):
            if id(node) in seen:
                continue
            seen.add(id(node))
            for choice, after in enumerate(_replacements(node, parents)):
                yield Mutant(
                    function=name,
                    line=getattr(node, "lineno", 0),
                    before=_short(node),
                    after=_short(after),
                    place=numbers[id(node)],
                    choice=choice,
                )


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """The types a module writes: they change nothing at run time."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(returns=ast.expr() as note) | ast.AnnAssign(annotation=note):
                yield note
            case ast.arg(annotation=ast.expr() as note):
                yield note


def planted(tree: ast.Module, mutant: Mutant) -> ast.Module:
    """A copy of the module with the fault in it."""
    changed = copy.deepcopy(tree)
    parents = {id(child): node for node in ast.walk(changed) for child in ast.iter_child_nodes(node)}
    node = next(node for number, node in enumerate(ast.walk(changed)) if number == mutant.place)
    after = list(_replacements(node, parents))[mutant.choice]
    parent = parents[id(node)]
    for name, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, name, after)
        elif isinstance(value, list) and any(item is node for item in value):
            setattr(parent, name, [after if item is node else item for item in value])
    return ast.fix_missing_locations(changed)


def _replacements(node: ast.AST, parents: dict[int, ast.AST]) -> Iterator[ast.AST]:
    """What this node may become; copies, so that nothing is shared with the original."""
    if isinstance(node, ast.stmt):
        yield from _statements(node, parents)
    elif isinstance(node, ast.expr):
        yield from _expressions(node, parents.get(id(node)))
    elif isinstance(node, ast.comprehension) and node.ifs:
        turned = ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(node.ifs[0]))
        yield _like(node, ifs=[])
        yield _like(node, ifs=[turned, *copy.deepcopy(node.ifs[1:])])


def _statements(node: ast.stmt, parents: dict[int, ast.AST]) -> Iterator[ast.AST]:
    """A statement left out, turned over, or answered with a constant; statements of the module itself stay."""
    inside = not isinstance(parents.get(id(node)), ast.Module)
    match node:
        case ast.Return(value=ast.expr() as value):
            yield from (ast.Return(value=answer) for answer in _answers(value, _returned(node, parents)))
        case ast.If() | ast.While():
            yield _like(node, test=ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(node.test)))
        case ast.Assign() | ast.AugAssign() | ast.Expr(value=ast.Call()) | ast.Raise() if inside:
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _expressions(node: ast.expr, parent: ast.AST | None) -> Iterator[ast.AST]:
    """An expression with one thing in it changed."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            yield _like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield copy.deepcopy(node.operand)
        case ast.BinOp() if type(node.op) in _COUNTED:
            yield _like(node, op=_COUNTED[type(node.op)]())
        case ast.Constant():
            yield from _constants(node, parent)
        case ast.Name(id=name) if name in _TWINS and isinstance(parent, ast.Call) and parent.func is node:
            yield ast.Name(id=_TWINS[name], ctx=ast.Load())
        case ast.Call(func=called, args=[first, second, *rest]) if _has_an_order(called, first, second):
            yield _like(node, args=[copy.deepcopy(second), copy.deepcopy(first), *copy.deepcopy(rest)])
        case ast.Lambda():
            yield from (_like(node, body=value) for value in _answers(node.body, "bool"))
        case ast.IfExp():
            yield _like(node, test=ast.UnaryOp(op=ast.Not(), operand=copy.deepcopy(node.test)))
        case ast.Slice():
            yield from _slices(node)


def _has_an_order(called: ast.expr, *args: ast.expr) -> bool:
    """Whether the order of the first two arguments can matter."""
    return ast.unparse(called) not in {"min", "max"} and not any(isinstance(item, ast.Starred) for item in args)


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    """Each operator of a chain flipped by itself."""
    for place, op in enumerate(node.ops):
        for other in _COMPARED[type(op)]:
            yield _like(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def _constants(node: ast.Constant, parent: ast.AST | None) -> Iterator[ast.AST]:
    """A number one up and one down, a truth turned over, a word misspelt; keys and docstrings are left alone."""
    match node.value:
        case bool():
            yield ast.Constant(value=not node.value)
        case int() | float():
            yield ast.Constant(value=node.value + 1)
            yield ast.Constant(value=node.value - 1)
        case str() if not isinstance(parent, ast.Subscript | ast.Expr | ast.JoinedStr | ast.FormattedValue):
            yield ast.Constant(value=f"{node.value}_")


def _answers(value: ast.expr, kind: str) -> Iterator[ast.expr]:
    """Constant answers in place of the computed one."""
    for answer in _ANSWERS.get(kind, (None,)):
        if not (isinstance(value, ast.Constant) and value.value == answer):
            yield ast.Constant(value=answer)  # type: ignore[arg-type]


def _returned(node: ast.AST, parents: dict[int, ast.AST]) -> str:
    """The annotated answer of the function around a statement."""
    found: ast.AST | None = node
    while found is not None and not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        found = parents.get(id(found))
    return ast.unparse(found.returns) if isinstance(found, ast.FunctionDef) and found.returns else ""


def _slices(node: ast.Slice) -> Iterator[ast.AST]:
    """Each end of a slice one further and one nearer."""
    for name in ("lower", "upper"):
        end = getattr(node, name)
        if end is not None and not isinstance(end, ast.Constant):
            for op in (ast.Add(), ast.Sub()):
                changed = ast.BinOp(left=copy.deepcopy(end), op=op, right=ast.Constant(value=1))
                yield _like(node, **{name: changed})


def _like(node: ast.AST, **changed: object) -> ast.AST:
    """A copy of a node with some fields changed."""
    made = copy.deepcopy(node)
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def _short(node: ast.AST) -> str:
    """A node as one line."""
    if isinstance(node, ast.comprehension):
        return f"for {ast.unparse(node.target)} in … " + " ".join(f"if {ast.unparse(test)}" for test in node.ifs)
    if isinstance(node, ast.Slice):
        return ast.unparse(ast.Subscript(value=ast.Name(id="_"), slice=node))
    head = ast.If(test=node.test, body=[ast.Pass()], orelse=[]) if isinstance(node, ast.If | ast.While) else node
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(head))).split())[:160]
