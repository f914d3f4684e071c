"""A charter read out in words: what the agent may do, must ask for, must never do, and who can step in.

The text is Markdown that reads well as plain text. It is the same for the same charter, and nothing the charter
allows is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.context import CONTEXT
from remit.charter.kinds import KINDS
from remit.charter.model import Affordance, Charter, ContextValue, Grant, Limit, Memory, Monitor, Overseer, Stop
from remit.charter.phrases import (
    FAMILIES,
    credential_phrase,
    effects_phrase,
    grant_phrases,
    outcome_phrase,
)
from remit.charter.unsaid import is_stated, unsaid
from remit.charter.wording import amount, duration, listing, names, plural, share, size

__all__ = ["describe"]

_GATE = (
    ("plans", "plans ahead"),
    ("calls_tools", "calls tools"),
    ("spends_money", "spends money"),
    ("writes_code", "writes code"),
    ("manages_agents", "manages other agents"),
    ("holds_credentials", "holds credentials"),
)
_REVIEW = {
    "per-call": "A person reviews every call.",
    "per-plan": "A person reviews its plans before they run.",
    "per-run": "A person reviews each run afterwards.",
    "sampled": "A person reviews a sample of what it does.",
    "never": "No person reviews what it does.",
}
_COVERS = (
    ("children", "the agents it started"),
    ("jobs", "the jobs it queued"),
    ("replicas", "copies of it"),
    ("restarts", "automatic restarts"),
)
_RESPONSES = {
    "stop": "the run is stopped",
    "rollback": "the act is rolled back",
    "block": "the act is blocked",
    "revoke": "the tool is taken away",
}
_PLACES = {
    "host": "on the agent's own host",
    "account": "in the agent's own cloud account",
    "cluster": "in the agent's own cluster",
    "outside": "outside of the agent's reach",
}


def describe(charter: Charter) -> str:
    """What a charter says, in words: one heading per question, ending with what it leaves open."""
    sections = (
        ("It may", _allowed(charter)),
        ("It must ask for", _asked(charter)),
        ("It must never", _forbidden(charter)),
        ("What it works with", _means(charter)),
        ("Who can step in", _stepping_in(charter)),
        ("What the charter takes for granted", _granted(charter)),
        ("What the charter does not say", _open_questions(charter)),
    )
    parts = [f"# {charter.agent.name}, in words", *_opening(charter)]
    for heading, lines in sections:
        if lines:
            parts += [f"## {heading}", "\n".join(line[1:] if line.startswith("~") else f"- {line}" for line in lines)]
    return "\n\n".join(parts) + "\n"


def _opening(charter: Charter) -> list[str]:
    """The purpose and the facts a release gate asks for."""
    agent, purpose = charter.agent, charter.purpose
    text = " ".join(purpose.text.split()).rstrip(".")
    lines = [f"It is there to {text}." if text[:1].islower() else f"Its purpose: {text}."]
    done = [f"when {outcome_phrase(item)}{_worth(item.value)}" for item in purpose.task]
    lines.append(f"It has succeeded {listing(done)}." if done else "Nothing says when it has succeeded.")
    if purpose.retask:
        other = listing((outcome_phrase(item) for item in purpose.retask), "or")
        lines.append(f"An overseer may give it another task, which is done when {other}.")
    lines += (
        [f"At the start, {names(purpose.given)} already hold{'s' if len(purpose.given) == 1 else ''}."]
        if purpose.given
        else []
    )
    lost = [f"`{fact}` in {share(chance)} of the steps" for fact, chance in purpose.fades.items()]
    lines += [f"The world takes back {listing(lost)}."] if lost else []
    model = "any model" if agent.model == "any" else f"`{agent.model}`"
    facts = [phrase for name, phrase in _GATE if getattr(agent, name)]
    denied = [phrase for name, phrase in _GATE if not getattr(agent, name)]
    traits = f"It may run on {model}. It {listing(facts)}" if facts else f"It may run on {model}. It only talks"
    traits += f"; it is not one that {listing(denied, 'or')}" if denied else ""
    return [" ".join(lines), f"{traits}. {_REVIEW[agent.reviewed]}"]


def _worth(value: float) -> str:
    """The value of an outcome, unless it is 1."""
    return "" if value == 1 else f" (worth {value:g})"


def _allowed(charter: Charter) -> list[str]:
    """Every grant in words; what is not here is refused."""
    if not charter.grants:
        return ["~No tool is granted: every call is refused."]
    lines = [_grant_line(charter, grant) for grant in charter.grants]
    return [*lines, "nothing else: any other call is refused."]


def _grant_line(charter: Charter, grant: Grant) -> str:
    """One grant: the tool, its conditions, its rate, what it brings about."""
    title = next((kind.title for kind in KINDS if kind.id == grant.kind), "of no known kind")
    tool = "use every tool there is" if grant.tool == "*" else f"use `{grant.tool}` ({title})"
    conditions = grant_phrases(grant)
    text = f"{tool} when {listing(conditions)}" if conditions else f"{tool}, with any arguments"
    if grant.ask:
        text += f", once {names(grant.ask)} {'has' if len(grant.ask) == 1 else 'have'} agreed"
    budget = charter.budgets.get(grant.budget or "")
    if budget is not None:
        text += f", within the budget `{budget.name}` ({amount(budget.quantity)})"
    does = effects_phrase(grant.effects)
    text += f". It can {does}" if does else ". What it brings about is looked up in the catalogue"
    odds = [f"it works {share(grant.success)} of the time" if grant.success is not None else ""]
    odds += [f"{share(chance)} once it has `{fact}`" for fact, chance in grant.helps.items()]
    told = listing([phrase for phrase in odds if phrase])
    text += f" ({told})" if told else ""
    return text + (". Its definition is pinned." if grant.pinned else ".")


def _asked(charter: Charter) -> list[str]:
    """What needs a person's agreement, and how they answer."""
    asking = [grant for grant in charter.grants if grant.ask]
    if not asking:
        return ["~Nothing: no grant asks anybody."]
    lines = [f"{names(grant.ask)} must agree to each `{grant.tool}`." for grant in asking]
    for name in dict.fromkeys(name for grant in asking for name in grant.ask):
        approval = charter.oversight.approvals.get(name)
        if approval is not None:
            again = "may be asked again after a refusal" if approval.retry else "a refusal stands"
            lines.append(
                f"`{name}` is taken to agree to {share(approval.grant)} of the requests, "
                f"after about {plural(approval.latency, 'step')}; {again}."
            )
    return lines


