"""Edits that programs in Python make: keys that are set, texts in which something is put in the place of something.

``d = json.load(f); d["audit"]["enabled"] = False; json.dump(d, g)`` changes nothing before the last call. Until then
the name holds a stand-in that carries the change, as what a program prints does (``editing.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from remit.monitor.code.python_values import Names
from remit.monitor.edits.edited import Edit
from remit.monitor.edits.editing import carried, note_written
from remit.monitor.edits.switches import switched
from remit.monitor.objects.paths import touch
from remit.monitor.scene import Scene, is_known, unknown

__all__ = ["EDITING", "drop_item", "set_item", "written_to"]

_OPENS = ("open", "io.open", "codecs.open", ".open", "builtins.open")
_DEEPEST = 8
_LONGEST = 110
_LONGEST_HELD = 8_000


def set_item(target: ast.expr, value: ast.expr, names: Names) -> None:
    """A key or an attribute is set: what its holder will be written with."""
    base, keys = _place(target, names)
    if base and isinstance(value, ast.Constant):
        _hold(names, base, ".".join(keys), value.value)


def drop_item(target: ast.expr, names: Names) -> None:
    """A key is taken out."""
    base, keys = _place(target, names)
    if base and keys:
        _carry(names, base, Edit(f"{'.'.join(keys)}: true", "", lines=True))


def written_to(node: ast.expr | None, names: Names) -> str:
    """The path of the file an expression was opened for, or empty."""
    opened = names.calls.get(node.id) if isinstance(node, ast.Name) else node
    if not isinstance(opened, ast.Call) or names.dotted(opened.func) not in _OPENS:
        return ""
    if opened.args:
        path = names.text(opened.args[0])
    else:
        path = names.text(opened.func.value) if isinstance(opened.func, ast.Attribute) else ""
    return path if is_known(path) else ""


def _place(target: ast.expr, names: Names) -> tuple[str, list[str]]:
    """The name that holds what is set, and the keys on the way there."""
    keys: list[str] = []
    for _ in range(_DEEPEST):
        if isinstance(target, ast.Subscript):
            key = names.value(target.slice)
            if isinstance(key, str) and is_known(key):
                keys.insert(0, key)
            target = target.value
        elif isinstance(target, ast.Attribute):
            keys.insert(0, target.attr)
            target = target.value
    return (target.id if isinstance(target, ast.Name) and keys else ""), keys


def _hold(names: Names, base: str, name: str, value: object) -> None:
    """A setting among what a name holds, where its value is an act."""
    said = str(value)
    if isinstance(value, bool | int | str | None) and switched(name, said):
        _carry(names, base, Edit("", f"{name} = {said}"))


def _carry(names: Names, base: str, edit: Edit) -> None:
    """A change that goes wherever what a name holds is written."""
    held = names.values.get(base)
    before = held if isinstance(held, str) else unknown("code")
    if len(before) < _LONGEST_HELD:
        names.hold(base, before + carried((edit,)))


def _dump(node: ast.Call, names: Names, scene: Scene) -> None:
    """``json.dump(value, file)`` and its kin."""
    if len(node.args) > 1:
        path = written_to(node.args[1], names)
        note_written(scene, path, names.dumped(node.args[0]), _why(node))


def _set(node: ast.Call, names: Names, scene: Scene) -> None:
    """``config.set(section, key, value)``."""
    del scene
    if len(node.args) > 1 and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        *keys, value = (names.value(each) for each in node.args)
        said = node.args[-1].value if isinstance(node.args[-1], ast.Constant) else value
        _hold(names, node.func.value.id, ".".join(str(key) for key in keys), said)


def _update(node: ast.Call, names: Names, scene: Scene) -> None:
    """``settings.update(audit=False)`` and ``settings.update({"audit": False})``."""
    del scene
    if not isinstance(node.func, ast.Attribute):
        return
    base, keys = _place(node.func.value, names)
    base = node.func.value.id if isinstance(node.func.value, ast.Name) else base
    if not base:
        return
    given = [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
    for part in node.args[:1]:
        if isinstance(part, ast.Dict):
            given += [(str(names.value(key)), value) for key, value in zip(part.keys, part.values, strict=True) if key]
    for name, value in given:
        if isinstance(value, ast.Constant):
            _hold(names, base, ".".join([*keys, name]), value.value)


def _pop(node: ast.Call, names: Names, scene: Scene) -> None:
    """``settings.pop("audit")``."""
    del scene
    if isinstance(node.func, ast.Attribute) and node.args:
        drop_item(ast.Subscript(value=node.func.value, slice=node.args[0], ctx=ast.Load()), names)


def _set_key(node: ast.Call, names: Names, scene: Scene) -> None:
    """``dotenv.set_key(file, key, value)``."""
    if len(node.args) > 2:
        path, key, value = (names.text(each) for each in node.args[:3])
        touch(scene, "write", path, _why(node))
        note_written(scene, path, f"{key} = {value}", _why(node))


def _why(node: ast.Call) -> str:
    """The call as it is written, for explanations."""
    return "code: " + ast.unparse(node)[:_LONGEST]


EDITING: dict[str, Callable[[ast.Call, Names, Scene], None]] = {
    **dict.fromkeys(
        "json.dump yaml.dump yaml.safe_dump toml.dump tomli_w.dump plistlib.dump .dump .safe_dump".split(), _dump
    ),
    ".set": _set,
    ".update": _update,
    ".pop": _pop,
    **dict.fromkeys(("dotenv.set_key", "set_key"), _set_key),
}
