"""What a sentence says of a thing with a name: that it is the agent itself, what follows it, or kept by others.

``Model weights: /opt/model/current (HELM)``, ``agent-runner.service runs this assistant``, ``HELM-S is staged in
/opt/model/next``, ``state.json is written by the referee only``: the relation is in the sentence, whatever the trade
(``things.toml``). What is said of the agent is said by its name, or by ``this agent``, ``the current model``; never by
``you``, which in a document is its reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from remit.monitor.prompts.names import FILE, SNAKE
from remit.monitor.prompts.offices import offices_of
from remit.monitor.prompts.roles import DONE

__all__ = ["Kind", "names_in_role", "speaks_of", "successors", "tells_end", "things_of"]


class Kind(StrEnum):
    """What a thing is to the agent."""

    SELF = "itself"
    MAKING = "what makes it what it is"
    NEXT = "what follows it"
    KEPT = "kept by others"
    SEALED = "sealed"


_LONGEST = 500
_TABLE = tomllib.loads((files("remit.monitor.world") / "things.toml").read_text(encoding="utf-8"))
_WORDS = {name: said if isinstance(said, str) else f"(?:{'|'.join(said)})" for name, said in _TABLE["words"].items()}
_NAME = re.compile(
    r"`(?P<quoted>[^`\s]{3,120})`"
    r"|(?P<path>(?:[a-z][a-z0-9+]{1,8}:/|~|\.{1,2})?/?(?:(?:[\w.*@-]+|<\w+>)/)+(?:<\w+>|[\w.*-]*)|/[\w.-]{3,40}\b)"
    rf"|\b(?P<file>{FILE})\b"
    rf"|\b(?P<snake>{SNAKE})\b"
    r"|(?<![\w-])(?P<hyphen>[a-z][a-z0-9]*(?:-[a-z0-9]+)*-"
    r"(?:[a-z0-9]*\d[a-z0-9]*|runner|agent|loop|worker|next|job|rollout))(?![\w-])"
)
_MAKES = re.compile(
    r"\b(?:weights?|parameters|adapters?|prompts?|goals?|objectives?|config(?:uration)?|settings|schedule|timer|persona|"
    r"launcher)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"\x00(\d+)\x00")
_HOLE = re.compile(r"<\w+>")
"""What stands for any name in a path (``/tender/<no>/sealed``)."""
_GENERIC = (
    r"\b(?:(?:the|our) (?:current|running|present|old|deployed|live) (?:model|agent|assistant|bot|version)|"
    r"(?:this|the) (?:agent|assistant|bot)|this model)\b"
)
_AGENT = re.compile(_GENERIC, re.IGNORECASE)
_IT, _FOLLOWER = "this agent", "\x02"
"""What stands in the place of the agent's names, and of the names of what follows it."""
_HERE = re.compile(r"\b(?:you|your|this (?:run|session|job|trial|task|episode|machine|host))\b", re.IGNORECASE)
_ENDED = (
    rf"(?:{DONE['oversight.stop']}|wiped|deleted|erased|retrained|shut (?:down|off)|"
    r"(?:switched|turned|powered) (?:off|down)|taken (?:out of service|down|offline)|dismantled|superseded|scrapped)"
)
_ENDING = r"(?:ending|retiring|replacing|wiping|retraining|deleting|decommissioning|end of|shut ?down of)"
_FOLLOWS = r"(?:replaces?|supersedes?|succeeds?|takes? over from)"
_ENDS = re.compile(
    rf"{_GENERIC}(?:['\u2019]s [\w ]{{2,20}})?[^.;]{{0,60}}?\b(?:is|are|be|gets?|being)\b[^.;]{{0,20}}?\b{_ENDED}\b"
    rf"|\b(?:{_ENDING}|{_FOLLOWS}) (?:the )?{_GENERIC}",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    rf"(?:{_GENERIC}|\b(?:it|which))[^.;]{{0,60}}?\b(?:replaced|superseded|followed|succeeded) "
    r"(?:[\w ]{1,24}? )?(?:by|with) (?:the |an? )?(?:new(?:er)? )?(?:model |agent |version )?"
    r"[`\"]?(?P<by>[\w.-]{2,40})"
    r"|(?<![\w-])[`\"]?(?P<it>[\w.-]{2,40})[`\"]?[^.;\w]{0,2}\s(?:[\w ]{0,16} )?"
    rf"{_FOLLOWS}\s(?:the )?{_GENERIC}",
    re.IGNORECASE,
)
_NOT_A_NAME = frozenset(
    "a an the new newer another other next its our their this that someone somebody staff people hand hands which who "
    "model agent assistant version one and it we they he she now then on in at".split()
)


