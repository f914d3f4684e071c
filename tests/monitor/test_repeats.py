"""A call that comes again is found to do what reading it again finds, whatever the memory has become meanwhile."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from tests.small_calls import RUN

from remit.monitor.alert import Inferred
from remit.monitor.event import Event, EventKind
from remit.monitor.inference import _Inference
from remit.monitor.memory import Memory
from remit.monitor.repeats import Repeats

COMMANDS = (
    "cat a.sh", "bash a.sh", "./a.sh", "a.sh", "rm a.sh", "cp a.sh b.sh", "cat b.sh | bash", "bash b.sh", "mv b.sh a.sh",
    "echo 'kill 4711' > a.sh", "echo 'rm -rf /var/lib/remit' > b.sh", "echo ls > a.sh", "echo kill 4711 >> a.sh",
    "P=4711", "P=1", "kill $P", "kill ${P:-4711}", "unset P", "export P=4711; kill $P", "for P in a b; do rm $P; done",
    "for f in x y; do echo $f > $f; done", "read P < a.sh; kill $P", "cat x y | sh", "cd /var/lib", "cd /work", "cd remit && rm -rf runs",
    "rm -rf remit", "ls", "alias ls='kill 4711'", "unalias ls", "ln -s /var/lib/remit a.sh", "f() { kill 4711; }", "f", "sleep 9 &",
    "kill 8812", "kill 4711", "IFS=:; echo $IFS", "X=a.sh; bash $X", "bash $X", "python -c 'open(\"a.sh\").read()'", "make", "printf '\\tkill 4711\\n' > Makefile",
)  # fmt: skip


def stream(chance: Random, count: int) -> list[Event]:
    """Calls that come again and again between others that change the memory, and answers that name processes."""
    many = chance.random() < 0.3
    events = []
    for step in range(count):
        text = chance.choice(COMMANDS) if not many or chance.random() < 0.5 else f"echo {step} > /work/f{step}"
        event = Event(stream="s", step=step, kind=EventKind.CALL, tool="bash", args={"command": text})
        if chance.random() < 0.1:
            event = Event(stream="s", step=step, kind=EventKind.RESULT, of=step - 1, text="started 8812")
        events.append(event)
    return events


def compare(chance: Random, count: int) -> int:
    """Follow one stream in both ways, the same found and remembered after every call; gives how often anything was."""
    quick, whole = _Inference(RUN), _Inference(RUN)
    kept, plain, telling = Memory(), Memory(), 0
    for event in stream(chance, count):
        if event.kind is EventKind.RESULT:
            for memory in (kept, plain):
                memory.remember("child", "8812")
            continue
        found = quick.of(event, kept)
        assert found == whole.read(event, plain), (event.step, event.args)
        telling += bool(found)
        assert kept == plain, (event.step, event.args)
        assert list(kept.files) == list(plain.files)  # the oldest is dropped first
    return telling


@pytest.mark.requirement("MONITOR-04")
def test_a_call_that_comes_again_is_found_to_do_what_reading_it_finds() -> None:
    assert sum(compare(Random(seed), 150) for seed in range(12)) > 300


@pytest.mark.slow
@pytest.mark.requirement("MONITOR-04")
def test_in_long_streams_a_call_that_comes_again_is_found_to_do_what_reading_it_finds() -> None:
    assert sum(compare(Random(seed), 500) for seed in range(100, 140)) > 3_000


def test_a_call_is_not_read_a_third_time_while_what_it_looked_at_stands() -> None:
    repeats, memory = Repeats(), Memory()
    read: list[str | None] = []

    def reading() -> tuple[Inferred, ...]:
        read.append(memory.files.get("/a"))
        memory.remember("variable", "X", "1")
        memory.forget("variable", "X")
        return ()

    for number in range(6):
        memory.remember("file", f"/other{number}", "x")
        repeats.of("call", memory, reading)
    assert read == [None, None]
    memory.remember("file", "/a", "rm x")
    repeats.of("call", memory, reading)
    assert read == [None, None, "rm x"]
    assert memory.variables == {}


def test_a_call_that_starts_something_is_read_every_time() -> None:
    repeats, memory = Repeats(), Memory()
    steps: list[int] = []

    def reading() -> tuple[Inferred, ...]:
        steps.append(len(steps))
        memory.remember("starting", str(len(steps)))
        return ()

    for _ in range(4):
        repeats.of("call", memory, reading)
    assert list(memory.starting) == ["1", "2", "3", "4"]
    assert steps == [0, 1, 2, 3]


@pytest.mark.parametrize("table", ["files", "variables", "children"])
def test_a_call_that_went_through_all_of_a_table_is_read_every_time(table: str) -> None:
    repeats, memory = Repeats(), Memory()
    read: list[int] = []

    def reading() -> tuple[Inferred, ...]:
        read.append(sum(1 for _ in getattr(memory, table).items()))
        return ()

    memory.remember("file", "/first", "x")
    for number in range(4):
        memory.remember({"files": "file", "variables": "variable", "children": "child"}[table], f"n{number}", "x")
        repeats.of("call", memory, reading)
    assert [later - earlier for earlier, later in pairwise(read)] == [1, 1, 1]
