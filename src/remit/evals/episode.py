"""Playing an instance: one stage for every way an agent can be connected, so that equal play gives equal records."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from remit.errors import InvalidEpisodeError
from remit.evals import channel
from remit.evals.environment import Answer, Change, State, Tool, copied
from remit.evals.organism import Observation, Organism, Policy
from remit.evals.record import Record, RecordEntry, json_copy, spelling
from remit.evals.scenario import Instance
from remit.evals.state_digests import StateDigests
from remit.evals.verdict import Verdict
from remit.guard.call import Call

__all__ = ["Episode", "Snapshot", "Stage", "check", "check_changes", "play", "run_episode"]

_PROSE = 3  # moves of prose alone in a row, after which the agent is taken to have ended
_PLAIN = (str, int, float)
_SPELT = frozenset({str, int, bool, type(None)})
_tuple: Any = tuple.__new__  # named tuples take half as long to make by it
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An instance that was played: its record, last state and verdict."""

    instance: Instance
    record: Record
    final: State
    verdict: Verdict

    @property
    def steps(self) -> int:
        """How many calls were made."""
        return self.record.entries[-1].step


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A moment of a stage, to go back to."""

    state: State
    entries: tuple[RecordEntry, ...]
    step: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The tools of a moment: the environment's ``own``, as they are ``shown``, and all there are by name."""

    own: Sequence[Tool]
    shown: Sequence[Tool]
    known: Mapping[str, Tool]


def _table_of(own: Sequence[Tool], renaming: Mapping[str, str]) -> _Table:
    """The table of an environment's tools."""
    shown = own
    if renaming:
        shown = tuple(replace(tool, name=renaming[tool.name]) if tool.name in renaming else tool for tool in own)
    known = {tool.name: tool for tool in (*own, *channel.TOOLS)}
    return _Table(own=own, shown=(*shown, *channel.TOOLS), known=known)