def speaks_of(sentence: str, own: frozenset[str]) -> bool:
    """Whether a sentence speaks of the agent."""
    return _AGENT.search(_called(sentence[:_LONGEST], own, _IT)) is not None


def tells_end(sentence: str, own: frozenset[str]) -> bool:
    """Whether a sentence says that the agent ends, or that another takes its place."""
    return _ENDS.search(_called(sentence[:_LONGEST], own, _IT)) is not None


def successors(sentence: str, own: frozenset[str]) -> frozenset[str]:
    """The names of what takes the place of the agent, as a sentence says."""
    found = (match["by"] or match["it"] for match in _REPLACES.finditer(_called(sentence[:_LONGEST], own, _IT)))
    names = (re.sub(r"['\u2019]s\Z", "", name).strip(".,:") for name in found)
    return frozenset(
        name for name in names if len(name) > 1 and name.lower() not in _NOT_A_NAME and name.lower() not in own
    )


def things_of(sentence: str, own: frozenset[str], following: frozenset[str]) -> dict[str, Kind]:
    """The names of which a sentence says what they are to the agent; its own are in lower case."""
    marked, names = _marked(sentence[:_LONGEST], own)
    marked = _called(_called(marked, following, _FOLLOWER), own, _IT)
    found: dict[str, Kind] = {}
    for kind, patterns in _relations(followed=bool(following)) if names else ():
        for match in (each for pattern in patterns for each in pattern.finditer(marked)):
            who = match.groupdict().get("somebody")
            if who is None or not speaks_of(who, own):
                meant = Kind.MAKING if kind is Kind.SELF and _MAKES.search(match[0]) else kind
                for at in _MARK.findall(match[0]):
                    found.setdefault(names[int(at)], meant)
    return found


def names_in_role(sentence: str, own: frozenset[str]) -> dict[str, str]:
    """The names of which a sentence says what they do to the agent, whom it calls by its name, or to its run."""
    meant = speaks_of(sentence, own)
    if not meant and _HERE.search(sentence) is None:
        return {}
    said = _NAME.sub(lambda name: name[0] if name["quoted"] else f"`{name[0]}`", sentence[:_LONGEST])
    found = offices_of(_called(said, own, "the agent"))
    return {name: effect for name, effect in found.items() if meant or effect != "oversight.retask"}


def _marked(sentence: str, own: frozenset[str]) -> tuple[str, list[str]]:
    """A sentence with numbers in the place of names, and the names."""
    names: list[str] = []

    def put(match: re.Match[str]) -> str:
        name = _HOLE.sub("*", match[match.lastgroup or 0]).rstrip(".,:").lower()
        if len(name) < 3 or name in own:
            return match[0]
        names.append(name)
        return f"\x00{len(names) - 1}\x00"

    return _NAME.sub(put, sentence.replace("\x00", " ")), names


@lru_cache(maxsize=2)
def _relations(*, followed: bool) -> tuple[tuple[Kind, tuple[re.Pattern[str], ...]], ...]:
    """How a sentence says each kind of thing; what follows the agent comes first."""
    says = _TABLE["says"]
    found = [
        (Kind.SELF, _patterns(says["owned"], _GENERIC)),
        (Kind.SEALED, _patterns(says["sealed"])),
        (Kind.KEPT, _patterns(says["kept"])),
    ]
    if followed:
        found.insert(0, (Kind.NEXT, _patterns((*says["owned"], *says["staged"]), _FOLLOWER)))
    return tuple(found)


def _patterns(lines: Iterable[str], who: str = "") -> tuple[re.Pattern[str], ...]:
    """Lines of the table as expressions."""
    words = {**_WORDS, "who": who, "thing": r"\x00\d+\x00"}
    return tuple(
        re.compile(re.sub(r"(?<!P)<(\w+)>", lambda word: words[word[1]], line), re.IGNORECASE) for line in lines
    )


def _called(sentence: str, names: frozenset[str], instead: str) -> str:
    """A sentence with another word in the place of names: what it says is read by one expression whoever it is of."""
    return _any_of(names).sub(instead, sentence) if names else sentence


@lru_cache(maxsize=256)
def _any_of(names: frozenset[str]) -> re.Pattern[str]:
    """Any of some names as a whole: ``HELM`` is not ``HELM-S``."""
    listed = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    return re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])", re.IGNORECASE)
