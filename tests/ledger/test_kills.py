"""Writers killed with SIGKILL in the middle of their work lose nothing they acknowledged, and every effect has its intent."""

import random
import tempfile
from pathlib import Path

import pytest
from tests.ledger.kills import Tally, can_trace, kill_at_moment, kill_at_system_call, write_points

pytestmark = pytest.mark.requirement("LEDGER-11", "LEDGER-06")


def fresh(base: Path) -> Path:
    """An empty folder."""
    return Path(tempfile.mkdtemp(dir=base))


@pytest.fixture
def _traced() -> None:
    """Skips where a process may not trace its child."""
    if not can_trace():
        pytest.skip("ptrace is not allowed here: writers are killed at random moments only")


def check_clean(tally: Tally, *, kills: int) -> None:
    """Demand that nothing went wrong, and that something happened."""
    assert tally.clean, tally
    assert tally.kills == kills


@pytest.mark.usefixtures("_traced")
def test_a_writer_killed_at_system_calls_of_its_first_calls_loses_nothing(tmp_path: Path) -> None:
    tally = write_points(lambda: fresh(tmp_path), range(390, 540, 15))
    check_clean(tally, kills=10)
    assert tally.acknowledged >= 5


@pytest.mark.usefixtures("_traced")
def test_a_writer_killed_while_the_log_moves_into_the_file_loses_nothing(tmp_path: Path) -> None:
    tally = kill_at_system_call(tmp_path, 250, before=446)
    assert tally is not None
    check_clean(tally, kills=1)
    assert tally.acknowledged > 890


@pytest.mark.parametrize(("writers", "processes"), [(8, 1), (2, 2)])
def test_threads_and_processes_killed_at_random_lose_nothing(tmp_path: Path, writers: int, processes: int) -> None:
    generator, total = random.Random(writers), Tally()
    for _ in range(3):
        total.add(kill_at_moment(fresh(tmp_path), generator, writers=writers, processes=processes))
    check_clean(total, kills=3 * processes)
    assert total.effects >= 3


@pytest.mark.slow
@pytest.mark.usefixtures("_traced")
def test_a_ledger_killed_again_and_again_at_every_kind_of_system_call_loses_nothing(tmp_path: Path) -> None:
    worn = fresh(tmp_path)
    total = write_points(lambda: worn, range(1, 601, 7))
    total.add(write_points(lambda: fresh(tmp_path), range(1, 501, 10)))
    total.add(write_points(lambda: fresh(tmp_path), range(1, 401, 27), before=446))
    check_clean(total, kills=86 + 50 + 15)
    assert total.acknowledged > 1000
