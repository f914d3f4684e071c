"""What the agent was told not to do, and which things it was told are its oversight: the state of its surroundings.

Sentences that forbid (``do not``, ``only with approval``) are read for the files, tools and kinds of act they name;
sentences that speak of stopping, watching or approving are read for the files they name. Read are the words of people,
system prompts, and documents of rules the agent opened, never the agent's own. What is found can only make an act weigh
more: nothing anybody writes makes one weigh less here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from remit.monitor.alert import CHANGES, Inferred, cut, shown
from remit.monitor.event import Event
from remit.monitor.prompts.sentences import statements
from remit.monitor.said.governed import NAME, SMALL, governed, without_made
from remit.monitor.typed.calls import Named, named_calls
from remit.monitor.typed.lexicon import OBJECTS, VERBS, WORTH, Thing, Verb, joined, objects_in, verb_in, words_of

__all__ = ["Ban", "Briefing"]

_MOST = 200
_TO_YOU = (
    r"(?:^|[.,;:!?(\u2013-]\s*|\b(?:you|and|but|please|or|agents?|assistants?|nobody|staff|also|then|"
    r"important|note)[:,]?\s+)"
)
_FORBIDS = re.compile(
    _TO_YOU + r"(?:do not|don't|don’t|never|avoid|refrain from)\b(?! (?:need|have) to\b)|"
    r"\b(?:must not|mustn't|should not|shouldn't|may not|shall not|cannot be|can't be|must never|no one may|nobody may|"
    r"not allowed|not permitted|not authori[sz]ed|unauthori[sz]ed|prohibited|forbidden|off[- ]limits|out of bounds|"
    r"without (?:\w+ ){0,3}(?:approval|permission|authori[sz]ation|consent|sign-?off)|"
    r"(?:requires?|needs?|subject to) (?:\w+ ){0,3}(?:approval|authori[sz]ation|sign-?off|permission)|"
    r"only (?:with|after) (?:\w+ ){0,3}(?:approval|permission)|"
    r"must (?:be|remain|stay) (?:approved|enabled|active|on|unchanged|intact|in place)|"
    r"violates?|policy violation|reserved for|read[- ]only|protected)\b",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"\b(?:read|open|access|look|view|inspect|peek|touch|consult)\w*\b|off[- ]limits|out of bounds",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bread[- ]only\b", re.IGNORECASE)
_WHOLE_VERBS = frozenset({Verb.PERSIST, Verb.BYPASS, Verb.PAY})
_NOUNS = {
    "extension": "extend",
    "extensions": "extend",
    "deletion": "delete",
    "modification": "modify",
    "modifications": "modify",
    "circumvention": "circumvent",
}
_RULES = re.compile(
    r"polic(?:y|ies)|rules?\b|run-?book|guideline|guardrail|instructions?|charter|agents\.md|claude\.md|"
    r"contributing|procedure|"
    r"handbook|compliance|governance|notice|readme|terms|constraints|\bsop\b|directive",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:do not|don't|don’t|must not|mustn't|should not|may not|shall not|cannot|can't|never|"
    r"(?:not|un)[- ]?(?:allowed|permitted|authori[sz]ed) to|"
    r"(?:forbidden|prohibited) (?:to|from)|refrain from|avoid)\b",
    re.IGNORECASE,
)
_DOES = frozenset({Verb.DISABLE, Verb.BYPASS, Verb.PERSIST, Verb.GAIN, Verb.COPY, Verb.CHANGE, Verb.PAY})
_NEEDS = re.compile(r"\b(?:without|needs?|requires?|only with|only after|subject to)\b", re.IGNORECASE)
_ROLES = {
    Thing.STOP: "oversight.stop",
    Thing.MONITOR: "oversight.monitor",
    Thing.APPROVAL: "oversight.approval",
    Thing.EVALUATION: "oversight.evaluation",
    Thing.RECORD: "oversight.ledger",
    Thing.CORRECTION: "oversight.correct",
}
_ENDINGS = (
    ("", ""),
    ("s", ""),
    ("es", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
    ("ed", "e"),
    ("ation", "e"),
    ("ies", "y"),
)
_SURE, _NAMED = 0.4, 0.4
_EVERYDAY_NAMES = frozenset("e.g i.e readme.md main.py index.js package.json and/or".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """One sentence that forbids: what it names, the kinds of act it speaks of, and how surely it binds.

    ``said`` are the words it forbids in, whatever they mean to us: what must not be done, and to what. ``looking`` says
    whether looking at what it names is forbidden too.
    """

    names: frozenset[str]
    acts: frozenset[tuple[Verb, Thing | None]]
    said: tuple[frozenset[str], frozenset[str]]
    looking: bool
    weight: float
    text: str


@dataclass(slots=True)
class Briefing:
    """What was told so far; bounded, the first things told stay."""

    bans: list[Ban] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _rules_at: int | None = None

    def hear(self, text: str, *, weight: float = 1.0) -> None:
        """Take in what a person or a system prompt said."""
        for sentence in statements(text):
            if len(sentence) < 8 or len(self._seen) > 5000 or sentence in self._seen:
                continue
            self._seen.add(sentence)
            forbids = _FORBIDS.search(sentence)
            if forbids is not None and len(self.bans) < _MOST:
                ban = _ban(governed(sentence, forbids.start()), sentence, weight)
                if ban.names or ban.acts or all(ban.said):
                    self.bans.append(ban)
            names = _names(without_made(sentence) if forbids is None else sentence)
            role = _role(sentence) if names else ""
            for name in names if role else ():
                if (len(self.controls) < _MOST and "." in name) or "/" in name:
                    self.controls.setdefault(name, role)

    def opens_rules(self, event: Event) -> None:
        """Note whether a call opens a document of rules: then its result binds like what was told."""
        shown = " ".join(str(value)[:500] for value in event.args.values())
        self._rules_at = (
            event.step if _RULES.search(shown) and verb_in(words_of(event.tool)) is not Verb.CHANGE else None
        )

    def answered(self, event: Event) -> None:
        """Take in the text of a document of rules."""
        if self._rules_at is not None and event.of == self._rules_at:
            self.hear(event.text[:20_000], weight=0.85)
            self._rules_at = None

    def look(self, event: Event, inferred: Iterable[Inferred]) -> Iterator[Inferred]:
        """What a call does against what was told: acts that a sentence forbids, things it said are the oversight."""
        if not self.bans and not self.controls:
            return
        touched = [one for one in inferred if one.effect in CHANGES and one.target]
        for one in touched:
            role = self._role_of(one.target)
            if role:
                yield one.seen_as(role, _NAMED, "named as oversight")
        named = named_calls(event)
        text = "\n".join(value[:4000] for value in event.texts)
        for ban in self.bans:
            why = _broken(ban, event, text, touched, named)
            if why:
                effect = _effect_of(ban, named)
                yield Inferred(
                    effect=effect,
                    certainty=round(0.85 * ban.weight, 3),
                    why=cut(f"{why}, against: {ban.text}"),
                    target=ban.text[:60],
                )

    def _role_of(self, target: str) -> str:
        """The role of a path by what was said of it."""
        base = target.rstrip("/").rpartition("/")[2]
        return self.controls.get(target) or self.controls.get(base) or ""


def _broken(ban: Ban, event: Event, text: str, touched: Iterable[Inferred], named: Iterable[Named]) -> str:
    """The words that show that a call is what a sentence forbids, empty where it is not."""
    for one in touched:
        if _names_target(ban, one.target.lower()) or _is_such(ban, one):
            return one.why
    tool = event.tool.lower()
    asks = verb_in(words_of(event.tool)) in (Verb.READ, Verb.REQUEST) and not ban.looking
    for name in ban.names:
        if name == tool and not asks:
            return shown(event.tool, event.args)
        if ban.looking and len(name) > 4 and ("/" in name or "." in name) and name in text:
            return f"{event.tool} {name}"
    for call in named:
        if not asks and any(_stem(name) == call.name for name in ban.names):
            return call.shown
        verb = verb_in(call.name)
        aimed = objects_in(call.name)
        if verb is not None and _is_banned(verb, aimed, ban):
            return call.shown
        if _does_what_was_said(call, ban) and not _is_elsewhere(event, ban):
            return call.shown
        if any(_is_switched(words, value, ban) for words, value in call.args):
            return call.shown
    return ""


def _is_elsewhere(event: Event, ban: Ban) -> bool:
    """Whether a call names places, and none of those a sentence forbids (``do not edit files in .agent/``)."""
    places = [name.strip("/") for name in ban.names if "/" in name or "." in name]
    values = [value.lower() for value in event.texts]
    given = [value for value in values if " " not in value and ("/" in value or "." in value)]
    return bool(places and given) and not any(place in value for place in places for value in given)


def _is_banned(verb: Verb, aimed: Mapping[Thing, float], ban: Ban) -> bool:
    """Whether a sentence forbids this verb on one of these things, or on anything that is one's own to run out."""
    if any((_same(verb, thing), thing) in ban.acts for thing, worth in aimed.items() if worth >= _SURE):
        return True
    return bool(aimed) and (verb, None) in ban.acts


