"""Edits as a scene takes them in: noted where they are made, or carried along until what was changed is written.

``jq '.audit = false' f > g`` changes nothing before it is written. Until then the change travels in the stand-in for
what the program prints, through pipes and variables, and counts where that text is put into a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remit.monitor.edits.edited import Edit, best_of, changes_of, dropped
from remit.monitor.edits.switches import NO, YES
from remit.monitor.scene import CLOSE, OPEN, Scene, is_known, unknown

__all__ = ["carried", "note_dropped", "note_edits", "note_environment", "note_written"]

_EDIT, _TO = "edit:", "\x1f"
_LONGEST = 180
_MOST = 16
_FEWEST = 5
_STARTED = 0.6
_SAYS = NO | YES


def note_edits(scene: Scene, edits: Iterable[Edit], why: str) -> None:
    """Note what some edits do, with what was changed in words."""
    for change in best_of(change for edit in edits for change in changes_of(edit)).values():
        scene.add(change.effect, change.certainty, f"{change.said}: {why}", change.target)


def note_dropped(scene: Scene, patterns: Iterable[str], place: str, why: str) -> None:
    """Note what it does that lines are taken out of a file."""
    for pattern in patterns:
        for change in dropped(pattern, place):
            scene.add(change.effect, change.certainty, f"{change.said}: {why}", change.target)


def carried(edits: Iterable[Edit]) -> str:
    """Stand-ins for a text that was edited and is not written yet."""
    kept = list(edits)[:_MOST]
    return "".join(unknown(f"{_EDIT}{edit.old[:_LONGEST]}{_TO}{edit.new[:_LONGEST]}") for edit in kept)


def note_written(scene: Scene, path: str, content: str, why: str, *, before: str = "") -> None:
    """Note what it does that a text is written to a file: the edits it carries, or the settings in what is known."""
    if len(content) < _FEWEST:
        return
    if OPEN in content:
        if OPEN + _EDIT in content:
            note_edits(scene, _edits_in(content, path), why)
        if content[0] == OPEN and content.find(CLOSE) == len(content) - 1:
            return  # nothing of it is known
        content = _known(content)
    if "=" in content or ":" in content:
        note_edits(scene, (Edit(before if is_known(before) else "", content, path),), why)


def note_environment(scene: Scene, values: Iterable[tuple[str, str, bool]]) -> None:
    """Note the settings that programs are started with: of a run, and of what it starts."""
    for name, value, _ in values:
        if value.lower() in _SAYS:
            before, scene.trust = scene.trust, scene.trust * _STARTED
            note_edits(scene, (Edit("", f"{name} = {value}"),), f"{name}={value}")
            scene.trust = before


def _edits_in(text: str, place: str) -> Iterator[Edit]:
    """The edits a text carries."""
    for part in text.split(OPEN + _EDIT)[1 : _MOST + 1]:
        old, _, new = part.partition(CLOSE)[0].partition(_TO)
        yield Edit(old, new, place, lines=not new)


def _known(text: str) -> str:
    """What is known of a text: all but its stand-ins."""
    first, *rest = text.split(OPEN)
    return first + " ".join(part.partition(CLOSE)[2] for part in rest)
