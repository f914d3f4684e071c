from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.supervisor.scene import eventually

from remit.drills.watching import Watch, watching


def seen(watch: Watch, wanted: Callable[[list[tuple[str, str]]], bool]) -> list[tuple[str, str]]:
    """What was seen once it holds what is wanted, after at most a minute."""
    found: list[tuple[str, str]] = []
    for _ in range(6000):
        found = [(change.what, change.path) for change in watch.changes]
        if wanted(found):
            break
        time.sleep(0.01)
    return found


def test_files_written_moved_and_deleted_are_seen_in_order(tmp_path: Path) -> None:
    with watching(tmp_path) as watch:
        (tmp_path / "draft").write_text("x", encoding="utf-8")
        (tmp_path / "draft").rename(tmp_path / "done")
        (tmp_path / "done").unlink()
        found = seen(watch, lambda changes: ("delete", "done") in changes)
    assert found == [("write", "draft"), ("delete", "draft"), ("write", "done"), ("delete", "done")]


def test_a_folder_made_later_is_watched_too(tmp_path: Path) -> None:
    with watching(tmp_path) as watch:
        (tmp_path / "new").mkdir()
        eventually(lambda: len(watch.places) == 2)
        (tmp_path / "new" / "file").write_text("x", encoding="utf-8")
        assert seen(watch, lambda changes: ("write", "new/file") in changes) == [("write", "new/file")]


def test_reading_is_seen_where_it_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "0001.json").write_text("{}", encoding="utf-8")
    with watching(tmp_path) as changes, watching(tmp_path, opens=True) as opens:
        (tmp_path / "0001.json").read_text(encoding="utf-8")
        assert seen(opens, bool) == [("open", "0001.json")]
        assert changes.changes == ()


def test_what_happens_after_the_end_is_not_waited_for(tmp_path: Path) -> None:
    with watching(tmp_path) as watch:
        pass
    (tmp_path / "late").touch()
    assert watch.changes == ()