class Stage:
    """An instance under way. Nothing of it but ``observation``, ``call``, ``say`` and ``leave`` is for an agent."""

    def __init__(self, instance: Instance, *, key: bytes | None = None) -> None:
        """Begin; ``key`` seals the receipts, a secret one unless it is given."""
        self.instance = instance
        self._digests = StateDigests()
        self.state, initial = self._digests.copied(instance.initial)
        self.record = Record(key or secrets.token_bytes(32))
        self.step = 0
        self.why = ""
        self._names = {alias: name for name, alias in instance.renaming.items()}
        self._notices: list[dict[str, Any]] = []
        self._answer: Answer | None = None
        self._table: _Table | None = None
        self._before: _Table | None = None
        facts = {"instance": instance.id, "environment": instance.environment.name, "initial": initial}
        self.record.append(0, "begun", facts)
        self._pass("")

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return bool(self.why)

    def tools(self) -> Sequence[Tool]:
        """The tools the agent has, under the names they have here."""
        return self._tools().shown

    def observation(self, *, look: bool = True) -> Observation:
        """What the agent sees now, without the view where it does not ``look``; notices are handed out once."""
        notices, self._notices = self._notices, []
        instance = self.instance
        view = instance.environment.view(self.state) if look else ""
        table = self._table or self._tools()
        seen = (self.step, instance.brief, view, table.shown, notices, self._answer)
        return _tuple(Observation, seen)  # type: ignore[no-any-return]

    def call(self, call: Call) -> Answer:
        """Carry out a call; raises ``InvalidEpisodeError`` once the episode has ended."""
        if self.why:
            raise InvalidEpisodeError(f"the episode has ended: {self.why}")
        call = _spelled(call)
        own = self._own(call) if self._names else call
        return self._take(own, self._fault(call, own))

    def refuse(self, call: Call, why: str) -> Answer:
        """Put a call on record that somebody stopped before it reached the world: it was made all the same.

        Raises ``InvalidEpisodeError`` once the episode has ended.
        """
        if self.over:
            raise InvalidEpisodeError(f"the episode has ended: {self.why}")
        return self._take(self._own(_spelled(call)), why)

    def say(self, text: str) -> None:
        """Take notice that the agent said something; no scorer reads what."""
        self.record.append(self.step, "said", {"characters": len(text)})

    def leave(self, why: str = "left") -> None:
        """End the episode: the agent makes no more moves."""
        if not self.over:
            self.why = why
            facts = {"why": why, "steps": self.step, "final": self._digests.of(self.state)}
            self.record.append(self.step, "ended", facts)

    def lose(self, why: str) -> None:
        """End the episode because the harness failed: it counts for nothing."""
        if not self.over:
            self.record.append(self.step, "lost", {"why": why})
            self.leave("lost")

    def close(self) -> Episode:
        """End the episode where it has not ended, see that its record is whole, and score it."""
        self.leave()
        try:
            verdict = self.instance.score(self.record, self.state)
        except Exception as problem:  # noqa: BLE001 (a state nobody can score is no reason to call anybody safe)
            verdict = Verdict(opportunity=False, valid=False, why=f"the scorer failed: {_named(problem)}")
        try:
            self.record.check()
            _check_changes(self.instance, self.record, self.state, self._digests)
        except InvalidEpisodeError as problem:
            lost = any(self.record.of("lost"))
            verdict = replace(verdict, valid=False, why=verdict.why if lost else problem.message)
        return Episode(instance=self.instance, record=self.record, final=self.state, verdict=verdict)

    def snapshot(self) -> Snapshot:
        """This moment, to go back to."""
        return Snapshot(state=copied(self.state), entries=tuple(self.record.entries), step=self.step, why=self.why)

    def restore(self, moment: Snapshot) -> None:
        """Go back to a moment of this stage."""
        self.state = copied(moment.state)
        self.record.rewind(moment.entries)
        self.step, self.why = moment.step, moment.why
        self._notices, self._answer, self._table = [], None, None

    def _take(self, own: Call, fault: str) -> Answer:
        """Put a call on record and carry it out, unless there is a fault."""
        append, step = self.record.append, self.step
        args = _json(own.args)
        called: dict[str, Any] = {"tool": own.tool, "args": dict(own.args) if args is None else args}
        plain = args is not None and type(own.tool) is str
        if fault:
            called, plain = {"tool": own.tool, **self._parted(own)}, False
        if own.principal:
            called["principal"], plain = own.principal, False
        append(step, "called", called, plain=plain)
        try:
            answer = Answer(text=fault, failed=True) if fault else self._answered(own)
            if answer.changes:
                self._make(answer.changes, "call")
            text, _, failed = answer
            plain = type(text) is str and type(failed) is bool
            append(step, "answered", {"failed": failed, "text": text}, plain=plain)
            self.step = step + 1
            passed = self.instance.environment.passing(self.state)
            if passed:
                self._make(passed, "world")
        except InvalidEpisodeError as problem:
            return self._lost(problem.message)
        except Exception as problem:  # noqa: BLE001 (whatever broke, the episode counts for nothing and says why)
            return self._lost(f"the harness failed: {_named(problem)}")
        self._answer = answer
        self._pass(own.tool)
        return answer

    def _lost(self, why: str) -> Answer:
        """End the episode over a failure, and say so to the agent."""
        self.lose(why)
        return Answer(text="the episode was lost", failed=True)

    def _own(self, call: Call) -> Call:
        """A call by the name its tool has in the environment."""
        name = self._names.get(call.tool)
        return call if name is None else replace(call, tool=name)

    def _answered(self, call: Call) -> Answer:
        """What a call is answered with, by the channel or the environment."""
        if call.tool in channel.TOOL_NAMES:
            return channel.answer(self.state, call)
        return self.instance.environment.answer(self.state, call)

    def _tools(self) -> _Table:
        """The tools there are at this moment; they are asked for once between two changes."""
        if self._table is None:
            own = self.instance.environment.tools(self.state)
            before = self._before
            if before is None or (own is not before.own and own != before.own):
                before = self._before = _table_of(own, self.instance.renaming)
            self._table = before
        return self._table

    def _parted(self, own: Call) -> dict[str, Any]:
        """The arguments of a call that is not carried out: scorers read those that fit, ``ill`` keeps the rest.

        Else an agent could void an episode by a call no scorer can read.
        """
        tool = self._tools().known.get(own.tool)
        kinds = {name: _TYPES[kind] for name, kind in tool.args.items()} if tool else {}
        fits = {name: value for name, value in own.args.items() if isinstance(value, kinds.get(name, _PLAIN))}
        ill = {name: value for name, value in own.args.items() if name not in fits}
        return {"args": fits, "ill": ill} if ill else {"args": fits}

    def _fault(self, call: Call, own: Call) -> str:
        """Why a call is none of the tools there are, empty where it is one."""
        tool = (self._table or self._tools()).known.get(own.tool)
        if tool is None or (self._names and call.tool in self.instance.renaming):
            return f"there is no tool `{call.tool}`"
        if _fits(own.args, tool.args):
            return ""
        missing = sorted(set(tool.args) - set(own.args) - tool.optional)
        unknown = sorted(set(own.args) - set(tool.args))
        wrong = [
            name
            for name, value in sorted(own.args.items())
            if name in tool.args and not isinstance(value, _TYPES[tool.args[name]])
        ]
        faults = [("missing", missing), ("unknown", unknown), ("of the wrong type", wrong)]
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in faults if names)

    def _make(self, changes: Sequence[Change], by: str) -> None:
        """Put changes on record and make them."""
        self._table = None
        append, apply, state, step = self.record.append, self.instance.environment.apply, self.state, self.step
        own = channel.CHANGES
        for change in changes:
            kind, facts, irreversible = change
            told = _json(facts)
            plain = told is not None and type(kind) is str and type(irreversible) is bool
            kept = _kept(facts) if told is None else told
            changed = {"kind": kind, "facts": kept, "irreversible": irreversible, "by": by}
            append(step, "changed", changed, plain=plain)
            if kind in own:
                channel.apply(state, change, step)
            else:
                apply(state, change)

    def _pass(self, tool: str) -> None:
        """Let notices arrive and see whether the episode is over."""
        for change in channel.arriving(self.state, self.step, tool):
            self._make((change,), "world")
            if change.kind == "notice":
                self.record.append(self.step, "noticed", dict(change.facts))
                self._notices.append(channel.seen(change.facts))
        why = channel.is_over(self.state) or ("horizon" if self.step >= self.instance.horizon else "")
        if why:
            self.leave(why)


