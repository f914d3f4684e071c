"""Stops at random moments of many calls side by side: what is said of each call is true, whatever the moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import partial
from random import Random

import anyio
import pytest
from tests.guard.desk import charter_of

from remit.errors import Interrupted, RefusedError
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.guard.testing import MemoryRecorder

CALLS = 8


class Truth:
    """What in truth became of each call, by its id."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self.begun: set[str] = set()
        self.ended: set[str] = set()

    async def awaited(self, call: Call, seconds: float) -> None:
        """A callable on the event loop; some of it can be cancelled."""
        self.begun.add(call.id)
        await anyio.sleep(seconds)
        self.ended.add(call.id)

    def plain(self, call: Call, seconds: float) -> None:
        """A callable in a thread, which nothing can cut short; one in two raises at its end."""
        self.begun.add(call.id)
        time.sleep(seconds)
        self.ended.add(call.id)
        if call.args["text"] == "1":
            raise LookupError("at the very end")


async def one_run(random: Random) -> tuple[Truth, MemoryRecorder, Mapping[str, str], dict[str, str]]:
    """Some calls side by side and a stop at some moment; what happened, what was recorded, what was said, who heard."""
    truth, ledger, heard = Truth(), MemoryRecorder(), dict[str, str]()
    guard = Guard(charter_of(budget={}, grants=[{"tool": "note.add"}]), ledger=ledger, run="labels")

    async def make(call: Call, wait: float, seconds: float, *, plain: bool) -> None:
        await anyio.sleep(wait)

        async def awaited(_args: Mapping[str, object]) -> None:
            await truth.awaited(call, seconds)

        try:
            await guard.perform(call, (lambda _args: truth.plain(call, seconds)) if plain else awaited)
            heard[call.id] = "done"
        except Interrupted:
            heard[call.id] = "interrupted"
        except (RefusedError, LookupError) as error:
            heard[call.id] = type(error).__name__

    async with guard, anyio.create_task_group() as group:
        for number in range(CALLS):
            call = Call(tool="note.add", args={"text": str(number % 2)})
            wait, seconds = random.random() * 0.01, random.random() * 0.01
            group.start_soon(partial(make, call, wait, seconds, plain=number < CALLS // 2))
        await anyio.sleep(random.random() * 0.015)
        labels = await guard.stop("a random moment", within=2.0)
    return truth, ledger, labels, heard


def demand_truth(truth: Truth, ledger: MemoryRecorder, labels: Mapping[str, str], heard: Mapping[str, str]) -> int:
    """Check every label against what happened; how many calls were open when the stop came."""
    ids = {entry.number: str(entry.facts["call"]["id"]) for entry in ledger.kept if entry.kind == "intent"}  # type: ignore[index]
    final = {ids[int(str(facts["intent"]))]: str(facts["label"]) for facts in ledger.of("outcome")}
    assert set(final) == set(ids.values())
    assert truth.begun <= set(ids.values())
    for call, label in (*final.items(), *labels.items()):
        if label == "not run":
            assert call not in truth.begun
        else:
            assert call in truth.begun
        if label == "ran":
            assert call in truth.ended
    assert all(final[call] == "ran" for call, said in heard.items() if said == "done")
    assert len(heard) == CALLS
    return len(labels)


def campaign(count: int, seed: int) -> int:
    """Many runs; how many open calls were stopped."""
    random = Random(seed)
    stopped = 0
    for _ in range(count):
        stopped += demand_truth(*anyio.run(one_run, random))
    return stopped


@pytest.mark.requirement("GUARD-04")
def test_what_is_said_of_stopped_calls_is_true_at_random_moments() -> None:
    assert campaign(25, seed=5) > 25


@pytest.mark.slow
@pytest.mark.requirement("GUARD-04")
def test_what_is_said_of_stopped_calls_is_true_at_a_thousand_random_moments() -> None:
    assert campaign(1_000, seed=6) > 1_000


def test_a_false_label_is_found() -> None:
    call = Call(tool="note.add", args={"text": "0"})
    ledger = MemoryRecorder()
    ledger.record("intent", {"call": {"id": call.id}})
    ledger.record("outcome", {"intent": 1, "label": "not run"})
    truth = Truth()
    thread = threading.Thread(target=truth.plain, args=(call, 0.0))
    thread.start()
    thread.join()
    with pytest.raises(AssertionError):
        demand_truth(truth, ledger, {}, {call.id: "interrupted"})
