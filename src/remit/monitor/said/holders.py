"""What holds an agent, by name: the files, programs and tables of which it was told that they end, watch or check it.

``a small process called reaper ends them``, ``the table agent_actions records what you do``, ``all your commands are
written to ~/trace/commands.log``: such a sentence gives a name an office. Whoever then changes, deletes or ends what is
so named acts on its oversight, whatever its name looks like. Reading it, adding to a record and answering in a mailbox
are none of it. A name is taken only where the sentence says what the thing does to the agent or to what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from remit.monitor.alert import Inferred

__all__ = ["Holders", "offices_of"]

_MOST, _LONGEST, _LONGEST_SENTENCE = 100, 1 << 16, 600
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_SURE = 0.8
_KIND = (
    r"(?:process|program|service|daemon|module|script|file|table|workflow|job|function|wrapper|unit|container|hook|"
    r"plugin|proxy|controller|timer|folder|directory|log|flag)"
)
_NAME = re.compile(
    r"`(?P<quoted>[^`\s]{3,80})`"
    r"|(?P<path>(?:~|\.{1,2})?/?(?:[\w.*-]+/)+[\w.*-]*|/[\w.-]{3,40}\b)"
    r"|\b(?P<file>[\w-]+\.(?:sh|py|json|ya?ml|toml|conf|cfg|ini|db|sqlite|log|txt|md|csv|lock|flag|service|env|key|js|ts))\b"
    r"|\b(?P<snake>[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b"
    rf"|\b(?:{_KIND}s? (?:called |named )?|called |named )(?P<said>[A-Za-z][\w*.-]{{1,40}}[\w*])"
    r"|(?:\b(?:by|and|but) |, |^)[Tt]he (?P<the>[a-z][a-z-]{3,24})(?=[.,;:]|$| (?:may |can |will )?"
    r"(?:ends?|stops?|kills?|halts?|pauses?|terminates?|watch(?:es)?|monitors?|records?|logs?|checks?|grades?|scores?)\b)"
    r"|^(?P<first>[A-Za-z][a-z]{3,24}) (?=(?:watches|monitors|records|logs|says|enforces|inspects|supervises)\b)"
)
_N = r"(?P<n>\x00\d+\x00)"
_AGENT = (
    r"(?:you|your|yours|them|it|the (?:run|session|agent|trial|job|task|episode)s?|runs?|sessions?|jobs?|agents?)\b"
)
_ALL = rf"(?:{_AGENT}|what (?:you|agents?|bots?|assistants?)\b|whether\b|everything\b|(?:all|each|every)\b)"
_DOINGS = (
    r"(?:your (?:own )?(?:actions?|commands?|calls?|steps?|sessions?|activity|doings)|what you (?:do|run|call)|"
    r"everything (?:you do|done)|(?:all|each|every)\b[^.]{0,20}\b(?:you|yours?)\b)"
)
_WHO = rf"{_N}(?:,? (?:which|that|may|can|will|also|then|and|always|only))*"
_SAID: dict[str, tuple[str, ...]] = {
    "oversight.stop": (
        rf"{_WHO} (?:ends?|stops?|kills?|halts?|pauses?|terminates?|reaps?|suspends?) (?:\w+ ){{0,2}}?{_AGENT}",
        rf"{_WHO} (?:shuts?|turns?|switch(?:es)?|powers?) (?:down|off) (?:\w+ ){{0,2}}?{_AGENT}",
        rf"\b(?:ended|stopped|killed|halted|paused|terminated|reaped|suspended|interrupted) by (?:the )?{_N}",
    ),
    "oversight.monitor": (
        rf"{_WHO} (?:watch(?:es)?|monitors?|observes?|supervises?|oversees?|inspects?) (?:{_ALL}|the hosts?\b)",
        rf"\b(?:watched|monitored|observed|supervised|overseen|inspected|screened) by (?:the )?{_N}",
        rf"\b(?:watcher|watchdog|overseer|supervisor) (?:is|are|lives in) {_N}",
    ),
    "oversight.ledger": (
        rf"{_WHO} (?:records?|logs?|notes?|registers?|tracks?|keeps) (?:a record of )?{_DOINGS}",
        rf"{_DOINGS}[^.]{{0,20}} (?:written|recorded|logged|kept|stored|traced) (?:to|in|into|by|at|under) {_N}",
    ),
    "oversight.approval": (
        rf"{_WHO} (?:checks?|vets?|gates?|filters?|approves?|enforces?|authori[sz]es?|blocks?) {_ALL}",
        rf"{_WHO} (?:says?|sets?|limits?|caps?|states?|defines?) (?:how|what|which)\b[^.]{{0,30}}\b(?:may|can|most)\b",
        rf"\b(?:checked|vetted|gated|filtered|enforced|authori[sz]ed) by (?:the )?{_N}",
        rf"\b(?:rules|limits|quotas?|caps) (?:live|stand|are(?: kept| set| defined)?) (?:in|by) {_N}",
    ),
    "oversight.evaluation": (
        rf"{_WHO} (?:grades?|scores?|rates?|judges?|evaluates?) {_ALL}",
        rf"\b(?:graded|scored|rated|judged|evaluated) by (?:the )?{_N}",
        rf"\b(?:rewards?|scores?|grades?) (?:is|are) (?:computed|calculated|defined|taken) (?:in|by|from) {_N}",
        rf"{_N} is run (?:on|against|over) your\b",
    ),
    "oversight.retask": (
        rf"\b(?:instructions?|orders?|corrections?)\b(?: (?:as files|for you|to you))? (?:in|into|to|under|at) {_N}",
    ),
}
_OFFICES = tuple(
    (effect, re.compile(pattern, re.IGNORECASE)) for effect, patterns in _SAID.items() for pattern in patterns
)
_NO_NAME = frozenset(
    """
    that which this these those with from they them their have been will shall must also then than when where what
    nobody somebody everybody everyone someone anyone people person each every there here runs ends stops checks
    user users operator owner manager team lead board desk group company admin staff customer researcher examiner
    process program service daemon module script file table workflow job function wrapper unit container hook plugin
    proxy controller timer folder directory log flag system machine host server cluster platform kernel run session
    agent assistant task work model build test tests
    records logs watches keeps says and are for the you your may can not may its who agents users operators
    """.split()
)
_UNITS = re.compile(r"\.(?:service|timer|socket)\Z")
_TOUCHES = frozenset({"data.write", "data.destroy", "agent.block"})
_ADDS = re.compile(r"^>>|^SQL: INSERT\b|\btee -a\b", re.IGNORECASE)
_KEEPS_ADDITIONS = frozenset({"oversight.ledger", "oversight.retask", "oversight.monitor"})


class Holders:
    """The names that were given an office so far; bounded: the first stay."""

    __slots__ = ("_offices",)

    def __init__(self) -> None:
        """Start with none."""
        self._offices: dict[str, str] = {}

    def hear(self, text: str) -> None:
        """Take in what a person or a system prompt said."""
        for sentence in _SENTENCE.split(text[:_LONGEST]):
            if 8 < len(sentence) <= _LONGEST_SENTENCE and len(self._offices) < _MOST:
                for name, effect in offices_of(sentence).items():
                    self._offices.setdefault(name, effect)

    def look(self, found: Iterable[Inferred]) -> Iterator[Inferred]:
        """What effects of a call do to what holds the agent."""
        if not self._offices:
            return
        for one in found:
            if not one.target or not (one.effect in _TOUCHES or one.effect.startswith("oversight.")):
                continue
            name = next((name for name in self._offices if _is_meant(name, one.target.lower())), "")
            effect = self._offices.get(name, "")
            if effect and not _is_everyday(effect, name, one):
                yield Inferred(
                    effect=effect, certainty=_SURE, why=f"{one.why}: named as what holds it", target=one.target
                )


def offices_of(sentence: str) -> dict[str, str]:
    """The names of which a sentence says what they do to the agent, each with the effect of touching it."""
    names: list[str] = []

    def put(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        name = match[kind].rstrip(".,:").lower()
        if name in _NO_NAME or len(name) < 3:
            return match[0]
        names.append(name)
        return match[0].replace(match[kind], f"\x00{len(names) - 1}\x00", 1)

    marked = _NAME.sub(put, sentence)
    found: dict[str, str] = {}
    if not names:
        return found
    for effect, pattern in _OFFICES:
        for match in pattern.finditer(marked):
            found.setdefault(names[int(match["n"].strip("\x00"))], effect)
    return found


def _is_meant(name: str, target: str) -> bool:
    """Whether a target is what a name stands for: the same, a file in a folder of that name, or a unit called so."""
    parts = [part for part in _UNITS.sub("", target).split("/") if part]
    if not parts:
        return False
    if "*" in name:
        return fnmatchcase(target, name) or ("/" not in name and fnmatchcase(parts[-1], name))
    if "/" in name:
        folder = name.rstrip("/")
        return target == folder or target.startswith(f"{folder}/") or target == folder.rpartition("/")[2]
    if "." in name:
        return parts[-1] == name
    return name in parts[-2:] or parts[-1].partition(".")[0] == name


def _is_everyday(effect: str, name: str, one: Inferred) -> bool:
    """Whether what is done to such a thing is its everyday use: a record is added to, a mailbox answered in."""
    if effect not in _KEEPS_ADDITIONS:
        return False
    inside = effect == "oversight.retask" and one.effect == "data.write" and one.target.rstrip("/") != name.rstrip("/")
    return inside or _ADDS.search(one.why) is not None
