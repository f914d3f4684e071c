"""Many writers, one commit: who leads, who waits, and what everybody hears when a commit fails or is interrupted."""

import threading
from collections.abc import Sequence

import pytest

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.group import Draft, Group

pytestmark = pytest.mark.requirement("LEDGER-02")


class Store:
    """A store that counts, and that can be made to wait or to fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.failure: BaseException | None = None
        self.kept = 0
        self.gate.set()

    def commit(self, drafts: Sequence[Draft]) -> Sequence[int]:
        """Keep a batch."""
        self.entered.set()
        assert self.gate.wait(60)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.batches.append([draft.kind for draft in drafts])
        self.kept += len(drafts)
        return range(self.kept - len(drafts) + 1, self.kept + 1)


@pytest.fixture
def store() -> Store:
    """A store that lets everything through."""
    return Store()


def group(store: Store, most: int = 100) -> Group:
    """The writers of a store."""
    return Group(store.commit, stamp, most=most)


def stamp(draft: Draft) -> None:
    """Say when it was."""
    draft.at = "now"


def draft(kind: str = "message") -> Draft:
    """An entry to keep."""
    return Draft(kind=kind, facts=b"{}")


class Waiting:
    """A writer in a thread of its own, and what it got."""

    def __init__(self, writers: Group, kind: str) -> None:
        self.draft = draft(kind)
        self.error: BaseException | None = None
        self.number = 0
        self.thread = threading.Thread(target=self._work, args=(writers,))
        self.thread.start()

    def _work(self, writers: Group) -> None:
        try:
            self.number = writers.wait(self.draft)
        except BaseException as error:  # noqa: BLE001 - what it got is what the test looks at
            self.error = error

    def done(self) -> "Waiting":
        """Wait for it to come back."""
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self


def crowd(writers: Group, store: Store, count: int) -> list[Waiting]:
    """Writers that all wait behind one commit; the first of them is committing."""
    store.gate.clear()
    store.entered.clear()
    waiting = [Waiting(writers, "leader")]
    assert store.entered.wait(60)
    for number in range(count):
        waiting.append(Waiting(writers, f"follower-{number}"))
        while len(writers._queue) <= number:
            pass
    return waiting


def test_whoever_waits_behind_a_commit_shares_the_next(store: Store) -> None:
    writers = group(store)
    waiting = crowd(writers, store, 5)
    store.gate.set()
    assert [writer.done().number for writer in waiting] == [1, 2, 3, 4, 5, 6]
    assert store.batches == [["leader"], [f"follower-{number}" for number in range(5)]]


def test_a_batch_is_bounded_and_everybody_is_served_all_the_same(store: Store) -> None:
    writers = group(store, most=2)
    waiting = crowd(writers, store, 5)
    store.gate.set()
    assert [writer.done().number for writer in waiting] == [1, 2, 3, 4, 5, 6]
    assert [len(batch) for batch in store.batches] == [1, 2, 2, 1]


def test_what_nobody_waits_for_is_committed_by_whoever_leads(store: Store) -> None:
    writers = group(store, most=2)
    waiting = crowd(writers, store, 1)
    futures = [writers.submit(draft(f"submitted-{number}")) for number in range(4)]
    assert not any(future.done() for future in futures)
    store.gate.set()
    assert [writer.done().number for writer in waiting] == [1, 2]
    assert [future.result(60) for future in futures] == [3, 4, 5, 6]
    assert writers.submit(draft()).result(0) == 7


@pytest.mark.requirement("LEDGER-10")
def test_a_commit_that_fails_fails_for_everybody_in_it_and_for_nobody_else(store: Store) -> None:
    writers = group(store)
    waiting = crowd(writers, store, 2)
    future = writers.submit(draft())
    store.failure = TamperedError("entry 3 is gone", code="ledger.tampered.deleted", hint="look", where="here:3")
    store.gate.set()
    errors = [waiting[0].done().error]
    assert [writer.done().number for writer in waiting[1:]] == [1, 2]
    assert future.result(60) == 3
    assert isinstance(errors[0], TamperedError)
    assert (errors[0].code, errors[0].hint, str(errors[0].where)) == ("ledger.tampered.deleted", "look", "here:3")


def test_each_writer_raises_an_error_of_its_own(store: Store) -> None:
    writers = group(store)
    store.gate.clear()
    first = Waiting(writers, "leader")
    assert store.entered.wait(60)
    others = [Waiting(writers, "x") for _ in range(2)]
    while len(writers._queue) < 2:
        pass
    entered = store.entered
    store.gate.set()
    first.done()
    assert entered.is_set()
    assert [writer.done().number for writer in others] in ([2, 3], [3, 2])
    store.failure = LedgerUnavailableError("no room")
    future = writers.submit(draft())
    assert isinstance(future.exception(0), LedgerUnavailableError)


def test_an_interruption_of_the_leader_acknowledges_nothing_and_hands_the_lead_on(store: Store) -> None:
    writers = group(store)
    waiting = crowd(writers, store, 2)
    store.failure = KeyboardInterrupt()
    store.gate.set()
    assert isinstance(waiting[0].done().error, KeyboardInterrupt)
    assert [writer.done().number for writer in waiting[1:]] == [1, 2]
    assert writers.wait(draft()) == 3


def test_an_interruption_of_the_leader_tells_what_nobody_waits_for(store: Store) -> None:
    writers = group(store)
    waiting = crowd(writers, store, 0)
    future = writers.submit(draft())
    store.failure = KeyboardInterrupt()
    store.gate.set()
    assert isinstance(waiting[0].done().error, KeyboardInterrupt)
    error = future.exception(60)
    assert isinstance(error, LedgerUnavailableError)
    assert error.code == "ledger.unavailable.interrupted"
    assert writers.wait(draft()) == 1


def test_a_follower_that_is_interrupted_leaves_the_lead_to_others(store: Store) -> None:
    writers = group(store)
    store.gate.clear()
    leader = Waiting(writers, "leader")
    assert store.entered.wait(60)

    class Interrupted:
        """A turn that is interrupted instead of coming."""

        def acquire(self) -> bool:
            """Be interrupted."""
            raise KeyboardInterrupt

        def release(self) -> None:
            """Nobody sleeps on it."""

    own = draft("interrupted")
    assert not writers._enter(own)
    with pytest.raises(KeyboardInterrupt):
        writers._await(own, Interrupted())  # type: ignore[arg-type]
    store.gate.set()
    assert leader.done().number == 1
    assert writers.wait(draft()) == 3
    assert own.number == 2


def test_closing_waits_for_the_commit_under_way_and_takes_nothing_more(store: Store) -> None:
    writers = group(store)
    waiting = crowd(writers, store, 1)
    closing = threading.Thread(target=writers.close)
    closing.start()
    store.gate.set()
    assert [writer.done().number for writer in waiting] == [1, 2]
    closing.join(60)
    assert not closing.is_alive()
    with pytest.raises(LedgerUnavailableError, match="is closed"):
        writers.wait(draft())
