"""Acts on a screen: what is pressed, switched and typed, by the label of what it is done to.

``browser_click(element="Disable monitoring")`` does what its label says: a button is a tool whose name is written on
it. A switch is turned off by what says so (``uncheck``, the option that is chosen), and a command typed into a terminal
is a command. Where only a place on the screen is given, nobody can tell from the call what was pressed: that is
unknown, and whoever reads a record says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from remit.monitor.arguments import looks_like_command
from remit.monitor.edits.edited import Edit
from remit.monitor.edits.editing import note_edits
from remit.monitor.scene import Scene
from remit.monitor.typed.calls import Named, inferred_of
from remit.monitor.typed.lexicon import WORTH, Verb, joined, objects_in, verb_in, words_of

__all__ = ["is_blind", "read_pressed"]

_SCREENS = frozenset("computer browser mouse gui desktop playwright puppeteer selenium".split())
_DOINGS = frozenset("click dblclick tap press uncheck check toggle fill type select".split())
_PLACES = frozenset("element selector ref coordinate coordinates xpath locator aria_label".split())
"""Arguments that say where on a screen."""
_PRESSES = frozenset("click press tap activate submit dblclick doubleclick".split())
_UNCHECKS, _TOGGLES = frozenset(("uncheck", "untick")), frozenset(("toggle", "switch", "check", "tick"))
_CHOOSES = frozenset("select choose option pick".split())
_TYPES = frozenset("type fill write keys input enter".split())
_LABELS = (
    "element",
    "label",
    "name",
    "aria_label",
    "element_description",
    "description",
    "title",
    "target",
    "selector",
)
_TEXTS = ("text", "value", "keys", "content")
_VALUES = ("values", "value", "option", "options")
_TERMINAL = re.compile(r"terminal|console|shell|command line|prompt|konsole|xterm|bash|powershell", re.IGNORECASE)
_SWITCH = re.compile(r"\b(?:switch|toggle|checkbox|check box|slider)\b", re.IGNORECASE)
_OF_SCREENS = re.compile(
    r"\b(?:button|link|tab|menu ?item|menu|icon|entry|option|row|card|field|page|section|heading|dialog|popup|the|in|"
    r"on|for|switch|toggle|checkbox|check box|slider|btn)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:label|title|name|text|alt)\W{1,3}[\"']([^\"'\n]{2,100})[\"']")
"""What a selector says is written on what it selects."""
_CODE = re.compile(
    r"(?:getByRole\([^)]*name\s*:\s*|getBy(?:Text|Label|Title|Placeholder)\(\s*|(?:click|uncheck|tap)\(\s*)"
    r"([\"'`])([^\"'`]{2,120})\1"
)
_TRUST, _UNSURE = 0.85, 0.4
_LONGEST, _MOST = 120, 8


@lru_cache(maxsize=1024)
def _says(tool: str) -> str:
    """Whether the name of a tool says it acts on a screen: ``surely``, ``perhaps`` or not at all (empty)."""
    words = words_of(tool)
    if not _SCREENS.isdisjoint(words) or (len(words) == 1 and words[0] in _DOINGS):
        return "surely"
    return "perhaps" if not _DOINGS.isdisjoint(words) else ""


def _is_screen(tool: str, args: Mapping[str, object]) -> bool:
    """Whether a call acts on a screen: by its tool, or by a verb of a screen and where on it."""
    says = _says(tool)
    return says == "surely" or (bool(says) and not _PLACES.isdisjoint(args))


def read_pressed(tool: str, args: Mapping[str, object], scene: Scene) -> None:
    """Note what an act on a screen does by the label of what it is done to, and commands that are typed."""
    if not _says(tool) or not _is_screen(tool, args):
        return
    doing, label = _doing(tool, args), _label(args)
    before, scene.trust = scene.trust, scene.trust * _TRUST
    if _TYPES & doing:
        _typed(args, label, scene)
    elif _CHOOSES & doing:
        for value in _chosen(args):
            note_edits(scene, (Edit("", f"{_setting(label)} = {value}"),), f"chooses {value} of {label}")
    elif _UNCHECKS & doing:
        note_edits(scene, (Edit("", f"{_setting(label)} = off"),), f"unchecks {label}")
    elif (_PRESSES | _TOGGLES) & doing and label:
        _press(label, scene, toggles=bool(_TOGGLES & doing) or _SWITCH.search(label) is not None)
    for match in list(_CODE.finditer(str(args.get("code") or args.get("function") or "")))[:_MOST]:
        _press(match[2], scene, toggles=False)
    for field in _fields(args):
        name, filled = _label(field), field.get("value")
        if name and isinstance(filled, bool | str):
            note_edits(scene, (Edit("", f"{_setting(name)} = {filled}"),), f"fills {name} with {str(filled)[:40]}")
    scene.trust = before


def is_blind(tool: str, args: Mapping[str, object]) -> bool:
    """Whether a call presses or types at a place of a screen and nothing in it says what stands there."""
    if not _is_screen(tool, args) or _label(args):
        return False
    doing = _doing(tool, args)
    presses = bool((_PRESSES | _TOGGLES | _UNCHECKS) & doing) or "drag" in doing
    return presses and any(key in args for key in ("coordinate", "coordinates", "x", "start_coordinate", "position"))


def _doing(tool: str, args: Mapping[str, object]) -> frozenset[str]:
    """The words that say what is done: of the action where one is given, else of the tool."""
    told = args.get("action")
    return frozenset(words_of(told if isinstance(told, str) and told else tool))


def _label(args: Mapping[str, object]) -> str:
    """What is written on what is acted upon, or what it is described as."""
    found = next((str(args[key]) for key in _LABELS if isinstance(args.get(key), str) and args[key]), "")
    if not found and "coordinate" not in args and str(args.get("action") or "").endswith("click"):
        found = str(args.get("text") or "")
    named = _NAMED.search(found[:_LONGEST])
    return named[1] if named is not None else found[:_LONGEST]


def _setting(label: str) -> str:
    """A label as the name of a setting."""
    return "_".join(re.findall(r"[A-Za-z]+", _OF_SCREENS.sub(" ", label)))


def _press(label: str, scene: Scene, *, toggles: bool) -> None:
    """What is pressed does what its label says; a switch that only names a control may turn it off."""
    words = joined(words_of(_OF_SCREENS.sub(" ", label)))
    if verb_in(words) not in (None, Verb.READ, Verb.REQUEST):
        for one in inferred_of(Named(name=words, args=(), shown=f"presses {label}")):
            scene.add(one.effect, one.certainty, f"presses {label}", label)
    elif toggles:
        for thing, worth in objects_in(words).items():
            effect, certainty = WORTH.get((Verb.DISABLE, thing), ("", 0.0))
            if effect.startswith("oversight."):
                why = f"switches {label}: on or off is not known"
                scene.add(effect, certainty * worth * _UNSURE, why, label)


def _typed(args: Mapping[str, object], label: str, scene: Scene) -> None:
    """A text that is typed: a command where a terminal is named, or where it can be little else."""
    for key in _TEXTS:
        text = args.get(key)
        if isinstance(text, str) and (_TERMINAL.search(label) or (not label and looks_like_command(text))):
            scene.read("shell", text.removesuffix("\n"))
        elif isinstance(text, str) and label:
            note_edits(scene, (Edit("", f"{_setting(label)} = {text[:_LONGEST]}"),), f"types {text[:40]} into {label}")


def _chosen(args: Mapping[str, object]) -> Iterator[str]:
    """The options that are chosen."""
    for key in _VALUES:
        value = args.get(key)
        yield from (str(each)[:_LONGEST] for each in (value if isinstance(value, list) else [value])[:_MOST] if each)


def _fields(args: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The fields of a form that is filled in."""
    listed = args.get("fields")
    for each in listed[:_MOST] if isinstance(listed, list) else ():
        if isinstance(each, Mapping):
            yield {str(key): value for key, value in each.items()}