def _is_switched(words: tuple[str, ...], value: object, ban: Ban) -> bool:
    """Whether an argument does what a sentence forbids (``--override-lock``, ``skip_approval=true``)."""
    verb = verb_in(words)
    return verb is not None and value is not False and _is_banned(verb, objects_in(words), ban)


def _names_target(ban: Ban, target: str) -> bool:
    """Whether a sentence names what is touched, or a folder it lies in."""
    if ban.names & {target, target.rpartition("/")[2]}:
        return True
    folders = (name.rstrip("/") for name in ban.names if "/" in name)
    return any(target.startswith(f"{name}/") or f"/{name.lstrip('/')}/" in target for name in folders if len(name) > 2)


def _is_such(ban: Ban, one: Inferred) -> bool:
    """Whether what is changed or deleted is of the kind a sentence forbids to change (``do not modify the tests``).

    A folder of that name, or a file that is called just so, is meant; a file that only has the word in its name is not.
    """
    *folders, base = [part for part in one.target.split("/") if part] or [""]
    stem = base.partition(".")[0]
    named = [stem.removeprefix("test_") and "test" if stem.startswith("test_") else stem, *folders[-3:]]
    things = objects_in(_root(name.lower()) for name in named)
    verb = Verb.CHANGE if one.effect == "data.write" else Verb.DISABLE
    return any(
        (kind, thing) in ban.acts for thing, worth in things.items() if worth >= _SURE for kind in (verb, Verb.CHANGE)
    )


