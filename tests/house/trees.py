"""The nodes of a parsed file, walked once for all rules of the house."""

import ast
from functools import cache

__all__ = ["nodes"]


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree, as ``ast.walk`` gives them: finding them takes longer than any rule takes to read them."""
    return tuple(ast.walk(tree))