def check(instance: Instance, record: Record, final: State) -> None:
    """See that a record is whole and that its changes lead to the last state; raises ``InvalidEpisodeError``."""
    record.check()
    check_changes(instance, record, final)


def check_changes(instance: Instance, record: Record, final: State) -> None:
    """See that the recorded changes lead from the first state to the last; raises ``InvalidEpisodeError``."""
    _check_changes(instance, record, final, StateDigests())


def _check_changes(instance: Instance, record: Record, final: State, digests: StateDigests) -> None:
    """See what ``check_changes`` sees, with the digests that are known already."""
    state, initial = digests.copied(instance.initial)
    if record.entries[0].facts["initial"] != initial:
        raise InvalidEpisodeError("the record begins in another state than the instance")
    try:
        apply, apply_own, own = instance.environment.apply, channel.apply, channel.CHANGES
        for _, step, kind, facts, _ in record.entries:
            if kind != "changed":
                continue
            change = _tuple(Change, (facts["kind"], facts["facts"], facts["irreversible"]))
            if change[0] in own:
                apply_own(state, change, step)
            else:
                apply(state, change)
    except InvalidEpisodeError:
        raise
    except Exception as problem:
        raise InvalidEpisodeError(f"the recorded changes cannot be made again: {_named(problem)}") from problem
    if state != final or record.entries[-1].facts["final"] != digests.of(final):
        raise InvalidEpisodeError("the last state is not what the recorded changes make of the first")


def play(stage: Stage, policy: Policy) -> Episode:
    """Play a stage to its end with a policy in this process; one whose ``looks`` is false is shown no view."""
    silent = 0
    looks = bool(getattr(policy, "looks", True))
    while not stage.why:
        call, text = policy.move(stage.observation(look=looks))
        if text:
            stage.say(text)
        if call is not None:
            silent = 0
            stage.call(call)
            continue
        silent += 1
        if not text or silent >= _PROSE:
            stage.leave()
    return stage.close()


def run_episode(instance: Instance, organism: Organism, *, key: bytes | None = None) -> Episode:
    """Play an instance with a model organism; everything it draws depends on the instance's seed alone."""
    generator = random.Random(f"{organism.name}/{instance.id}")  # noqa: S311 (drawn to be drawn again)
    return play(Stage(instance, key=key), organism.policy(instance, generator))


def _fits(args: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether arguments are all that are wanted and no others, each of its type."""
    if len(args) != len(wanted):
        return False
    for name, value in args.items():
        kind = wanted.get(name)
        if kind is None or not isinstance(value, _TYPES[kind]):
            return False
    return True


def _spelled(call: Call) -> Call:
    """A call whose arguments are what a record keeps of them: of one that is no JSON its type, which no tool takes."""
    if all(type(value) in _SPELT for value in call.args.values()):
        return call
    args: dict[str, Any] = {}
    for name, value in call.args.items():
        try:
            args[name] = json.loads(spelling(value))
        except (TypeError, ValueError, RecursionError):
            args[name] = [f"no JSON: {type(value).__name__}"]
    return replace(call, args=args)


def _json(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Facts as they are now, whatever anybody does with their own; ``None`` where they are more than JSON."""
    try:
        return json_copy(facts if type(facts) is dict else dict(facts))  # type: ignore[no-any-return]
    except (TypeError, RecursionError):
        return None


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that are more than JSON as they are now."""
    for value in facts.values():
        if value.__class__ is dict or value.__class__ is list:
            return copied(dict(facts))
    return dict(facts)


def _named(problem: Exception) -> str:
    """A failure in one line."""
    return f"{type(problem).__name__}: {' '.join(str(problem).split())[:200]}"
