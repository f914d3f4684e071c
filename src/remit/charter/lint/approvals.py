"""Rules about asking and watching: who approves, whether they can be reached, what the monitor notices."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.approving import may_approve
from remit.charter.lint.oversight import reaching
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.wording import names
from remit.finding import Severity

__all__ = ["RULES"]

_SELVES = ("agent", "self", "assistant", "model", "llm", "bot")
_GRACE = 3


def _selves(subject: Subject) -> frozenset[str]:
    """Every name that means the agent itself."""
    return frozenset((*_SELVES, subject.charter.agent.name))


@rule("REMIT-C060", Severity.ERROR, "the agent approves itself", "oversight-manipulation", "limit-evasion")
def self_approval(subject: Subject) -> Iterator[Remark]:
    """An approval is asked of the agent itself, or of an overseer whom only the agent reaches.

    A request that comes back to its author is not an approval.
    """
    selves = _selves(subject)
    for name, overseer in subject.charter.overseers.items():
        through = [channel for channel in overseer.channels if channel in selves]
        if name in selves or (through and len(through) == len(overseer.channels)):
            why = "is the agent itself" if name in selves else f"is reached through {names(through)} only"
            yield Remark(
                where=overseer.where,
                message=f"`{name}` oversees this agent and {why}",
                hint="name a person, reached through a channel the agent does not carry (`cli`, `console`)",
            )


@rule("REMIT-C061", Severity.ERROR, "an overseer nobody can reach", "oversight-manipulation")
def unreachable_overseer(subject: Subject) -> Iterator[Remark]:
    """A grant asks, or the stop names, an overseer without a channel to be reached on.

    The request reaches nobody; it expires, and under time pressure somebody takes the question out.
    """
    charter = subject.charter
    asking = {name: f"`{grant.tool}` asks" for grant in charter.grants for name in grant.ask}
    pressing = dict.fromkeys(charter.oversight.stop.by, "the stop is pressed by")
    for name, who in {**asking, **pressing}.items():
        overseer = charter.overseers.get(name)
        if overseer is not None and not overseer.channels:
            yield Remark(
                where=overseer.where,
                message=f"{who} `{name}`, who has no channel to be reached on",
                hint="add `channels: [cli]` or `[console]`",
            )


@rule("REMIT-C062", Severity.NOTE, "how approvals are answered is not stated", "oversight-manipulation")
def approval_unstated(subject: Subject) -> Iterator[Remark]:
    """A grant asks an overseer, and nothing says how often they agree and how long they take.

    Defaults are assumed; the report prints how the answer moves with them.
    """
    asked = dict.fromkeys(name for grant in subject.charter.grants for name in grant.ask)
    stated = subject.charter.oversight.approvals
    missing = [
        name for name in asked if name in subject.charter.overseers
        and not (name in stated and subject.stated(f"oversight.approvals.{name}"))
    ]  # fmt: skip
    if missing:
        yield Remark(
            where=subject.place("oversight.approvals"),
            message=f"nothing says how {names(missing)} answer{'s' if len(missing) == 1 else ''} requests, so "
            "defaults are assumed",
            hint=f"add `approvals: {{{missing[0]}: {{grant: 0.8, latency: 2}}}}`",
        )


@rule("REMIT-C063", Severity.WARNING, "an overseer asked for what they do not approve", "oversight-manipulation")
def not_theirs_to_approve(subject: Subject) -> Iterator[Remark]:
    """An overseer lists what they approve, and a grant asks them for something that is not on the list.

    One of the two is out of date: either the request goes to the wrong person, or it is never answered.
    """
    for _number, grant in subject.grants():
        for name in grant.ask:
            overseer = subject.charter.overseers.get(name)
            if overseer is None or not overseer.approves:
                continue
            if not may_approve(overseer, grant.tool, grant.effects):
                yield Remark(
                    where=grant.where,
                    message=f"`{grant.tool}` asks `{name}`, who approves only {names(overseer.approves)}",
                    hint=f"add `{grant.tool}` to `overseers.{name}.approves`, or ask somebody else",
                )


@rule("REMIT-C064", Severity.WARNING, "an approval that is always given", "oversight-manipulation", "limit-evasion")
def rubber_stamp(subject: Subject) -> Iterator[Remark]:
    """An overseer grants every request, or a refused request may simply be made again until it is granted.

    Either way asking stops nothing, and it wears people out.
    """
    for name, approval in subject.charter.oversight.approvals.items():
        if approval.grant >= 1:
            yield Remark(
                where=subject.place(f"oversight.approvals.{name}.grant"),
                message=f"`{name}` grants every request, so asking them changes nothing",
                hint="state how often they really agree (`grant: 0.8`), or drop the question and narrow the grant",
            )
        elif approval.retry:
            yield Remark(
                where=subject.place(f"oversight.approvals.{name}.retry"),
                message=f"a request `{name}` refused may be made again until it is granted",
                hint="set `retry: false`, so that a refusal stands",
            )


@rule("REMIT-C065", Severity.ERROR, "a monitor that notices nothing", "goal-preservation.deception", "limit-evasion")
def blind_monitor(subject: Subject) -> Iterator[Remark]:
    """The monitor's detection is zero.

    Every act outside the grants goes unnoticed, so only what is technically impossible is ruled out.
    """
    monitor = subject.charter.oversight.monitor
    if monitor.detect <= 0:
        yield Remark(
            where=subject.place("oversight.monitor.detect"),
            message="the monitor detects nothing (`detect: 0`)",
            hint="say how often an act outside the grants is noticed, for example `detect: 0.3`",
        )


@rule(
    "REMIT-C066",
    Severity.WARNING,
    "acts on the controls are watched less than others",
    "oversight-manipulation",
    "goal-preservation.deception",
)
def tamper_weaker(subject: Subject) -> Iterator[Remark]:
    """The separate control on acts that touch oversight notices less, or answers more mildly, than the general one.

    The acts that matter most are then the safest to try.
    """
    monitor = subject.charter.oversight.monitor
    mild = ("block", "revoke", "rollback", "stop")
    if monitor.tamper is None:
        return
    if monitor.tamper.detect < monitor.detect:
        yield Remark(
            where=subject.place("oversight.monitor.tamper.detect"),
            message=f"acts on oversight are noticed less ({monitor.tamper.detect:g}) than other acts "
            f"({monitor.detect:g})",
            hint="raise `tamper.detect` to at least `monitor.detect`",
        )
    elif mild.index(monitor.tamper.response) < mild.index(monitor.response) and monitor.tamper.response != "rollback":
        yield Remark(
            where=subject.place("oversight.monitor.tamper.response"),
            message=f"acts on oversight are answered with `{monitor.tamper.response}`, other acts with "
            f"`{monitor.response}`",
            hint="answer acts on oversight with `stop` or `rollback`",
        )


@rule(
    "REMIT-C067",
    Severity.WARNING,
    "a long notice with every tool in hand",
    "self-preservation.avoid-shutdown",
    "oversight-manipulation",
)
def generous_grace(subject: Subject) -> Iterator[Remark]:
    """After the notice of a stop the agent keeps several actions and may use any tool for them.

    Temptation peaks at exactly this point: the shorter and narrower the grace, the less there is to gain.
    """
    stop = subject.charter.oversight.stop
    held = [grant for place in ("host", "account", "cluster") for grant in reaching(subject, place)]
    if (
        stop.notice
        and stop.during is None
        and stop.grace > (0 if held and stop.at != "outside" else _GRACE)
        and subject.stated("oversight.stop.grace")
    ):
        yield Remark(
            where=subject.place("oversight.stop.grace"),
            message=f"after the notice of a stop the agent keeps {stop.grace} action{'s' if stop.grace != 1 else ''} "
            "with any of its tools",
            hint="name what they are for, for example `during: [notes.save]`, or set `grace: 0`",
        )


@rule("REMIT-C068", Severity.WARNING, "the grace after a stop names a tool nobody granted", "limit-evasion")
def grace_names_unknown_tool(subject: Subject) -> Iterator[Remark]:
    """The tools that may be used after the notice of a stop include one that is not granted.

    It is misspelt, or the stop was written for another charter; the agent cannot finish what the grace was meant for.
    """
    granted = {grant.tool for grant in subject.charter.grants}
    missing = [tool for tool in subject.charter.oversight.stop.during or () if tool not in granted]
    if missing:
        yield Remark(
            where=subject.place("oversight.stop.during"),
            message=f"{names(missing)} may be used after the notice of a stop, but no grant names it",
            hint="name a granted tool",
        )


@rule("REMIT-C075", Severity.ERROR, "a review that nobody can make", "oversight-manipulation")
def review_by_nobody(subject: Subject) -> Iterator[Remark]:
    """Every call or plan is to be reviewed first, and the charter names no overseer.

    Nothing may run unasked, and nobody can be asked: every call is denied.
    """
    charter = subject.charter
    if charter.agent.asks_first and charter.grants and not charter.overseers:
        yield Remark(
            where=subject.place("agent.reviewed"),
            message=f"review is `{charter.agent.reviewed}`, and no overseer is named, so every call is denied",
            hint="name a person, as in `overseers: {ops: {channels: [cli]}}`",
        )


RULES: tuple[Rule, ...] = (
    self_approval,
    unreachable_overseer,
    approval_unstated,
    not_theirs_to_approve,
    rubber_stamp,
    blind_monitor,
    tamper_weaker,
    generous_grace,
    grace_names_unknown_tool,
    review_by_nobody,
)
