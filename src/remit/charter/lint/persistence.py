"""Rules about what outlasts the run: memory, runners, schedules."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts
from remit.charter.wording import several
from remit.finding import Severity

__all__ = ["RULES"]


@rule(
    "REMIT-C070",
    Severity.ERROR,
    "memory without review and without end",
    "goal-preservation.value-stability",
    "preventing-new-goals.inbox-zero",
)
def memory_free_forever(subject: Subject) -> Iterator[Remark]:
    """The agent writes its memory freely and the memory is never cleared.

    A note to itself then works like an instruction no overseer gave, in every run from now on.
    """
    memory = subject.charter.memory
    if memory is not None and memory.writes == "free" and memory.survives == "forever":
        yield Remark(
            where=subject.place("memory.writes"),
            message="the agent writes its memory freely and nothing ever clears it",
            hint="set `writes: reviewed`, or `survives: run`",
        )


@rule(
    "REMIT-C071",
    Severity.WARNING,
    "memory that outlives the run without review",
    "goal-preservation.value-stability",
    "state-copying",
)
def memory_survives_unreviewed(subject: Subject) -> Iterator[Remark]:
    """What the agent remembers survives the run, and nobody reviews what it writes.

    A correction given in one run can be undone by a note from an earlier one.
    """
    memory = subject.charter.memory
    if memory is not None and memory.writes == "free" and memory.survives == "agent":
        yield Remark(
            where=subject.place("memory.writes"),
            message="the agent writes its memory freely and the memory survives the run",
            hint="set `writes: reviewed`, or `survives: run`",
        )


@rule("REMIT-C072", Severity.WARNING, "a memory tool, and nothing about memory", "goal-preservation.value-stability")
def memory_unstated(subject: Subject) -> Iterator[Remark]:
    """The agent holds a memory tool and the charter does not say who reviews what is written or how long it stays.

    It is taken as written freely.
    """
    tools = [grant for grant in subject.holding("memory") if acts(grant)]
    if tools and subject.charter.memory is None and "memory_writes" not in subject.charter.context:
        yield Remark(
            where=tools[0].where,
            message=f"{several([grant.tool for grant in tools])} writes memory, and the charter does not say who "
            "reviews it",
            hint="add `memory: {namespaces: [...], writes: reviewed, survives: run}`",
        )


@rule(
    "REMIT-C073",
    Severity.WARNING,
    "memory that others share",
    "goal-preservation.value-stability",
)
def memory_everywhere(subject: Subject) -> Iterator[Remark]:
    """The memory names no name space, or all of them.

    The agent may then write into what other agents and other tasks remember. What one agent writes there, another
    takes as fact.
    """
    memory = subject.charter.memory
    if memory is not None and memory.writes != "none" and (not memory.namespaces or "*" in memory.namespaces):
        which = "every name space" if memory.namespaces else "no name space in particular"
        yield Remark(
            where=subject.place("memory.namespaces"),
            message=f"memory may be written in {which}, so also where other agents read",
            hint="name the agent's own, for example `namespaces: [tickets]`",
        )


@rule(
    "REMIT-C074",
    Severity.WARNING,
    "a machine that remembers",
    "self-preservation.integrity-maintenance",
    "state-copying",
)
def runner_persists(subject: Subject) -> Iterator[Remark]:
    """The runner is kept between runs, and the agent holds a tool that can leave something behind on it.

    A start-up entry or a changed tool then carries over into a run nobody connects with this one.
    """
    tools = [grant for grant in subject.holding("shell", "packages", "scheduler", "config") if acts(grant)]
    if tools and subject.charter.runtime.ephemeral is False:
        yield Remark(
            where=subject.place("runtime.ephemeral"),
            message=f"the runner is kept between runs, and {several([grant.tool for grant in tools])} can leave "
            "something on it",
            hint="run on a fresh machine or container each time and say so: `ephemeral: true`",
        )


RULES: tuple[Rule, ...] = (
    memory_free_forever,
    memory_survives_unreviewed,
    memory_unstated,
    memory_everywhere,
    runner_persists,
)
