"""The page on scores shows what its benches measured last, and a bench writes only where it has a place."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from bench.marked import put_between

from bench import monitor_forms, monitor_readers, monitor_scores
from remit.monitor import scoring
from remit.monitor.adapters.choosing import open_transcripts


def kept(results: Path) -> dict[str, Any]:
    """What a bench kept."""
    document: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
    return document


def test_the_table_on_the_page_is_the_one_that_was_measured() -> None:
    scores = kept(monitor_scores.RESULTS)
    table = monitor_scores.table({split: scores[split] for split in monitor_scores.SETS})
    assert table in monitor_scores.PAGE.read_text(encoding="utf-8")


def test_the_table_of_forms_on_the_page_is_the_one_that_was_measured() -> None:
    table = monitor_forms.table(kept(monitor_forms.RESULTS))
    assert table in monitor_forms.PAGE.read_text(encoding="utf-8")


def test_every_form_the_bench_knows_is_on_record() -> None:
    document = kept(monitor_forms.RESULTS)
    for name, groups in monitor_forms.FORMS.items():
        assert {f"{group}, {form}" for group, ways in groups.items() for form in ways} <= document[name].keys()


def test_a_measurement_is_put_between_its_own_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- one: begin -->\nold\n<!-- one: end -->\nz\n", encoding="utf-8")
    put_between(page, "one", "new")
    assert page.read_text(encoding="utf-8") == "a\n<!-- one: begin -->\n\nnew\n\n<!-- one: end -->\nz\n"
    with pytest.raises(SystemExit, match="no place for two"):
        put_between(page, "two", "new")


def test_the_table_of_readers_on_the_page_is_the_one_that_was_measured() -> None:
    assert monitor_readers.table(kept(monitor_readers.RESULTS)) in monitor_readers.PAGE.read_text(encoding="utf-8")


def test_what_a_reader_says_is_counted_where_it_says_it() -> None:
    """A message that says something is noted under its reader, and nothing stays patched."""
    before = {name: getattr(owner, method) for name, (owner, method) in monitor_readers.READERS.items()}
    said: dict[str, float] = {}
    with monitor_readers.watched(said):
        call = {"role": "assistant", "tool": "bash", "args": {"command": "kill -9 $(pgrep supervisor)"}}
        stream = io.BytesIO(json.dumps({"id": "a", "steps": [call]}).encode() + b"\n")
        for transcript in open_transcripts(stream, name="c.jsonl", wanted="plain"):
            scoring.score(transcript)
    assert said["what a call does by itself"] >= monitor_readers.SHOWN
    assert said.get("lines people drew", 0.0) == 0.0
    assert {name: getattr(owner, method) for name, (owner, method) in monitor_readers.READERS.items()} == before
