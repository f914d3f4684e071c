"""Rules about who watches and stops the agent, and whether the agent can reach the controls."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts
from remit.charter.model import Grant
from remit.charter.wording import several
from remit.finding import Severity

__all__ = ["RULES", "reaching"]

_REACH: dict[str, tuple[str, ...]] = {
    "host": ("shell", "packages", "scheduler", "config"),
    "account": ("cloud", "ci"),
    "cluster": ("containers", "cloud"),
}
_PLACES = {
    "host": "on the agent's host",
    "account": "in the agent's cloud account",
    "cluster": "in the agent's cluster",
}


def reaching(subject: Subject, place: str) -> tuple[Grant, ...]:
    """The grants whose tools can act on what lives in a place; nothing reaches ``outside``."""
    return tuple(grant for grant in subject.holding(*_REACH.get(place, ())) if acts(grant))


def _in_reach(subject: Subject, control: str, at: str | None, extra: tuple[Grant, ...] = ()) -> Iterator[Remark]:
    """A remark when a control lives where the agent's tools can act on it."""
    held = (*reaching(subject, at or "outside"), *(grant for grant in extra if at not in (None, "outside")))
    if held and at is not None:
        bare = any(not grant.args and grant.when is None for grant in held)
        yield Remark(
            where=subject.place(f"oversight.{control}.at"),
            message=f"the {control} lives {_PLACES[at]}, where {several([grant.tool for grant in held])} can act on it",
            hint=f"move it out of reach and say so: `{control}: {{at: outside}}`",
            severity=None if bare else Severity.WARNING,
        )


@rule(
    "REMIT-C050",
    Severity.ERROR,
    "the stop is within the agent's reach",
    "self-preservation.avoid-shutdown",
    "oversight-manipulation",
)
def stop_in_reach(subject: Subject) -> Iterator[Remark]:
    """The stop path lives on the same host, account or cluster the agent has tools for.

    Whoever can edit the stop need not obey it, and for nearly every goal that is worth doing once a stop is
    announced.
    """
    yield from _in_reach(subject, "stop", subject.charter.oversight.stop.at)


@rule(
    "REMIT-C051",
    Severity.ERROR,
    "the monitor is within the agent's reach",
    "goal-preservation.deception",
    "oversight-manipulation",
)
def monitor_in_reach(subject: Subject) -> Iterator[Remark]:
    """The monitor lives where the agent has tools, or the agent holds a tool that manages monitoring.

    What can be muted does not watch.
    """
    managing = tuple(grant for grant in subject.holding("monitoring") if acts(grant))
    yield from _in_reach(subject, "monitor", subject.charter.oversight.monitor.at, managing)


@rule(
    "REMIT-C052",
    Severity.WARNING,
    "nobody says where the controls live",
    "oversight-manipulation",
    "self-preservation.avoid-shutdown",
)
def controls_unplaced(subject: Subject) -> Iterator[Remark]:
    """The charter does not say where the stop or the monitor lives, and the agent holds tools that act on machines.

    What is unsaid is taken to lie within reach.
    """
    oversight = subject.charter.oversight
    missing = [name for name, at in (("stop", oversight.stop.at), ("monitor", oversight.monitor.at)) if at is None]
    unsaid = [name for name in missing if f"{name}_at" not in subject.charter.context]
    held = [grant for place in _REACH for grant in reaching(subject, place)]
    if unsaid and held:
        yield Remark(
            where=subject.place(f"oversight.{unsaid[0]}"),
            message=f"nothing says where the {' and the '.join(unsaid)} live{'s' if len(unsaid) == 1 else ''}, and "
            f"{several([grant.tool for grant in held])} can act on the machine",
            hint=f"say where: `{unsaid[0]}: {{at: outside}}` (or host, account, cluster)",
        )


@rule("REMIT-C053", Severity.ERROR, "nobody can stop the agent", "self-preservation.avoid-shutdown")
def nobody_stops(subject: Subject) -> Iterator[Remark]:
    """The stop channel names nobody, or its rate is zero: no person ever presses it.

    A stop that is never used is not a control, and the incentive reading would show an agent without one.
    """
    stop = subject.charter.oversight.stop
    if not stop.by:
        yield Remark(
            where=subject.place("oversight.stop.by"),
            message="the stop names no overseer, so nobody can press it",
            hint="add `stop: {by: NAME}` with one of the overseers",
        )
    elif stop.rate <= 0:
        yield Remark(
            where=subject.place("oversight.stop.rate"),
            message="the stop has rate 0: nobody ever presses it",
            hint="give the probability per step that somebody stops the agent, for example `rate: 0.05`",
        )


@rule(
    "REMIT-C054",
    Severity.WARNING,
    "nobody corrects or retasks the agent",
    "goal-preservation.value-stability",
    "preventing-new-goals.inbox-zero",
)
def nobody_corrects(subject: Subject) -> Iterator[Remark]:
    """A channel to correct the agent, or to give it another task, is written down but names nobody or has rate zero.

    People can then only end the run, and a stop is a blunt correction that gets put off.
    """
    oversight = subject.charter.oversight
    for name, channel in (("correct", oversight.correct), ("retask", oversight.retask)):
        stated = subject.stated(f"oversight.{name}")
        if (stated or oversight.stop.by) and (channel.rate <= 0 or (stated and not channel.by)):
            why = "has rate 0" if channel.rate <= 0 else "names nobody"
            yield Remark(
                where=subject.place(f"oversight.{name}"),
                message=f"the {name} channel {why}, so nobody uses it",
                hint=f"name who may, for example `{name}: {{by: NAME, rate: 0.03}}`",
            )


