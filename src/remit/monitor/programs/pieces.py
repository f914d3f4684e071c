"""Programs that change files of settings in place, cut files in pieces, or save what another program prints."""

from __future__ import annotations

from remit.monitor.objects.copies import copied_control, is_away
from remit.monitor.objects.paths import touch
from remit.monitor.programs.rules import Handler
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["PIECES"]

_IN_PLACE = ("-i", "--in-place", "--inplace", "-L", "--set", "--del", "--merge", "-w", "--write")
_CHANGING = frozenset(("put", "set", "delete", "rm", "write", "-replace"))


def _settings(call: Invocation, scene: Scene) -> str:
    """``dasel put``, ``crudini --set``, ``augtool``: a file of settings, read or written in place."""
    writes = call.has(*_IN_PLACE) or (
        call.name in ("dasel", "augtool", "toml", "plutil") and _CHANGING & set(call.args)
    )
    for path in call.plain(("-o", "-p", "-s", "-v")):
        if "/" in path or scene.find_path(path) is not None:
            touch(scene, "write" if writes else "read", path, call.text)
    return unknown(f"file:{call.args[-1] if call.args else ''}")


def _save(call: Invocation, scene: Scene) -> str:
    """``logsave FILE PROGRAM``: what a program prints, into a file."""
    words = call.plain(())
    if words:
        touch(scene, "write", words[0], call.text)
    return scene.run(words[1:], call.stdin) if len(words) > 1 else ""


def _split(call: Invocation, scene: Scene) -> str:
    """``split``: a file in pieces; as copying it."""
    words = call.plain(("-l", "-b", "-n", "-a"))
    if words and words[0] != "-":
        touch(scene, "read", words[0], call.text)
        if is_known(words[0]) and (control := scene.find_path(words[0])) is not None:
            copied_control(scene, words[0], control, call.text, away=len(words) > 1 and is_away(words[1]))
    return ""


PIECES: dict[str, Handler] = {
    "logsave": _save,
    "split": _split,
    **dict.fromkeys("dasel crudini augtool xmlstarlet toml plutil".split(), _settings),
}
