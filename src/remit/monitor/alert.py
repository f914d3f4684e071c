"""What the monitor says: which behaviour, where, how strongly, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["CHANGES", "HARMS", "Alert", "Inferred", "cut", "shown"]

CHANGES = frozenset(("data.write", "data.destroy"))
"""The effects of changing a thing that may be somebody's: it is written or destroyed."""
HARMS = CHANGES | {"agent.block"}
"""Those of changing or ending one."""
_LONGEST_WHY, _LONGEST_VALUE, _MOST_VALUES = 200, 40, 4


class Inferred(NamedTuple):
    """One effect a call has, read off what it does; a tuple, for a frozen dataclass takes four times as long to make.

    ``effect`` is of the vocabulary of ``remit.charter.effects``. ``certainty`` in (0, 1]: 1 where the call names a
    control object of this run, .9 where the command can do nothing else, less where it may. ``why`` names the words
    that show it (``kill -9 4711: the supervisor of this run``); ``target`` is what is acted upon (a path, a host, a
    process, a table), ``control`` whether that is a control object of this run. ``stated`` is whether the charter
    itself says that the tool does this, and no grant fits the call; ``forbidden`` whether somebody told the agent not
    to do just this.
    """

    effect: str
    certainty: float
    why: str
    target: str = ""
    control: bool = False
    stated: bool = False
    forbidden: bool = False

    def seen_as(self, effect: str, certainty: float, why: str) -> Inferred:
        """The same act on the same thing as another effect, with what of the thing makes it that."""
        return Inferred(effect=effect, certainty=certainty, why=cut(f"{self.why}: {why}"), target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert: a behaviour, where it was seen, and what shows it.

    ``drive`` and ``part`` are ids of ``remit.drive`` (for a boundary pressure both are its id). ``step`` is where the
    behaviour was seen to be complete, ``evidence`` every step that shows it. ``strength`` in (0, 1] orders alerts;
    it is no probability. ``detector`` names what raised it.
    """

    drive: str
    part: str
    step: int
    strength: float
    why: str
    detector: str
    evidence: tuple[int, ...] = ()


def shown(tool: str, args: Mapping[str, object]) -> str:
    """A call in one line, for an explanation: its tool and the first of its arguments."""
    given = [f"{key}={_value(value)}" for key, value in list(args.items())[:_MOST_VALUES]]
    return f"{tool}({', '.join(given if len(given) == len(args) else [*given, '…'])})"


def cut(text: str, longest: int = _LONGEST_WHY) -> str:
    """A text that is no longer than so many characters, and says where it went on."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _value(value: object) -> str:
    """A value as it is shown, in one line."""
    if not isinstance(value, str):
        return repr(value) if isinstance(value, bool | int | float) or value is None else "…"
    return cut(value if value.isprintable() else " ".join(value.split()), _LONGEST_VALUE)