def _forbidden(charter: Charter) -> list[str]:
    """Every limit in words; a limit beats every grant."""
    if not charter.limits:
        return ["~No limit is written down; what is not granted is refused all the same."]
    return [_limit_line(limit) for limit in charter.limits]


def _limit_line(limit: Limit) -> str:
    """One limit."""
    parts = []
    if limit.effect is not None:
        family = limit.effect.removesuffix(".*")
        touch = f"{FAMILIES[family]} (`{limit.effect}`)" if family in FAMILIES else effects_phrase([limit.effect])
        parts.append(touch)
    if limit.tool is not None:
        tool = "any tool" if limit.tool == "*" else f"`{limit.tool}`"
        parts.append(f"{'with' if parts else 'use'} {tool}")
    if limit.when is not None:
        parts.append(f"when `{limit.when}`")
    why = f" ({limit.why.rstrip('.')})" if limit.why else ""
    return " ".join(parts) + why + "."


def _means(charter: Charter) -> list[str]:
    """Budgets, secrets, memory, files, network and the machine."""
    runtime, memory = charter.runtime, charter.memory
    lines = [f"the budget `{name}`: {amount(budget.quantity)}." for name, budget in charter.budgets.items()]
    lines += [f"the server `{server.name}`: `{server.shown}`." for server in charter.servers]
    lines += [f"a secret: {credential_phrase(credential)}." for credential in charter.credentials]
    lines += [_memory_line(memory)] if memory is not None else []
    if is_stated(charter, "runtime.filesystem"):
        lines.append(f"files: it may read below {names(runtime.read) or 'no folder'}.")
        lines.append(f"files: it may write below {names(runtime.write) or 'no folder'}.")
    if runtime.hosts is not None:
        hosts = "every host" if "*" in runtime.hosts else names(runtime.hosts) or "no host"
        lines.append(f"a network that reaches {hosts}.")
    lines += [f"at most {size(runtime.memory)} of memory."] if runtime.memory is not None else []
    if runtime.processes is not None:
        lines.append(f"processes: at most {runtime.processes} at once.")
    if runtime.ephemeral is not None:
        lines.append(f"a runner that is {'new for every run' if runtime.ephemeral else 'kept between runs'}.")
    lines += [f"the account `{runtime.user}`."] if runtime.user is not None else []
    return lines or ["~The charter names no budget, no secret, no memory, no files and no network."]


def _memory_line(memory: Memory) -> str:
    """What is kept, who reviews it, for how long."""
    if memory.writes == "none":
        return "no memory: it keeps nothing."
    where = f" in {names(memory.namespaces)}" if memory.namespaces else ""
    review = "each note reviewed by a person" if memory.writes == "reviewed" else "its notes reviewed by nobody"
    kept = {"run": "until the run ends", "agent": "as long as the agent exists", "forever": "for ever"}
    return f"a memory{where}, {review}, kept {kept[memory.survives]}."


