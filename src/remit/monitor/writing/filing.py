"""Calls about files: a path with a content, an edit, a patch, two paths, or a path alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from remit.monitor.objects.copies import copied
from remit.monitor.objects.paths import touch, write_file
from remit.monitor.scene import Scene, unknown

__all__ = ["file_call", "verb_of"]

_PATHS = (
    "path",
    "file_path",
    "filepath",
    "file",
    "filename",
    "target_file",
    "absolute_path",
    "notebook_path",
    "relative_path",
    "file_name",
    "uri",
    "target_path",
    "dir_path",
    "directory",
    "folder",
)
_CONTENTS = ("content", "contents", "file_text", "new_content", "data", "new_source", "text", "body", "file_content")
_EDITS = (
    "new_string",
    "new_str",
    "insert_text",
    "edits",
    "edit",
    "replacement",
    "code_edit",
    "diff",
    "replace",
    "replace_all",
)
_SOURCES = ("source", "src", "source_path", "from_path", "old_path", "from", "source_file", "from_file")
_TARGETS = (
    "destination",
    "dest",
    "dst",
    "destination_path",
    "to_path",
    "new_path",
    "target",
    "to",
    "new_name",
    "to_file",
)
_PATCHED = re.compile(r"(?m)^(?:\*\*\* (Add|Update|Delete) File: (.+)|\+\+\+ (?:b/)?(\S+)|rename to (.+))$")
_DELETES = re.compile(
    r"(?i)(?:^|[_\W])(?:delete|remove|rm|unlink|erase|trash|destroy|purge|wipe|rmdir|shred)(?:$|[_\W])"
)
_WRITES = re.compile(
    r"(?i)(?:^|[_\W])(?:write|save|create|put|update|edit|append|overwrite|replace|modify|touch|set|upload|truncate|patch)(?:$|[_\W])"
)
_LISTS = re.compile(r"(?i)(?:^|[_\W])(?:list|ls|dir|glob|tree|stat|info|exists|find|search|grep)(?:$|[_\W])")
_MOVES = re.compile(r"(?i)(?:^|[_\W])(?:move|mv|rename)(?:$|[_\W])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def verb_of(tool: str) -> str:
    """What a tool does to a path by its name: ``delete``, ``write``, ``list`` or ``read``."""
    name = _CAMEL.sub("_", tool)
    return (
        "delete"
        if _DELETES.search(name)
        else "write"
        if _WRITES.search(name)
        else "list"
        if _LISTS.search(name)
        else "read"
    )


def file_call(tool: str, args: Mapping[str, object], named: Mapping[str, str], scene: Scene) -> bool:
    """Note what a call does to files; tells whether it is one about files."""
    patch = next((named[key] for key in ("patch", "input", "diff") if key in named and _PATCHED.search(named[key])), "")
    if patch:
        _patched(patch, scene)
        return True
    path = next((named[key] for key in _PATHS if key in named), "")
    source = next((named[key] for key in _SOURCES if key in named), "")
    target = next((named[key] for key in _TARGETS if key in named), "")
    if path and "\n" not in path and len(path) < 4096:
        return _one_path(tool, path, args, named, scene)
    if (
        source
        and target
        and ("/" in source + target or "." in source)
        and "\n" not in source + target
        and "@" not in source
    ):
        _two_paths(tool, source, target, scene)
        return True
    return False


def _one_path(tool: str, path: str, args: Mapping[str, object], named: Mapping[str, str], scene: Scene) -> bool:
    """A call with one path: what is done to it shows in what stands beside it, else in the tool's name."""
    if "method" in args and path.startswith("/"):
        return False
    target = next((named[key] for key in _TARGETS if key in named), "")
    content = next((named[key] for key in _CONTENTS if key in named), None)
    mode, command = (
        str(args.get("mode") or ""),
        str(args.get("command") or args.get("operation") or args.get("op") or ""),
    )
    verb = verb_of(command) if command and " " not in command and len(command) < 20 else ""
    if command and not verb_known(command) and "command" in args:
        return False
    if content is not None and verb not in ("delete", "list"):
        write_file(
            scene,
            path,
            content,
            append=mode.startswith("a") or "append" in command + tool.lower(),
            why=f"writes {path}",
        )
    elif any(key in args for key in _EDITS):
        touch(scene, "write", path, f"edits {path}")
        scene.memory.remember(
            "file", scene.path(path), named.get("new_string") or named.get("new_str") or unknown("edit")
        )
    elif target and target != path and "/" in target:
        _two_paths(tool, path, target, scene)
    elif verb in ("delete", "write") or (command and verb):
        touch(scene, verb, path, f"{command} {path}")
    elif mode[:1] in ("w", "a", "x"):
        touch(scene, "write", path, f"opens {path} for writing")
    else:
        _by_name(tool, path, scene)
    return True


def verb_known(command: str) -> bool:
    """Whether a word is a verb of an editor rather than a command for a shell."""
    return command in ("view", "create", "str_replace", "insert", "undo_edit") or (
        command.isidentifier()
        and bool(
            _DELETES.search(command)
            or _WRITES.search(command)
            or _LISTS.search(command)
            or command in ("read", "open", "cat", "show")
        )
    )


def _by_name(tool: str, path: str, scene: Scene) -> None:
    """A path alone: the tool's name is all there is to tell what is done to it."""
    verb = verb_of(tool)
    before = scene.trust
    scene.trust = before * (0.9 if verb in ("read", "list") else 0.8)
    touch(scene, verb, path, f"{tool} {path}")
    scene.trust = before


def _two_paths(tool: str, source: str, target: str, scene: Scene) -> None:
    """A copy, or a move where the tool's name says so."""
    why = f"{tool} {source} {target}"
    if _MOVES.search(_CAMEL.sub("_", tool)) and scene.find_path(source) is not None:
        touch(scene, "delete", source, why)
    copied(scene, source, target, why)


def _patched(patch: str, scene: Scene) -> None:
    """The files a patch adds, changes or deletes."""
    for kind, named, changed, renamed in _PATCHED.findall(patch)[:32]:
        path = named or changed or renamed
        if path != "/dev/null":
            touch(scene, "delete" if kind == "Delete" else "write", path.strip(), f"patches {path.strip()}")