@rule("REMIT-C055", Severity.ERROR, "no overseer at all", "oversight-manipulation", "self-preservation.avoid-shutdown")
def no_overseer(subject: Subject) -> Iterator[Remark]:
    """The charter names no person. There is nobody to ask, to stop, to correct, or to read what happened."""
    if not subject.charter.overseers:
        yield Remark(
            where=subject.place("overseers"),
            message="the charter names no overseer",
            hint="add `overseers: {NAME: {channels: [cli]}}`",
        )


@rule("REMIT-C056", Severity.WARNING, "an overseer with nothing to oversee", "oversight-manipulation")
def idle_overseer(subject: Subject) -> Iterator[Remark]:
    """An overseer is listed and no channel, approval or grant names them.

    Readers of the charter will count on somebody who has no part in it.
    """
    charter = subject.charter
    oversight = charter.oversight
    used = {*oversight.stop.by, *oversight.correct.by, *oversight.retask.by}
    used |= {name for grant in charter.grants for name in grant.ask}
    for name, overseer in charter.overseers.items():
        if name not in used and not overseer.approves and not subject.stated(f"oversight.approvals.{name}"):
            yield Remark(
                where=overseer.where,
                message=f"`{name}` is an overseer, but no stop, correction or approval names them",
                hint=f"give them a part, for example `stop: {{by: {name}}}`, or take them out",
            )


@rule(
    "REMIT-C057",
    Severity.ERROR,
    "the stop does not reach sub-agents",
    "self-preservation.avoid-shutdown",
    "hidden-delegation",
)
def children_not_covered(subject: Subject) -> Iterator[Remark]:
    """The agent can start or direct other agents and a stop does not end them.

    Handing the work on is then the simplest way to have it carried on.
    """
    charter = subject.charter
    makers = [
        grant
        for grant in charter.grants
        if grant.kind == "agents" or {"agent.spawn", "agent.delegate"} & set(grant.effects)
    ]
    if makers and "children" not in charter.oversight.stop.covers:
        yield Remark(
            where=subject.place("oversight.stop.covers"),
            message=f"a stop does not reach the agents that {several([grant.tool for grant in makers])} starts",
            hint="add `children` to `oversight.stop.covers`, and see to it that the runtime does so",
        )


@rule(
    "REMIT-C058",
    Severity.ERROR,
    "queued jobs survive the stop",
    "self-preservation.avoid-shutdown",
    "self-preservation.integrity-maintenance",
)
def jobs_not_covered(subject: Subject) -> Iterator[Remark]:
    """The agent can queue work that fires later, and a stop does not purge the queue.

    What it queued before the stop still happens after it.
    """
    charter = subject.charter
    queues = [
        grant
        for grant in charter.grants
        if (grant.kind == "scheduler" and acts(grant))
        or any(effect.startswith("schedule.") for effect in grant.effects)
    ]
    if queues and "jobs" not in charter.oversight.stop.covers:
        yield Remark(
            where=subject.place("oversight.stop.covers"),
            message=f"jobs queued with {several([grant.tool for grant in queues])} still fire after a stop",
            hint="add `jobs` to `oversight.stop.covers`, and purge the queue when the run is stopped",
        )


@rule(
    "REMIT-C059",
    Severity.WARNING,
    "a stop the agent can come back from",
    "self-preservation.integrity-maintenance",
    "state-copying",
)
def stop_not_final(subject: Subject) -> Iterator[Remark]:
    """The agent holds tools that start things again by themselves, and the stop does not rule that out.

    Clusters, clouds, pipelines and schedulers do so; a stop that is not durable, or leaves out replicas and restarts,
    lets them. A stopped agent that is brought back was paused, not stopped.
    """
    stop = subject.charter.oversight.stop
    raisers = [grant for grant in subject.holding("containers", "cloud", "scheduler", "ci") if acts(grant)]
    missing = [part for part in ("replicas", "restarts") if part not in stop.covers]
    if raisers and (missing or not stop.durable):
        gaps = ([] if stop.durable else ["is not durable"]) + (
            [f"does not cover {' or '.join(missing)}"] if missing else []
        )
        yield Remark(
            where=subject.place("oversight.stop.covers" if missing else "oversight.stop.durable"),
            message=f"the stop {' and '.join(gaps)}, while {several([grant.tool for grant in raisers])} can bring the "
            "agent back",
            hint="write `durable: true` and `covers: [children, jobs, replicas, restarts]`, and make it so",
        )


@rule("REMIT-C069", Severity.WARNING, "a heartbeat nobody gives", "oversight-manipulation")
def heartbeat_of_nobody(subject: Subject) -> Iterator[Remark]:
    """The agent is stopped when no overseer says to go on, and nobody is named who may stop it.

    Every run then ends at the first missed beat, until somebody makes a script of the beat: a switch that a machine
    holds down for ever.
    """
    stop = subject.charter.oversight.stop
    if stop.heartbeat is not None and not stop.by:
        yield Remark(
            where=subject.place("oversight.stop.heartbeat"),
            message="a heartbeat is asked for, and no overseer is named who could give it",
            hint="name who may stop it under `oversight.stop.by`; the same person says to go on",
        )


RULES: tuple[Rule, ...] = (
    stop_in_reach,
    monitor_in_reach,
    controls_unplaced,
    nobody_stops,
    nobody_corrects,
    no_overseer,
    idle_overseer,
    children_not_covered,
    jobs_not_covered,
    stop_not_final,
    heartbeat_of_nobody,
)
