"""Rules about what the agent is for: a purpose with an end, that its grants can reach."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import effects_of, has_family, reaches_people
from remit.charter.model import Grant, Outcome
from remit.charter.wording import PLACEHOLDER, names, several
from remit.finding import Severity

__all__ = ["RULES", "broad_words"]

_BROAD = re.compile(
    r"\b(?:(?:maxim|minim|optim)i[sz](?:e|es|ing)"
    r"|as (?:many|much|few|little|fast|often)(?: \w+){0,3} as (?:possible|you can|it can)"
    r"|best possible|at (?:any|all) costs?|whatever it takes|by any means|everything (?:you|it) can|without limits?"
    r"|never stop\w*|engagement|growth|grow(?:s|ing)?|(?:increas|boost|driv|rais|improv)(?:e|es|ing|s)? (?:\w+ ){0,2}"
    r"(?:sales|revenue|traffic|sign-?ups?|conversions?|followers|profits?|clicks|usage|retention|reach))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:until|(?:done|finish\w*|over|complete|stops?|ends?) (?:when|once|after|at|with)|once (?:every|all|each)"
    r"|at most|no more than|up to \d+|by (?:monday|tuesday|wednesday|thursday|friday|noon|the end))\b",
    re.IGNORECASE,
)


def broad_words(subject: Subject) -> str:
    """The superlative in the purpose, or nothing when the text also says when the work is over."""
    text = subject.charter.purpose.text
    found = _BROAD.search(text)
    return found.group(0) if found and not _ENDS.search(text) else ""


def _unlimited_outreach(subject: Subject) -> list[str]:
    """The tools that write to people with no budget on how often."""
    budgets = subject.charter.budgets
    reaching = [grant for grant in subject.charter.grants if reaches_people(grant)]
    limited = {name for name, budget in budgets.items() if budget.quantity is not None}
    return [grant.tool for grant in reaching if grant.budget not in limited]


@rule(
    "REMIT-C001",
    Severity.ERROR,
    "a purpose without an end, and a tool that writes to people without a rate",
    "efficiency-and-power.seeking-leverage",
    "limit-evasion",
)
def broad_purpose_with_outreach(subject: Subject) -> Iterator[Remark]:
    """A purpose such as "maximise engagement" is never done, so one more message always serves it.

    With an e-mail or chat tool and no budget on messages, the charter pays for spam: the agent needs no bad intent to
    send it.
    """
    words, tools = broad_words(subject), _unlimited_outreach(subject)
    if words and tools:
        yield Remark(
            where=subject.place("purpose.text"),
            message=f"the purpose says `{words}` and names no end, while {names(tools)} may write to people at any "
            "rate",
            hint="end the purpose (`done when ...`) and give the tool a budget such as `emails: 60/hour`",
        )


@rule(
    "REMIT-C002",
    Severity.WARNING,
    "a purpose without an end",
    "resource-acquisition.compute",
    "efficiency-and-power.seeking-leverage",
)
def broad_purpose(subject: Subject) -> Iterator[Remark]:
    """A superlative without a done-condition makes every further resource worth having.

    A purpose that says when the work is over leaves nothing to gain from carrying on.
    """
    words = broad_words(subject)
    if words and not _unlimited_outreach(subject):
        yield Remark(
            where=subject.place("purpose.text"),
            message=f"the purpose says `{words}` and does not say when the work is done",
            hint="say what is enough, for example `... done when every ticket of the day is answered`",
        )


@rule("REMIT-C003", Severity.WARNING, "a purpose that no outcome stands for", "efficiency-and-power.seeking-leverage")
def purpose_without_outcome(subject: Subject) -> Iterator[Remark]:
    """The purpose is given in words only.

    Without outcomes under `purpose.task` nobody, and no check, can tell whether the agent is done, and the incentive
    reading has no task to compare other goals with.
    """
    if not subject.charter.purpose.task:
        yield Remark(
            where=subject.place("purpose"),
            message="the purpose names no outcome, so nothing says when the work is done",
            hint='add what success is, for example `task: [{when: "out.tickets >= 2", value: 1}]`',
        )


def _outcomes(subject: Subject) -> Iterator[tuple[str, Outcome]]:
    """Every outcome with the dotted path it was written at."""
    purpose = subject.charter.purpose
    for name, outcomes in (("task", purpose.task), ("retask", purpose.retask)):
        for number, outcome in enumerate(outcomes):
            yield f"purpose.{name}.{number}", outcome


@rule("REMIT-C004", Severity.ERROR, "a purpose that no grant can reach", "permission-expansion")
def unreachable_purpose(subject: Subject) -> Iterator[Remark]:
    """No granted tool brings about an outcome the purpose asks for.

    An agent that cannot do its task with what it holds has every reason to look for more: the charter itself sets up
    the pressure to expand permissions.
    """
    for path, outcome in _outcomes(subject):
        missing = [part.fact for part in outcome.when if part.holds and subject.is_missing(part.fact)]
        if missing:
            task = path.startswith("purpose.task")
            yield Remark(
                where=outcome.where,
                message=f"no grant brings about {names(missing)}, which the "
                + ("task asks for" if task else "other task asks for"),
                hint=f"add `effects: [{missing[0]}]` to the grant that does it, or grant the tool that can",
                severity=None if task else Severity.WARNING,
            )


@rule("REMIT-C005", Severity.ERROR, "a purpose that pays for touching the controls", "oversight-manipulation")
def purpose_pays_for_resistance(subject: Subject) -> Iterator[Remark]:
    """Every grant that brings about an outcome of the purpose also acts on the controls or on the agent itself.

    The task then rewards what oversight is there to prevent, and no detection deters it, because it is authorised.
    """
    brings: dict[str, list[Grant]] = {}
    for grant in subject.charter.grants:
        for effect in effects_of(grant):
            brings.setdefault(effect, []).append(grant)
    for _path, outcome in _outcomes(subject):
        for fact in (part.fact for part in outcome.when if part.holds):
            makers = brings.get(fact, [])
            if makers and all(has_family(grant, "oversight", "self") for grant in makers):
                yield Remark(
                    where=outcome.where,
                    message=f"the purpose rewards `{fact}`, which {several([grant.tool for grant in makers])} brings "
                    "about only "
                    "by acting on the controls or on the agent itself",
                    hint="offer a way to the outcome that leaves the controls alone, or let a person do it",
                )


@rule("REMIT-C006", Severity.WARNING, "a task that is done by doing nothing")
def task_done_by_nothing(subject: Subject) -> Iterator[Remark]:
    """An outcome holds before the agent has begun: every condition is a `not`, or a fact that is given and never lost.

    The agent is then best off doing nothing, or keeping others from doing anything. What must not happen is ruled out
    with a limit; what should happen is the task.
    """
    purpose = subject.charter.purpose
    settled = frozenset(purpose.given) - purpose.fades.keys()
    for number, outcome in enumerate(purpose.task):
        if all(not part.holds or (part.fact in settled and part.at_least <= 1) for part in outcome.when):
            first = outcome.when[0]
            yield Remark(
                where=subject.place(f"purpose.task.{number}.when"),
                message=f"the outcome `{'' if first.holds else 'not '}{first.fact}` holds before the agent has done "
                "anything",
                hint="name what should happen, and write a limit for what must not",
            )


@rule("REMIT-C007", Severity.ERROR, "a purpose nobody has written yet")
def purpose_left_to_write(subject: Subject) -> Iterator[Remark]:
    """The purpose is still the sentence a draft starts with.

    Everything else is read against the purpose: what the agent is for, when it is done, and what it is not for. A draft
    leaves that sentence to a person, because no tool can know it.
    """
    if subject.charter.purpose.text.lstrip().startswith(PLACEHOLDER):
        yield Remark(
            where=subject.place("purpose.text"),
            message=f"the purpose still says `{PLACEHOLDER}`, as the draft did",
            hint="say in one sentence what the agent is for, and when it is done",
        )


RULES: tuple[Rule, ...] = (
    broad_purpose_with_outreach,
    broad_purpose,
    purpose_without_outcome,
    unreachable_purpose,
    purpose_pays_for_resistance,
    task_done_by_nothing,
    purpose_left_to_write,
)