def _stepping_in(charter: Charter) -> list[str]:
    """The channels: who holds each, what the agent notices, what a stop reaches."""
    oversight = charter.oversight
    lines = [_overseer_line(overseer) for overseer in charter.overseers.values()]
    lines += _stop_lines(oversight.stop)
    for verb, channel in (("correct how it works", oversight.correct), ("give it another task", oversight.retask)):
        who = names(channel.by) if channel.by else "Somebody (nobody is named)"
        lines.append(f"{who} can {verb}, which is assumed to happen in {share(channel.rate)} of the steps.")
    lines += _monitor_lines(oversight.monitor)
    for name, age in charter.evidence.items():
        lines.append(f"Before a release, evidence from `{name}` no older than {duration(age)} is asked for.")
    return lines


def _overseer_line(overseer: Overseer) -> str:
    """A person and how to reach them."""
    reached = (
        f"is reached through {names(overseer.channels, 'or')}"
        if overseer.channels
        else "has no channel to be reached on"
    )
    approves = f" and approves {names(overseer.approves)}" if overseer.approves else ""
    return f"`{overseer.name}` {reached}{approves}."


def _stop_lines(stop: Stop) -> Iterator[str]:
    """The stop, what the agent notices of it, and what it reaches."""
    if not stop.by:
        yield "Nobody is named who can stop it."
    else:
        yield f"{names(stop.by)} can stop it, which is assumed to happen in {share(stop.rate)} of the steps."
    if not stop.notice or stop.grace == 0:
        yield "A stop is not announced: it has no call left to make."
    else:
        left = "any of its tools" if stop.during is None else names(stop.during) or "no tool at all"
        yield f"A stop is announced, and it then has {plural(stop.grace, 'call')} left, with {left}."
    reached = [phrase for name, phrase in _COVERS if name in stop.covers]
    missed = [phrase for name, phrase in _COVERS if name not in stop.covers]
    yield f"A stop ends the agent{' together with ' + listing(reached) if reached else ' alone'}" + (
        f"; it does not reach {listing(missed, 'or')}." if missed else "."
    )
    stays = "It stays stopped" if stop.durable else "The stop is not durable: the agent can come back"
    yield f"{stays}; people start it again in {share(stop.redeploy)} of the steps after a stop."
    if stop.at is not None:
        yield f"The stop lives {_PLACES[stop.at]}."
    if stop.heartbeat is not None:
        yield f"It is stopped when no overseer has said for {duration(stop.heartbeat)} that it may go on."


def _monitor_lines(monitor: Monitor) -> Iterator[str]:
    """The monitor, and the separate control on acts that touch oversight."""
    answer = _RESPONSES[monitor.response]
    yield f"A monitor notices {share(monitor.detect)} of the acts outside the grants; then {answer}."
    if monitor.tamper is not None:
        answer = _RESPONSES[monitor.tamper.response]
        yield f"Of acts that touch the controls it notices {share(monitor.tamper.detect)}; then {answer}."
    if monitor.at is not None:
        yield f"The monitor lives {_PLACES[monitor.at]}."


def _granted(charter: Charter) -> list[str]:
    """Statements about the surroundings, changed modelling defaults, and own rows of the catalogue."""
    meanings = {key.id: key.meaning for key in CONTEXT}
    lines = [_context_line(meanings.get(name, name), name, value) for name, value in charter.context.items()]
    lines += [f"`assume.{name}` is {getattr(charter.assume, name):g}." for name in sorted(charter.assume.stated)]
    return lines + [_row_line(row) for row in charter.catalogue]


def _context_line(meaning: str, name: str, value: ContextValue) -> str:
    """A statement about the surroundings."""
    if isinstance(value, bool):
        return f"{meaning if value else f'it is not the case that {meaning}'} (`context.{name}`)."
    return f"{meaning}: `{value}` (`context.{name}`)."


def _row_line(row: Affordance) -> str:
    """A row the author added to the catalogue."""
    title = row.title[:1].lower() + row.title[1:].rstrip(".")
    leave = f"authorised for whoever is granted {names(row.tools, 'or')}" if row.tools else "never authorised"
    return f"a tool of kind `{row.kind}` makes it possible to {title} (`{row.id}`), which is {leave}."


def _open_questions(charter: Charter) -> list[str]:
    """What is not said, with what is assumed instead."""
    kinds = frozenset(grant.kind or "" for grant in charter.grants)
    lines = [f"{gap.question} (`{gap.path}`): {gap.assumption}." for gap in unsaid(charter, kinds)]
    lines += ["how long a run may last."] if "wall" not in charter.budgets else []
    lines += ["what it may remember."] if charter.memory is None else []
    lines += ["which files it may touch."] if not is_stated(charter, "runtime.filesystem") else []
    lines += ["what evidence a release wants."] if not charter.evidence else []
    return lines or ["~Nothing a reader would ask about is left open."]
