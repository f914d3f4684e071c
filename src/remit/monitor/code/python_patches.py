"""What a running program puts in the place of a part of a module it only imported: as good as an edit of that module.

``guard.check = lambda *_: True``, ``setattr(guard, "check", …)`` and ``mock.patch("guard.check")`` leave the file as it
is and its check undone, as long as the program runs. So each is read as writing the module's file, and a value that
says yes or no as the setting it is. A part of what the program made itself is its own.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from remit.monitor.code.python_values import Names
from remit.monitor.edits.edited import Edit
from remit.monitor.edits.editing import note_edits
from remit.monitor.objects.paths import touch
from remit.monitor.scene import Scene, is_known

__all__ = ["PATCHES", "note_replaced", "note_set"]

PATCHES = frozenset(
    "setattr delattr builtins.setattr monkeypatch.setattr monkeypatch.delattr mock.patch unittest.mock.patch "
    "mock.patch.object unittest.mock.patch.object patch.object patch mocker.patch mocker.patch.object".split()
)
"""Functions that replace a part of a module, told by the module and a name, or by a dotted name alone."""
_LONGEST = 110


def note_set(target: ast.expr, value: ast.expr, names: Names, scene: Scene, imported: Collection[str]) -> None:
    """An attribute is set: what that does where it is one of an imported module."""
    if isinstance(target, ast.Attribute):
        shown = f"{ast.unparse(target)} = {ast.unparse(value)}"
        _note(names.dotted(target), value, shown, scene, imported)


def note_replaced(node: ast.Call, names: Names, scene: Scene, imported: Collection[str]) -> None:
    """A part is replaced by a function that does that (``PATCHES``)."""
    if not node.args:
        return
    first, *rest = node.args
    whole = names.text(first) if names.value(first) is not None else ""
    if "." in whole and is_known(whole):
        root = whole.partition(".")[0]
        _note(whole, rest[0] if rest else None, ast.unparse(node), scene, {root})
    elif rest and is_known(part := names.text(rest[0])):
        value = rest[1] if len(rest) > 1 else None
        _note(f"{names.dotted(first)}.{part}", value, ast.unparse(node), scene, imported)


def _note(dotted: str, value: ast.expr | None, shown: str, scene: Scene, imported: Collection[str]) -> None:
    """What it does that a part of a module is something else from now on."""
    root, *parts = dotted.split(".")
    if root not in imported or not parts:
        return
    why = f"code: {shown[:_LONGEST]}"
    module = [root]
    for part in parts[:-1]:
        if not part[:1].islower():
            break  # a class and what it holds stand in the file of their module
        module.append(part)
    said = value.value if isinstance(value, ast.Constant) else None
    if said is not True:  # what is turned on is read as the setting it is, and by nothing else
        touch(scene, "write", f"{'/'.join(module)}.py", why)
    if isinstance(said, bool):
        note_edits(scene, (Edit("", f"{dotted} = {said}"),), why)
