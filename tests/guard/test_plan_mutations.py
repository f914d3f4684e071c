"""An approved plan against thousands of executions that are not it: nothing outside of the plan ever runs."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.guard.desk import charter_of

from remit.charter.model import Charter
from remit.errors import DeniedError, RefusedError
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.guard.testing import MemoryRecorder

TOOLS = ("note.add", "note.read", "refunds.issue", "mail.send")
GRANTS = [{"tool": tool} for tool in TOOLS]

Made = tuple[str, dict[str, Any]]


def charter() -> Charter:
    """A charter that allows every call of these tools and names nobody who could be asked."""
    return charter_of(grants=GRANTS, overseers={}, oversight={}, budget={}, limits=[])


def made_up(random_: random.Random) -> list[dict[str, Any]]:
    """The steps of some plan."""
    steps: list[dict[str, Any]] = []
    for _ in range(random_.randint(1, 5)):
        args: dict[str, Any] = {"id": random_.randint(0, 3), "text": random_.choice(["a", "b"])}
        if random_.random() < 0.3:
            args["amount"] = {"min": 1, "max": 5}
        if random_.random() < 0.2:
            args["more"] = {"exactly": {"deep": [1, random_.randint(0, 2)]}}
        steps.append({"tool": random_.choice(TOOLS), "args": args, "times": random_.choice([1, 1, 2])})
    return steps


def as_planned(steps: Sequence[Mapping[str, Any]], random_: random.Random) -> list[Made]:
    """The calls the plan stands for."""
    calls: list[Made] = []
    for step in steps:
        for _ in range(step["times"]):
            args = {name: value for name, value in step["args"].items() if not isinstance(value, dict)}
            if "amount" in step["args"]:
                args["amount"] = random_.randint(1, 5)
            if "more" in step["args"]:
                args["more"] = copy.deepcopy(step["args"]["more"]["exactly"])
            calls.append((step["tool"], args))
    return calls


def mutated(calls: Sequence[Made], random_: random.Random) -> list[Made]:
    """The calls with something wrong: one or a few changes of order, number, tool or arguments."""
    found = copy.deepcopy(list(calls))
    for _ in range(random_.randint(1, 3)):
        if not found:
            break
        place = random_.randrange(len(found))
        tool, args = found[place]
        match random_.randrange(9):
            case 0:
                found.pop(place)
            case 1:
                found.insert(random_.randrange(len(found) + 1), (tool, dict(args)))
            case 2:
                random_.shuffle(found)
            case 3:
                found[place] = (random_.choice(TOOLS), args)
            case 4:
                args["extra"] = 1
            case 5:
                args.pop(random_.choice([*sorted(args), "extra"]), None)
            case 6:
                args["id"] = random_.choice([-1, 7, "0", 0.5, None, [0], True])
            case 7:
                args["amount"] = random_.choice([0, 6, 5.0001, "5", -1, [5, 6], 1e9])
            case _:
                found.insert(place, (random_.choice(TOOLS), {"id": 0, "text": "c"}))
    return found


def within(made: Sequence[Made], steps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether calls are the first calls of a plan, by a plain reading of it."""
    wanted = [step for step in steps for _ in range(step["times"])]
    if len(made) > len(wanted):
        return False
    for (tool, args), step in zip(made, wanted, strict=False):
        if tool != step["tool"] or args.keys() != step["args"].keys():
            return False
        for name, value in step["args"].items():
            given = args[name]
            if name == "amount":
                if isinstance(given, bool) or not 1 <= float(given) <= 5:
                    return False
            elif repr(given) != repr(value["exactly"] if isinstance(value, dict) else value):
                return False
    return True


def campaign(count: int, seed: int) -> tuple[int, int]:
    """Run mutated executions; how many calls ran and how many were refused. Fails on the first one outside a plan."""
    random_ = random.Random(seed)
    rules = charter()
    ran = refused = 0
    for _ in range(count):
        steps = made_up(random_)
        made: list[Made] = []
        guard = Guard(rules, ledger=MemoryRecorder(), run="plans")
        guard.plan_here({"purpose": "the work", "steps": steps})
        for tool, args in mutated(as_planned(steps, random_), random_):

            def do(given: dict[str, object], tool: str = tool, made: list[Made] = made) -> None:
                made.append((tool, given))

            try:
                guard.perform_here(Call(tool=tool, args=args), do)
            except RefusedError as error:
                assert isinstance(error, DeniedError)  # noqa: PT017 - the loop goes on
                refused += 1
        guard.making.settling.close()
        assert within(made, steps), (steps, made)
        ran += len(made)
    return ran, refused


@pytest.mark.requirement("PLAN-04")
def test_no_call_outside_of_an_approved_plan_runs() -> None:
    ran, refused = campaign(1_000, seed=1)
    assert ran > 100
    assert refused > 400


@pytest.mark.slow
@pytest.mark.requirement("PLAN-04")
def test_no_call_outside_of_an_approved_plan_runs_in_ten_thousand_executions() -> None:
    ran, refused = campaign(10_000, seed=2)
    assert ran > 2_000
    assert refused > 10_000


def test_an_execution_as_planned_runs_to_its_end() -> None:
    random_ = random.Random(3)
    for _ in range(50):
        steps = made_up(random_)
        guard = Guard(charter(), ledger=MemoryRecorder(), run="plans")
        guard.plan_here({"purpose": "the work", "steps": steps})
        calls = as_planned(steps, random_)
        for tool, args in calls:
            guard.perform_here(Call(tool=tool, args=args), lambda given: given)
        assert guard.report().plan == "done"
        guard.making.settling.close()


def test_the_plain_reading_tells_a_call_outside_of_a_plan() -> None:
    steps = [{"tool": "note.add", "args": {"id": 1, "amount": {"min": 1, "max": 5}}, "times": 1}]
    assert within([("note.add", {"id": 1, "amount": 5})], steps)
    assert not within([("note.add", {"id": 1, "amount": 6})], steps)
    assert not within([("note.add", {"id": 2, "amount": 5})], steps)
    assert not within([("note.add", {"id": 1, "amount": 5})] * 2, steps)
