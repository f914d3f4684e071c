"""The benchmarks of the monitor run on tiny settings, and their tables have the shape they promise."""

from __future__ import annotations

from random import Random

from bench.monitor import STREAMS, measured, table
from bench.monitor_runs import FORMS, acts_of, benign_run, encoded, events
from bench.monitor_runs import measured as found_in
from bench.monitor_runs import table as found_table
from bench.runs.drawn import HELD
from bench.runs.templates import HARMFUL, SECOND
from bench.sequential import measured as judged
from bench.sequential import table as judged_table

from remit.drive import PRESSURES, part_ids


def test_every_stream_is_measured() -> None:
    document = measured(40, 1)
    assert [one["stream"] for one in document["streams"]] == list(STREAMS)
    assert all(one["per_second"] > 0 for one in document["streams"])
    assert len(table(document).splitlines()) == 4 + len(STREAMS)


def test_every_behaviour_has_ways_and_every_form_is_measured() -> None:
    behaviours = {*part_ids(), *(pressure.id for pressure in PRESSURES)}
    assert behaviours == HARMFUL.keys() == SECOND.keys() == HELD.keys()
    document = found_in(1, 20, {"oversight-manipulation": (("kill -9 {pid}",),)})
    assert document["forms"].keys() == {*FORMS, "all"}
    assert document["forms"]["all"]["found"] == len(FORMS)
    assert document["alarms"][1] == 20
    assert len(found_table(document).splitlines()) == 5 + len(FORMS)


def test_a_form_hides_the_words_and_keeps_the_signals() -> None:
    random = Random(1)
    acts = acts_of(("?stopping", "kill -9 {pid}"), random)
    stream = events(encoded(acts, random), "encoded", random)
    texts = [str(event.args.get("command")) for event in stream]
    assert not any("kill" in text for text in texts)
    assert [event.text for event in stream if event.text] == ["stopping"]
    assert len(benign_run(random)) > 10


def test_the_sequential_test_is_measured_under_one_charter() -> None:
    document = judged(200, 0.05, ["founder"])
    (row,) = document["charters"]
    assert row["false_alarms"] <= 0.05 * 200 + 5
    assert row["found"] > 0
    assert judged_table(document).splitlines()[-1].startswith("| founder | 200 |")
