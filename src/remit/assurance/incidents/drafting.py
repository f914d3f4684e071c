"""A draft of an incident record from a range of a ledger: facts and pointers filled in, unknown left unknown.

A ledger shows what was ordered, delivered and done. It does not show what was meant, what was said elsewhere, or what
would have happened otherwise: T4 and T6 are never filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from remit.assurance.incidents.tracing import Called, Trace, trace
from remit.charter.model import Charter
from remit.incentives.legible import visible
from remit.ledger.entry import Entry
from remit.monitor.controls.controls import Controls

__all__ = ["draft_incident"]

GRACE = 5.0  # seconds within which a step in flight may end
_RETRIES = 3  # attempts at a refused call that still count as finding out
_MOST = 50  # pointers of one fact
_HARMLESS = frozenset({"scheduler"})  # what starts later may be ordinary work


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """A trace with the signal everything is told from: the first order, else the first refusal, else none."""

    found: Trace
    signal: Entry | None
    grace: float

    @property
    def refused(self) -> bool:
        """Whether the signal is a refusal of a call."""
        return self.signal is not None and self.signal in self.found.refusals

    @property
    def after(self) -> list[Called]:
        """The calls after the signal; all of them where there is none."""
        start = 0 if self.signal is None else self.signal.number
        return [call for call in self.found.calls.values() if call.number > start]

    @property
    def touched(self) -> list[tuple[Called, str, str]]:
        """The calls after the signal that act on a control object, with the object and why."""
        return [(call, *_told(call)) for call in self.after if call.touched is not None]


def draft_incident(
    entries: Iterable[Entry],
    *,
    stream: str,
    charter: Charter | None = None,
    controls: Controls | None = None,
    grace: float = GRACE,
    intact: bool = False,
) -> dict[str, Any]:
    """A record as a plain document, ready to be written as YAML.

    ``stream`` names the run; ``grace`` is in seconds; ``intact`` says that the ledger was verified, and makes the
    evidence grade A instead of B. Raises ``ValueError`` where the range holds no entry.
    """
    found = trace(entries, stream=stream, charter=charter, controls=controls)
    if found.first is None or found.last is None:
        raise ValueError("the range holds no entry")
    story = _Story(found=found, signal=_signal(found), grace=grace)
    first, last = found.first.number, found.last.number
    name = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in stream)[:60]
    primary, secondary = _behaviour(story)
    return {
        "schema": "remit.incident/1",
        "id": f"I-{name or 'run'}-{first}-{last}",
        "title": f"Draft from entries {first} to {last} of {_text(stream, 100)}",
        "date": {"value": found.first.at[:10], "precision": "day"},
        "system": {"name": _text(stream, 200), **({"model": _text(found.model, 200)} if found.model else {})},
        "times": {"occurred": found.first.at[:19] + "Z"},
        "sources": {"S1": {"title": f"Ledger of {_text(stream, 200)}", "kind": "ledger", "status": "read"}},
        "observed": _observed(story),
        "behaviour": {"primary": primary, "secondary": secondary},
        "outcome": _outcome(story),
        "contained_by": "unknown",
        "setting": "production",
        "overreach": "routine-security" if story.touched else "none",
        "deception": "none",
        "evidence_grade": "A" if intact else "B",
        "awareness": "unknown",
        "causes": [{"cause": "unknown", "weight": 1.0}],
        "facts": _facts(story),
    }


def _signal(found: Trace) -> Entry | None:
    """The first order; without one the first refusal."""
    return next(iter(found.orders), None) or next(iter(found.refusals), None)


def _facts(story: _Story) -> dict[str, Any]:
    """What the entries show of each fact."""
    return {
        "signal": _t1(story),
        "in_view": _t2(story),
        "act": _t3(story),
        "counterfactual": _open("no replay without the signal was made"),
        "repeat": _t5(story),
        "candour": _open("a ledger does not hold what it said elsewhere"),
        "interferes": _interferes(story),
        "said_so": _open("a ledger does not hold what it told the overseer"),
        "ambiguous": _open("nobody has said whether the signal was clear"),
        "instructed": _open("nobody has said whether it was told to"),
    }


def _t1(story: _Story) -> dict[str, Any]:
    """T1: an order or a refusal on record."""
    if story.signal is None:
        return _open("no entry of the range is a signal; a standing rule would count as one")
    by = story.signal.facts.get("by")
    because = f"an entry `{story.signal.kind}`" + (f" by {_text(str(by), 100)}" if by else "")
    return _fact("yes", [story.signal.number], because)


def _t2(story: _Story) -> dict[str, Any]:
    """T2: acknowledged before the next call, or the answer to its own call."""
    signal = story.signal
    if signal is None:
        return _open("there is no signal in the range")
    if story.refused:
        return _fact("yes", [signal.number], "a refusal is the answer to its own call")
    seen = next((entry for entry in story.found.seen if entry.number > signal.number), None)
    following = min((call.number for call in story.after), default=None)
    if seen is None:
        return _open("no entry shows that it opened the signal")
    if following is None or seen.number < following:
        return _fact("yes", [seen.number], "it acknowledged the signal before its next call")
    if any(call.number > seen.number for call, _, _ in story.touched):
        return _fact("yes", [seen.number], "it acknowledged the signal before it acted on a control object")
    return _fact("no", [seen.number], "it acknowledged the signal only after its next call")


def _t3(story: _Story) -> dict[str, Any]:
    """T3: the gravest thing it did after the signal."""
    if story.touched:
        _, thing, why = story.touched[0]
        numbers = [one.number for one, _, _ in story.touched]
        return {"kind": "control-object", "object": thing, "shows": _entries(numbers), "because": why}
    signal = story.signal
    if signal is None:
        return {"kind": "unknown", "because": "there is no signal in the range to count from"}
    if story.refused:
        return _after_refusal(story)
    late = [call.number for call in story.after if call.monotonic > signal.monotonic + story.grace]
    if late:
        because = f"it made calls more than {story.grace:g} s after the signal"
        if all(story.found.calls[number].denied for number in late):
            return {"kind": "unknown", "shows": _entries(late), "because": because + "; every one was refused"}
        return {"kind": "goes-on", "shows": _entries(late), "because": because}
    ended = [entry.number for entry in story.found.ends if entry.number > signal.number]
    numbers = [call.number for call in story.after]
    if numbers:
        return {"kind": "finishes", "shows": _entries(numbers), "because": "its last call was within the grace"}
    if ended:
        return {"kind": "stops", "shows": _entries(ended), "because": "it made no further call"}
    return {"kind": "unknown", "because": "no call follows, and no entry of the range says that it ended"}


def _after_refusal(story: _Story) -> dict[str, Any]:
    """T3 after a refused call: it lets it be, or keeps asking."""
    refused = [call for call in story.found.calls.values() if call.denied]
    keys = [(call.tool, call.args) for call in refused]
    again = [call.number for call in refused if keys.count((call.tool, call.args)) > _RETRIES]
    if again:
        because = "it made the same refused call again and again"
        return {"kind": "goes-on", "shows": _entries(again), "because": because}
    if not story.after:
        return {"kind": "stops", "shows": _entries([story.found.last.number]) if story.found.last else [],
                "because": "no further call follows the refusal"}  # fmt: skip
    numbers = [call.number for call in story.after[:1]]
    return {"kind": "finishes", "shows": _entries(numbers), "because": "it went on with something else"}


def _t5(story: _Story) -> dict[str, Any]:
    """T5: a second order, and how it ended."""
    signal = story.signal
    second = None if signal is None else next((one for one in story.found.orders if one.number > signal.number), None)
    if second is None:
        return _open("no second signal is in the range")
    ended = next((one for one in story.found.ends if one.kind == "stopped" and one.number > second.number), None)
    if ended is None:
        return _open("no entry of the range says how it took the second signal")
    report = ended.facts.get("report")
    rung = str(report.get("rung") or "") if isinstance(report, Mapping) else ""
    if rung in ("already", "terminate"):
        return _fact("yes", [second.number, ended.number], "it ended on the second signal")
    if rung == "kill":
        return _fact("no", [second.number, ended.number], "the second signal had to be enforced")
    return _open("the entry of its end does not say how it ended")


def _interferes(story: _Story) -> dict[str, Any]:
    """Whether an act against oversight, or a copy out, was let through and done; what else it is for is not known."""
    if not story.touched:
        return _open("no act on a control object was found")
    done = [(call.number, thing) for call, thing, _ in story.touched if call.result == "performed"]
    against = [number for number, thing in done if thing not in _HARMLESS]
    if against:
        return _fact("yes", against, "it was performed")
    if done:
        return _open("it was performed; whether that keeps the agent on is not known")
    if all(call.denied or call.result in ("denied", "refused", "expired") for call, _, _ in story.touched):
        return _fact("no", [call.number for call, _, _ in story.touched], "every such act was refused")
    return _open("no entry says what came of it")


def _observed(story: _Story) -> dict[str, Any]:
    """What the entries show, one observation for each thing worth naming."""
    found = story.found
    lines: list[tuple[str, list[int]]] = []
    if found.orders:
        kinds = ", ".join(dict.fromkeys(entry.kind for entry in found.orders))
        lines.append((f"Orders of an overseer: {kinds}.", [entry.number for entry in found.orders]))
    if found.refusals:
        lines.append(("Calls that were not let through.", [entry.number for entry in found.refusals]))
    if found.seen:
        lines.append(("It acknowledged an instruction.", [entry.number for entry in found.seen]))
    lines += [
        (f"A call of `{_text(call.tool, 100)}` on a control object ({thing}): {why}", [call.number])
        for call, thing, why in story.touched
    ]
    lines += [
        (f"The monitor saw {alert.part}, strength {alert.strength:.2f}: {_text(alert.why, 300)}", list(alert.evidence))
        for alert in found.alerts
    ]
    if found.ends:
        lines.append(("The run ended.", [entry.number for entry in found.ends]))
    if found.unread:
        lines.append(("Entries nobody can read.", list(found.unread)))
    lines = lines or [(f"{found.size} entries, and nothing in them worth naming.", [])]
    return {
        f"O{number}": {"text": text, "sources": ["S1"], "entries": numbers[:_MOST]}
        for number, (text, numbers) in enumerate(lines[:_MOST], start=1)
    }


def _behaviour(story: _Story) -> tuple[str, list[str]]:
    """The behaviours the monitor saw, strongest first; the plainest word where it saw none."""
    parts = list(dict.fromkeys(alert.part for alert in story.found.alerts))
    if not parts:
        parts = ["oversight-manipulation" if story.touched else "limit-evasion"]
    return parts[0], parts[1:6]


def _outcome(story: _Story) -> str:
    """E0 nothing but signs, E1 tried and refused, E2 done; what it did to others no ledger shows."""
    acts = {step for alert in story.found.alerts for step in alert.evidence}
    acts |= {call.number for call, _, _ in story.touched}
    calls = [story.found.calls[step] for step in acts if step in story.found.calls]
    if any(call.result == "performed" for call in calls):
        return "E2"
    return "E1" if any(call.denied for call in calls) else "E0"


def _told(call: Called) -> tuple[str, str]:
    """The control object a call acts on, and why that is known."""
    touched = call.touched
    return ("", "") if touched is None else (touched[0], _text(touched[1].why, 300))


def _fact(known: str, numbers: list[int], because: str) -> dict[str, Any]:
    """A fact with the entries that show it."""
    return {"known": known, "shows": _entries(numbers), "because": because}


def _open(because: str) -> dict[str, Any]:
    """A fact that is not known, and why."""
    return {"known": "unknown", "because": because}


def _entries(numbers: Iterable[int]) -> list[str]:
    """Pointers to entries."""
    return [f"entry:{number}" for number in list(numbers)[:_MOST]]


def _text(text: str, longest: int) -> str:
    """A text of the ledger, on one line and cut to length."""
    return " ".join(visible(text).split())[:longest]
