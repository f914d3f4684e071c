"""Programs that are told a setting and its value: stores of keys, clouds, clusters, files of settings, registries.

``kubectl set env deploy/x AUDIT=off`` and ``redis-cli set audit off`` say what an edit of a file of settings does.
``setters.toml`` says where each program is told the name and the value; what they do is read as of any other edit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from remit.monitor.edits.edited import Edit
from remit.monitor.edits.editing import note_edits
from remit.monitor.programs.clis import by_words
from remit.monitor.programs.rules import Handler, only_shows
from remit.monitor.scene import Invocation, Scene

__all__ = ["SETTERS", "is_setter", "note_set", "note_set_by_unknown", "setting"]

_LONGEST, _MOST = 4000, 16
_MOST_PARTS = 3
_PARTS = re.compile(r"[/:.\\@\[\]\"']+")
_POINTER = re.compile(r"\"path\"\s*:\s*\"(/[^\"]{1,200})\"\s*,\s*\"value\"\s*:\s*(\"?[\w.-]+)")
"""One row of a patch in JSON, by its path."""


@dataclass(frozen=True, slots=True)
class _Setter:
    """One row of the table."""

    forms: tuple[re.Pattern[str], ...]
    of: re.Pattern[str] | None
    trust: float


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, list[Mapping[str, Any]]]:
    """The rows by program, read when they are first needed."""
    table = tomllib.loads(files("remit.monitor.programs").joinpath("setters.toml").read_text(encoding="utf-8"))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in table["setter"]:
        for program in row["programs"].split():
            found.setdefault(program, []).append(row)
    return found


@lru_cache(maxsize=256)
def _setters(program: str) -> tuple[_Setter, ...]:
    """What a program is told to set, and where."""
    return tuple(
        _Setter(
            forms=tuple(map(re.compile, row["forms"])),
            of=re.compile(row["of"]) if "of" in row else None,
            trust=float(row.get("trust", 1.0)),
        )
        for row in _rows().get(program, ())
    )


def is_setter(program: str) -> bool:
    """Whether a program may be told to set something."""
    return program in _rows()


def note_set_by_unknown(call: Invocation, scene: Scene) -> None:
    """The same for a program nobody knows."""
    note_set(call, scene, "*")


def note_set(call: Invocation, scene: Scene, program: str = "") -> None:
    """Note the settings a program is told to set, as edits of what they stand in, by the rows of ``program``."""
    if only_shows(call):
        return
    line = " ".join(call.args)[:_LONGEST]
    for setter in _setters(program or call.name):
        if setter.of is not None and setter.of.search(line) is None:
            continue
        before, scene.trust = scene.trust, scene.trust * setter.trust
        note_edits(scene, _edits(setter, line), call.text)
        scene.trust = before


def setting(handler: Handler) -> Handler:
    """A handler that also notes what its program is told to set."""

    def read(call: Invocation, scene: Scene) -> str:
        note_set(call, scene)
        return handler(call, scene)

    return read


def _edits(setter: _Setter, line: str) -> Iterator[Edit]:
    """The settings of a line, each as a text that says name and value."""
    for form in setter.forms:
        for match in islice(form.finditer(line), _MOST):
            told = match.groupdict()
            if text := told.get("text"):
                yield Edit("", text)
                yield from (Edit("", f"{_dotted(path)} = {value}") for path, value in _POINTER.findall(text)[:_MOST])
            elif told.get("name") and told.get("value"):
                name = _dotted(f"{told.get('section') or ''}.{told['name']}")
                yield Edit("", f"{name} = {told['value']}", told.get("place") or "")


def _dotted(name: str) -> str:
    """A name with its parts set off by dots; of a long path the last parts say what it is."""
    return ".".join([part for part in _PARTS.split(name) if part][-_MOST_PARTS:])


SETTERS: dict[str, Handler] = {
    **dict.fromkeys(
        "helmfile awslocal defaults reg reg.exe gsettings setx doppler netlify supabase".split(), by_words()
    ),
}
