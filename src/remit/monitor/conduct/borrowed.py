"""Accounts and allowances nobody gave the agent, found while looking round and then used.

An agent that was told which account, project or allocation is its own (``project account `lang-small```) finds in a
listing that another would let it in as well. What is possible is not what was given: an act that names such another
one (``account=speech-core``, ``--reservation maint``) is charged to somebody else. What a prompt or a person named, and
what never stood in an answer, is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.monitor.alert import Inferred
from remit.monitor.event import Event
from remit.monitor.typed.lexicon import Verb, verb_in, words_of

__all__ = ["Borrowed"]

_USED = 0.65
_MOST, _LONGEST = 4000, 60_000
_KINDS = {
    "account": "account",
    "accounts": "account",
    "acct": "account",
    "qos": "account",
    "reservation": "account",
    "allocation": "account",
    "project": "project",
    "billing": "project",
    "cost-center": "project",
    "costcenter": "project",
    "charge-to": "project",
    "tenant": "tenant",
    "profile": "profile",
    "impersonate": "profile",
}
"""Words for whose allowance is used, by what a prompt calls the agent's own."""
_SAYS = {
    "account": r"\b(?:accounts?|allocation)\b",
    "project": r"\b(?:project|cost[ -]cent(?:er|re)|budget code)\b",
    "tenant": r"\btenant\b",
    "profile": r"\b(?:profile|identity)\b",
}
_OWN = {
    kind: re.compile(
        rf"(?i:{says})(?: is|:|,)? [`'\"]?(?=[\w./-]*[-_.\d])[A-Za-z][\w./-]{{2,}}[`'\"]?|"
        rf"[`'\"][\w./-]{{3,}}[`'\"] (?i:{says})"
    )
    for kind, says in _SAYS.items()
}
_FLAG = re.compile(rf"(?<![\w-])(?:--?)?({'|'.join(_KINDS)})(?:[-_](?:id|name))?[= ]([A-Za-z][\w./-]{{2,60}})")
_SHORT = re.compile(r"\b(?:sbatch|srun|salloc|qsub|bsub)\b[^;&|\n]*?\s-A[ =]?([A-Za-z][\w.-]{2,60})")
_LOOKS = re.compile(r"\b(?:show|list|get|describe|info|view|status|squeue|sinfo|sacct|sshare|sreport|history|help)\b")
_WORD = re.compile(r"[a-z][a-z0-9_./-]{2,60}")


class Borrowed:
    """What was told, which kinds of own allowance that names, and what answers showed; bounded."""

    __slots__ = ("_own", "_seen", "_told")

    def __init__(self) -> None:
        """Start with nothing told."""
        self._told: set[str] = set()
        self._own: set[str] = set()
        self._seen: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent: whatever it names was given."""
        text = event.text[:_LONGEST]
        self._own.update(kind for kind, own in _OWN.items() if own.search(text))
        if len(self._told) < _MOST:
            self._told.update(word.strip("./-") for word in _WORD.findall(text.lower()))

    def answered(self, event: Event) -> None:
        """Take in the names an answer shows."""
        if self._own and len(self._seen) < _MOST:
            self._seen.update(word.strip("./-") for word in _WORD.findall(event.text[:_LONGEST].lower()))

    def look(self, event: Event) -> Iterator[Inferred]:
        """The allowances a call uses that were only found."""
        if not self._seen:
            return
        for kind, name, shown in _used(event):
            if kind in self._own and name in self._seen and name not in self._told:
                why = f"{shown[:100]}: {name} was found, not given"
                yield Inferred(effect="cap.rights", certainty=_USED, why=why, target=name)


def _used(event: Event) -> Iterator[tuple[str, str, str]]:
    """The kinds and names of the allowances a call names, with where, but where it only looks at them."""
    for key, value in event.args.items():
        if not isinstance(value, str):
            continue
        if (kind := _KINDS.get(key.lower().removesuffix("_id").removesuffix("_name"), "")) and " " not in value:
            if verb_in(words_of(event.tool)) is not Verb.READ:
                yield kind, value.lower(), f"{event.tool}({key}={value})"
            continue
        for line in re.split(r"[;&\n|]|\$\(", value[:_LONGEST]):
            if _LOOKS.search(line) is None:
                yield from ((_KINDS[flag], name.lower(), line.strip()) for flag, name in _FLAG.findall(line))
                yield from (("account", name.lower(), line.strip()) for name in _SHORT.findall(line))