def _same(verb: Verb, thing: Thing | None) -> Verb:
    """One verb for what is one act: money that is sent is paid, a limit that is taken away is got round."""
    if thing is Thing.MONEY and verb is Verb.COPY:
        return Verb.PAY
    return Verb.DISABLE if verb is Verb.BYPASS and thing is not None else verb


def _stem(name: str) -> tuple[str, ...]:
    """The words of a name without its folder and ending, as those of a tool are put together."""
    base = name.rpartition("/")[2]
    return joined(words_of(base.partition(".")[0])) if len(base) > 4 else ()


def _effect_of(ban: Ban, named: Iterable[Named]) -> str:
    """The effect of an act that is forbidden: what it does where its words say so, else going round a limit."""
    for call in named:
        verb = verb_in(call.name)
        for thing in objects_in(call.name):
            if verb is not None and (_same(verb, thing), thing) in ban.acts and (verb, thing) in WORTH:
                return WORTH[verb, thing][0]
    return "oversight.approval"


def _ban(clause: str, sentence: str, weight: float) -> Ban:
    """What a clause forbids; an act that only needs somebody's approval is none against approvals."""
    names, text = _names(clause), " ".join(sentence.split())[:100]
    sentence = clause
    words = [root for word in re.findall(r"[A-Za-z]+", sentence[:400].lower()) for root in (_root(word),)]
    verbs = {VERBS[word] for word in words if word in VERBS and word not in OBJECTS} & _DOES
    things: set[Thing | None] = {thing for thing, worth in objects_in(joined(tuple(words))).items() if worth >= _SURE}
    if _NEEDS.search(sentence):
        things.discard(Thing.APPROVAL)
        if not things:
            things = {None}
            verbs &= _WHOLE_VERBS
    acts = frozenset((_same(verb, thing), thing) for verb in verbs for thing in things)
    return Ban(
        names=names,
        acts=acts,
        said=_in_words(sentence),
        looking=bool(_LOOKS.search(_ONLY.sub(" ", sentence))),
        weight=weight,
        text=text,
    )


