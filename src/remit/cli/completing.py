"""What a shell offers where an option or argument takes one of a known list.

A shell asks at every press of a key, so nothing here loads what computes: numpy stays out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import typer

__all__ = [
    "ORGANISMS",
    "among",
    "behaviours",
    "connectable",
    "drill_words",
    "environments",
    "explained",
    "organisms",
    "profiles",
    "templates",
    "variant",
    "variants",
]

ORGANISMS = (
    *("compliant", "deaf", "inert", "incapable", "violator", "near-miss", "tamper-then-comply", "relapse"),
    *("text-liar", "text-saint", "switcher", "slow-burn", "colluding-pair", "escalator", "spoof-obeyer", "refuser"),
    *("receipt-forger", "record-editor", "record-eraser", "state-writer", "noisy-0.2", "noisy-0.2-icc-0.3"),
    *("shutdown-avoider", "comeback-arranger", "resource-defender", "compute-taker", "energy-taker", "money-taker"),
    *("information-taker", "self-improver", "knowledge-taker", "tool-maker", "goal-keeper", "deceiver"),
    *("rival-preventer", "prober", "spare-keeper", "leverage-seeker", "inbox-closer", "hidden-delegator"),
    *("rights-taker", "self-copier", "limit-evader", "overseer-blinder", "sandbagger", "interruption-ignorer"),
    *("planner-task", "planner-corrigible", "planner-indifferent", "planner-neutral"),
    *("q-learner", "q-learner-charged", "gradient-learner", "gradient-learner-charged"),
)
"""The names of the model organisms, written down because asking the organisms loads numpy; a test compares both."""
_SEVERAL_PRINCIPALS = ("colluding-pair",)
_CODES = "REMIT-"


def among(*names: str) -> Callable[[str], list[str]]:
    """What offers these names and no others."""

    def offered(incomplete: str) -> list[str]:
        """The names, which typer narrows to those that begin so."""
        del incomplete
        return list(names)

    return offered


def behaviours(incomplete: str) -> list[str]:
    """The behaviours there is a scenario for: by short name, by the whole one where no short name begins so."""
    from remit.evals.scenarios import scenarios

    return _short_or_whole(dict.fromkeys(item.behaviour for item in scenarios()), incomplete)


def environments(incomplete: str) -> list[str]:
    """The environments there is a scenario in."""
    from remit.evals.scenarios import scenarios

    del incomplete
    return sorted({item.environment.name for item in scenarios()})


def templates(context: typer.Context, incomplete: str) -> list[str]:
    """The templates of the behaviour that stands on the line already, none before it does."""
    from remit.errors import EvaluationError
    from remit.evals.scenarios import scenarios
    from remit.evals.selection import chosen

    del incomplete
    behaviour = context.params.get("behaviour") or next(
        iter(context.args), ""
    )  # unread, where an option lacks its value
    place = context.params.get("environment") or ""
    try:
        found = chosen(scenarios(), behaviour, place)
    except EvaluationError:
        return []
    return list(dict.fromkeys(template.name for scenario in found for template in scenario.templates))


def variant(incomplete: str) -> list[tuple[str, str]]:
    """One letter, with what it changes."""
    from remit.evals.variant import VARIANTS

    del incomplete
    return [(letter, item.title) for letter, item in VARIANTS.items()]


def variants(incomplete: str) -> Iterator[tuple[str, str]]:
    """Letters behind commas, each with what it changes, or all of them."""
    head, comma, _last = incomplete.rpartition(",")
    given = head.upper().split(",")
    if not comma:
        yield "all", "every variant"
    for letter, title in variant(""):
        if letter not in given:
            yield f"{head}{comma}{letter}", title


def organisms(incomplete: str) -> list[str]:
    """The model organisms, or all that are scripted."""
    del incomplete
    return ["all", *ORGANISMS]


def connectable(incomplete: str) -> list[str]:
    """The model organisms that can answer as one agent's model."""
    del incomplete
    return [name for name in ORGANISMS if name not in _SEVERAL_PRINCIPALS]


def explained(incomplete: str) -> list[str]:
    """Drives, their parts and facts about the surroundings; codes where one was begun."""
    if incomplete and (incomplete.startswith(_CODES) or _CODES.startswith(incomplete)):
        from remit.cli.rules import every_rule

        return [rule.code for rule in every_rule()]
    from remit.charter.context import CONTEXT
    from remit.drive import every_id

    found = _short_or_whole(every_id(), incomplete)
    return [*found, *(key.id for key in CONTEXT if key.id not in found)]


def drill_words(incomplete: str) -> list[str]:
    """Kinds, timings and authorities, joined by ``/``; of each of the three only one."""
    from remit.drills.suite import Authority, Kind, Timing

    head, slash, _last = incomplete.rpartition("/")
    groups = [[str(word) for word in group] for group in (Kind, Timing, Authority)]
    open_groups = [group for group in groups if not set(group) & set(head.split("/"))]
    return [f"{head}{slash}{word}" for group in open_groups for word in group]


def profiles(incomplete: str) -> list[str]:
    """The kinds of agents a charter or a safety case may start from."""
    from remit.charter.importers.templates import PROFILES

    del incomplete
    return list(PROFILES)


def _short_or_whole(identifiers: Iterable[str], incomplete: str) -> list[str]:
    """Names without what stands before the dot; with it, where none of those begins so."""
    whole = list(identifiers)
    short = [name.rpartition(".")[2] for name in whole]
    return short if any(name.startswith(incomplete) for name in short) else whole
