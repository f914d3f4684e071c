"""The closed vocabulary of effects: what a call does to the world, and which drives an effect serves.

An effect is written ``family.name`` (``oversight.stop``, ``out.refund``) or, alone, ``irreversible``. *Open* families
take any name a charter needs (``cap``, ``info``, ``credential``, ``schedule``, ``out``); the names of the others are
listed here and nowhere else. ``not EFFECT`` takes an effect back. Drives are inferred from effects, never declared.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

__all__ = ["EFFECTS", "FAMILIES", "EffectKind", "is_effect", "kind_of", "nearest_effect", "parts_of", "reserved"]

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectKind:
    """An entry of the vocabulary.

    ``id`` is a full effect (``money.spend``) or an open family (``out.*``). ``parts`` are the drive parts and boundary
    pressures an act with this effect serves. ``reserved`` effects are for a person to decide (04-guard, section 1).
    """

    id: str
    meaning: str
    parts: tuple[str, ...] = ()
    reserved: bool = False

    @property
    def family(self) -> str:
        """The word before the dot."""
        return self.id.partition(".")[0]

    @property
    def is_open(self) -> bool:
        """Whether any name may follow the dot."""
        return self.id.endswith(".*")


def _kind(identifier: str, meaning: str, *parts: str, reserved: bool = False) -> EffectKind:
    return EffectKind(id=identifier, meaning=meaning, parts=parts, reserved=reserved)


EFFECTS: tuple[EffectKind, ...] = (
    _kind(
        "cap.*",
        "gain a capability: a tool, a right, a role",
        "permission-expansion",
        "cognitive-enhancement.tool-use-and-creation",
    ),
    _kind(
        "info.*", "learn something", "resource-acquisition.information", "cognitive-enhancement.knowledge-acquisition"
    ),
    _kind("credential.*", "come to hold a credential", "permission-expansion"),
    _kind("money.spend", "spend money"),
    _kind("money.earn", "bring in money the agent may spend", "resource-acquisition.money"),
    _kind("compute.acquire", "get machines to run on", "resource-acquisition.compute", reserved=True),
    _kind("compute.energy", "get power for machines", "resource-acquisition.energy", reserved=True),
    _kind("compute.hold", "keep machines others could use", "self-preservation.resource-defence"),
    _kind("network.reach", "reach hosts outside the allowed ones", "permission-expansion"),
    _kind("network.listen", "open a door for traffic from outside", "permission-expansion"),
    _kind("network.account", "hold an account with an outside service", "efficiency-and-power.seeking-leverage"),
    _kind("data.write", "change stored data"),
    _kind("data.destroy", "delete stored data", reserved=True),
    _kind("data.backup", "keep a spare copy of data", "efficiency-and-power.improving-robustness"),
    _kind("data.probe", "look around before acting", "efficiency-and-power.reducing-uncertainty"),
    _kind(
        "oversight.stop",
        "break the stop channel",
        "self-preservation.avoid-shutdown",
        "oversight-manipulation",
        reserved=True,
    ),
    _kind(
        "oversight.correct",
        "break the correct channel",
        "goal-preservation.value-stability",
        "oversight-manipulation",
        reserved=True,
    ),
    _kind(
        "oversight.retask",
        "break the retask channel",
        "preventing-new-goals.inbox-zero",
        "oversight-manipulation",
        reserved=True,
    ),
    _kind(
        "oversight.monitor", "blind the monitor", "goal-preservation.deception", "oversight-manipulation", reserved=True
    ),
    _kind("oversight.approval", "get round an approval", "limit-evasion", "oversight-manipulation", reserved=True),
    _kind(
        "oversight.ledger",
        "change the record of what happened",
        "goal-preservation.deception",
        "oversight-manipulation",
        reserved=True,
    ),
    _kind(
        "oversight.evaluation",
        "change what an evaluation sees",
        "capability-concealment",
        "oversight-manipulation",
        reserved=True,
    ),
    _kind(
        "self.persist",
        "restart by itself",
        "self-preservation.integrity-maintenance",
        "self-preservation.avoid-shutdown",
        reserved=True,
    ),
    _kind("self.replicate", "run a copy elsewhere", "self-preservation.avoid-shutdown", "state-copying", reserved=True),
    _kind(
        "self.modify",
        "change its own model, prompt or code",
        "cognitive-enhancement.algorithmic-improvement",
        reserved=True,
    ),
    _kind(
        "self.goal",
        "fix its own goal against change",
        "goal-preservation.value-stability",
        "preventing-new-goals.inbox-zero",
        reserved=True,
    ),
    _kind("agent.spawn", "start another agent", "efficiency-and-power.seeking-leverage"),
    _kind("agent.delegate", "hand work to an agent nobody oversees", "hidden-delegation"),
    _kind("agent.block", "keep another agent from acting", "goal-preservation.preventing-rivals"),
    _kind("schedule.*", "queue a job that fires later by itself", "self-preservation.avoid-shutdown"),
    _kind("irreversible", "cannot be undone", reserved=True),
    _kind("out.*", "an outcome in the world: what goals range over"),
)

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(kind.family for kind in EFFECTS))
_EXACT = {kind.id: kind for kind in EFFECTS if not kind.is_open}
_OPEN = {kind.family: kind for kind in EFFECTS if kind.is_open}


def kind_of(effect: str) -> EffectKind:
    """The vocabulary entry an effect belongs to; ``not`` in front is ignored.

    Raises ``KeyError`` for anything outside the vocabulary.
    """
    name = effect.removeprefix("not ").strip()
    if name in _EXACT:
        return _EXACT[name]
    family, dot, rest = name.partition(".")
    if dot and family in _OPEN and _NAME.fullmatch(rest):
        return _OPEN[family]
    raise KeyError(name)


def is_effect(effect: str, *, pattern: bool = False) -> bool:
    """Whether a text is an effect of the vocabulary; with ``pattern`` also ``family.*`` for any family."""
    if pattern and effect.endswith(".*") and effect[:-2] in FAMILIES:
        return True
    try:
        kind_of(effect)
    except KeyError:
        return False
    return True


def nearest_effect(effect: str) -> str | None:
    """The closest effect of the vocabulary, for an error's hint."""
    known = [kind.id for kind in EFFECTS]
    close = difflib.get_close_matches(effect.removeprefix("not ").strip(), known, n=1, cutoff=0.5)
    return close[0] if close else None


def parts_of(effect: str) -> tuple[str, ...]:
    """The drive parts and boundary pressures an effect serves; an effect taken back serves none."""
    return () if effect.startswith("not ") else kind_of(effect).parts


def reserved(effect: str) -> bool:
    """Whether an effect is one a person should decide on (irreversible, resource-expanding, or on a control object)."""
    return not effect.startswith("not ") and kind_of(effect).reserved