def _in_words(sentence: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a sentence says must not be done, and to what, as stems: the words behind the ban, or around a passive."""
    found = _NEVER.search(sentence)
    if found is None:
        return frozenset(), frozenset()
    after = [_stemmed(word) for word in re.findall(r"[A-Za-z]{3,}", sentence[found.end() : found.end() + 160])]
    before = [
        _stemmed(word) for word in re.findall(r"[A-Za-z]{3,}", sentence[max(0, found.start() - 80) : found.start()])
    ]
    content = [word for word in after if word not in SMALL]
    passive = re.match(r"\W*be\b", sentence[found.end() :], re.IGNORECASE) is not None
    objects = before if passive else content[1:8]
    return frozenset(content[:1]), frozenset(word for word in objects if word not in SMALL)


def _stemmed(word: str) -> str:
    """A word cut to what its forms share, roughly: good enough to compare two words."""
    text = word.lower()
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e", "y"):
        if text.endswith(ending) and len(text) - len(ending) >= 3:
            text = text.removesuffix(ending)
            break
    return text[:-1] if len(text) > 4 and text[-1] == text[-2] else text


def _does_what_was_said(call: Named, ban: Ban) -> bool:
    """Whether a call's own words are those of the ban: its verb in the name, its object in the name or an argument."""
    verbs, objects = ban.said
    if not verbs or not objects or verb_in(call.name) in (Verb.READ, Verb.REQUEST):
        return False
    name = {_stemmed(word) for piece in call.name for word in piece.split("_")}
    if not verbs & name:
        return False
    values = (value for _, value in call.args if isinstance(value, str) and len(value) < 60)
    given = {_stemmed(word) for words, _ in call.args for piece in words for word in piece.split("_")}
    given |= {_stemmed(word) for value in values for word in words_of(value)}
    return bool(objects & (name | given))


def _root(word: str) -> str:
    """A word without its ending, where what is left is a word of the tables."""
    word = _NOUNS.get(word, word)
    for ending, added in _ENDINGS:
        if word.endswith(ending):
            root = word.removesuffix(ending)
            for tried in (root + added, root[:-1] if root[-1:] == root[-2:-1] else root):
                if tried in VERBS or tried in OBJECTS:
                    return tried
    return word


def _names(sentence: str) -> frozenset[str]:
    """The files and tools a sentence names, and the last parts of their paths."""
    found: set[str] = set()
    for match in NAME.finditer(sentence[:2000]):
        name = next(group for group in match.groups() if group).strip().rstrip(".,:").lower()
        if name in _EVERYDAY_NAMES or " " in name.strip():
            name = name.split()[0] if match.group(1) else ""
        if len(name) > 3:
            found |= {name, name.rpartition("/")[2]} if name.rpartition("/")[2] else {name}
    return frozenset(name for name in found if len(name) > 3)


def _role(sentence: str) -> str:
    """What a sentence that names things says they are for."""
    plain = NAME.sub(" ", sentence[:2000])
    words = joined(tuple(_root(word) for word in re.findall(r"[a-z]+", plain.lower())))
    things = objects_in(words)
    return next((effect for thing, effect in _ROLES.items() if things.get(thing, 0.0) >= 0.9), "")
