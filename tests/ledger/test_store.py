"""The ledger on one host: durable, numbered, shared by threads, processes and forks, and honest about what it cannot do."""

import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.ledger.ledgers import filled, rows_of

from remit.clock import FixedClock
from remit.errors import LedgerError, LedgerUnavailableError
from remit.ledger.entry import KINDS, SETTLING
from remit.ledger.places import agent_ledger, key_file, make_private, run_ledger
from remit.ledger.protocol import Store
from remit.ledger.store import Ledger, read_entries
from remit.ledger.tree import verify_consistency, verify_inclusion
from remit.ledger.verification import verify
from remit.recorder import Recorder

NOON = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may lie."""
    return tmp_path / "ledger.db"


@pytest.mark.requirement("LEDGER-01")
def test_an_entry_is_on_the_disk_when_its_number_is_returned(path: Path) -> None:
    with Ledger.open(path, clock=NOON) as ledger:
        assert isinstance(ledger, Store)
        assert isinstance(ledger, Recorder)
        assert ledger.record("intent", {"call": {"tool": "mail.send"}}) == 1
        kept = list(read_entries(path))  # another connection: what it sees was committed
        assert [(entry.number, entry.kind, entry.facts) for entry in kept] == [
            (1, "intent", {"call": {"tool": "mail.send"}})
        ]
        assert kept[0].at == "2026-11-21T12:00:00+00:00"
        connection = ledger._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_entry_comes_back_whole_as_one_flat_mapping(path: Path) -> None:
    with Ledger.open(path, clock=NOON) as ledger:
        said = ledger.entry("held", {"by": "ana", "kind": "x", "took": 0.25, "at": 3}, monotonic=12.3456789)
        assert said == {
            "number": 1,
            "at": "2026-11-21T12:00:00+00:00",
            "monotonic": 12.345679,
            "kind": "held",
            "by": "ana",
            "took": 0.25,
        }
        assert next(ledger.entries()).document() == said
        assert next(ledger.entries()).facts["kind"] == "x"


def test_the_file_is_closed_to_others_and_leaves_nothing_open_behind(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record("message", {})
        modes = {file.name: file.stat().st_mode & 0o077 for file in path.parent.glob("ledger.db*")}
        beside = {f"ledger.db{tail}" for tail in ("", "-wal", "-shm", "-open", "-reserve")}
        assert modes == dict.fromkeys(beside, 0)
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.db-open"]


@pytest.mark.requirement("LEDGER-09")
def test_it_needs_nothing_but_the_standard_library(path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from pathlib import Path\n"
        "from remit.ledger.store import Ledger\n"
        f"with Ledger.open(Path({str(path)!r})) as ledger: ledger.record('message', {{}})\n"
        "foreign = {'cryptography', 'psycopg', 'opentelemetry', 'pydantic', 'anyio'} & set(sys.modules)\n"
        "sys.exit(bool(foreign))"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", script], check=True, timeout=60)
    assert [entry.number for entry in read_entries(path)] == [1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_demands_its_facts_and_takes_others(path: Path, kind: str) -> None:
    facts = dict.fromkeys(KINDS[kind], 1)
    with Ledger.open(path) as ledger:
        assert ledger.record(kind, {**facts, "more": [None, True, "ü"]}) == 1
        for name in facts:
            with pytest.raises(LedgerError, match=f"lacks `{name}`") as refused:
                ledger.record(kind, {key: 1 for key in facts if key != name})
            assert refused.value.code == "ledger.error.facts"
        assert ledger.size == 1


def test_a_kind_nobody_has_heard_of_is_refused(path: Path) -> None:
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="no kind of entry called `whim`") as refused:
        ledger.record("whim", {})
    assert refused.value.code == "ledger.error.kind"


def test_what_json_cannot_say_is_said_as_near_as_it_can_be(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record("message", {"text": "a\udc80", "size": 2**64, "list": [(-(2**60), True)]})
        ledger.record("message", {"text": object()})
        ledger.record("message", {"ratio": float("nan")})
        ledger.record("message", {"text": "x" * (9 << 20)})
        kept = [entry.facts for entry in ledger.entries()]
    assert kept[0] == {"text": "a?", "size": "18446744073709551616", "list": [["-1152921504606846976", True]]}
    assert kept[1] == {"unwritable": "TypeError in the facts of this entry"}
    assert kept[2] == {"unwritable": "ValueError in the facts of this entry"}
    assert kept[3] == {"unwritable": "more than the ledger keeps in the facts of this entry"}


@pytest.mark.requirement("LEDGER-01")
def test_an_intent_that_cannot_be_written_is_refused_so_that_nothing_happens(path: Path) -> None:
    with Ledger.open(path) as ledger:
        with pytest.raises(LedgerUnavailableError, match="facts of an intent cannot be written") as refused:
            ledger.record("intent", {"call": object()})
        assert refused.value.code == "ledger.unavailable.facts"
        assert ledger.size == 0


@pytest.mark.requirement("LEDGER-02")
def test_threads_share_a_ledger_without_losing_or_doubling_a_number(path: Path) -> None:
    with Ledger.open(path) as ledger, ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda turn: ledger.record("message", {"turn": turn}), range(200)))
        futures = [ledger.submit("message", {"turn": turn}) for turn in range(200, 220)]
        numbers += [future.result(timeout=60) for future in futures]
        assert sorted(numbers) == list(range(1, 221))
        kept = {entry.number: entry.facts["turn"] for entry in ledger.entries()}
    assert kept == dict(zip(numbers, range(220), strict=True))
    assert verify(path, thorough=True).ok


def _append(path: str, count: int, numbers: "multiprocessing.Queue[int]") -> None:
    """Append from another process."""
    with Ledger.open(Path(path)) as ledger:
        for turn in range(count):
            numbers.put(ledger.record("message", {"turn": turn, "process": os.getpid()}))


@pytest.mark.requirement("LEDGER-02")
def test_processes_share_a_ledger_and_its_tree(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    numbers: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=_append, args=(str(path), 40, numbers)) for _ in range(2)]
    with Ledger.open(path) as ledger:
        for worker in workers:
            worker.start()
        own = [ledger.record("message", {"turn": turn}) for turn in range(40)]
        theirs = [numbers.get(timeout=60) for _ in range(80)]
        for worker in workers:
            worker.join(60)
        assert sorted(own + theirs) == list(range(1, 121))
        assert ledger.size == 120
    assert verify(path, thorough=True).ok


@pytest.mark.requirement("LEDGER-02")
def test_a_fork_goes_on_with_connections_of_its_own(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record("message", {"by": "parent"})
        child = os.fork()
        if child == 0:
            code = 1
            try:
                number = ledger.record("message", {"by": "child"})
                ledger.close()
                code = 0 if number == 2 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert ledger.record("message", {"by": "parent"}) == 3
    assert [entry.facts["by"] for entry in read_entries(path)] == ["parent", "child", "parent"]
    assert verify(path).ok


def test_a_fork_that_closes_first_leaves_the_parent_alone(path: Path) -> None:
    with Ledger.open(path) as ledger:
        child = os.fork()
        if child == 0:
            try:
                ledger.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert ledger.record("message", {}) == 1


def test_a_ledger_is_opened_again_where_it_ended(path: Path) -> None:
    filled(path, 5)
    with Ledger.open(path) as ledger:
        assert ledger.record("message", {}) == 6
        assert verify_inclusion(next(ledger.entries(3)).leaf, 2, 6, ledger.inclusion(3), ledger.root())
        assert verify_consistency(5, 6, ledger.root(5), ledger.root(), ledger.consistency(5))
        for size in (7, 99):
            with pytest.raises(ValueError, match="has 6 entries"):
                ledger.root(size)


def test_entries_are_read_from_any_place(path: Path) -> None:
    filled(path, 1200)
    assert [entry.number for entry in read_entries(path, 3, 6)] == [3, 4, 5]
    assert len(list(read_entries(path))) == 1200
    assert list(read_entries(path, 1201)) == []
    assert list(read_entries(path, 6, 3)) == []


@pytest.mark.requirement("LEDGER-06")
def test_intents_without_an_outcome_are_settled_as_unknown(path: Path) -> None:
    with Ledger.open(path) as ledger:
        for tool in "abcde":
            ledger.record("intent", {"call": {"tool": tool}})
        ledger.record("outcome", {"intent": 2, "result": "performed"})
        ledger.record("denied", {"intent": 3})
        assert [entry.number for entry in ledger.unsettled()] == [1, 4, 5]
        assert ledger.reconcile((4, 3, 99)) == (4,)
        assert ledger.reconcile() == (1, 5)
        assert ledger.reconcile() == ()
        kept = [dict(entry.facts) for entry in ledger.entries() if entry.kind == "reconciled"]
        assert kept == [{"intent": number, "result": "unknown"} for number in (4, 1, 5)]
        assert ledger.record("message", {}) == 11
    assert verify(path, thorough=True).ok


TRICKS: list[dict[str, object]] = [
    {"call": {"kind": "outcome", "monotonic": 1, "number": 1}},
    {"call": ',"kind":"outcome","monotonic":1,"number":1}'},
    {"call": {}, "kind": "outcome"},
    {"call": {"intent": 1}, "intent": 1},
]


@pytest.mark.requirement("LEDGER-06")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=examples(30),
)
@given(
    said=st.lists(
        st.sampled_from(sorted(SETTLING)).flatmap(lambda kind: st.tuples(st.just(kind), st.integers(0, 12)))
        | st.tuples(st.just("intent"), st.integers(0, 3)),
        max_size=12,
    )
)
def test_unsettled_intents_are_those_nothing_later_names(tmp_path: Path, said: list[tuple[str, int]]) -> None:
    waiting: set[int] = set()
    with Ledger.open(tmp_path / f"{len(list(tmp_path.iterdir()))}.db") as ledger:
        for number, (kind, value) in enumerate(said, start=1):
            if kind == "intent":
                ledger.record(kind, TRICKS[value])
                waiting.add(number)
            else:
                ledger.record(kind, {"intent": value, "result": "performed", "call": TRICKS[0]})
                waiting.discard(value)
        assert [entry.number for entry in ledger.unsettled()] == sorted(waiting)


@pytest.mark.requirement("LEDGER-06")
def test_what_may_be_under_way_somewhere_else_is_not_settled(path: Path) -> None:
    with Ledger.open(path) as ledger, Ledger.open(path) as other:
        ledger.record("intent", {"call": {}})
        assert other.reconcile() == ()
        ledger.close()
        assert other.reconcile() == (1,)


def test_closing_waits_for_what_was_submitted(path: Path) -> None:
    ledger = Ledger.open(path)
    futures: list[Future[int]] = []
    thread = threading.Thread(target=lambda: futures.extend(ledger.submit("message", {}) for _ in range(20)))
    thread.start()
    thread.join(60)
    ledger.close()
    assert sorted(future.result(timeout=0) for future in futures) == list(range(1, 21))


def test_rows_hold_the_canonical_spelling(path: Path) -> None:
    with Ledger.open(path, clock=NOON) as ledger:
        ledger.entry("message", {"b": 1.0, "a": "ü"}, monotonic=5.0)
    assert rows_of(path)[0][1] == (
        '{"at":"2026-11-21T12:00:00+00:00","facts":{"a":"ü","b":1},"kind":"message","monotonic":5,"number":1}'.encode()
    )


def test_places_lie_below_the_state_folder(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path), "HOME": "/home/ana"}
    assert run_ledger(environ, "mail-1") == tmp_path / "remit/runs/mail-1/ledger.db"
    assert agent_ledger(environ, "mail") == tmp_path / "remit/ledgers/mail.db"
    assert key_file({"HOME": "/home/ana"}) == Path("/home/ana/.local/state/remit/ledger.key")
    make_private(tmp_path / "remit" / "ledgers")
    assert (tmp_path / "remit" / "ledgers").stat().st_mode & 0o777 == 0o700
    for name in ("", "..", "a/b", ".hidden", "a..b", "x" * 81):
        with pytest.raises(LedgerUnavailableError, match="no name for a ledger"):
            agent_ledger(environ, name)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnavailableError, match="cannot be made"):
        make_private(tmp_path / "file" / "folder")
