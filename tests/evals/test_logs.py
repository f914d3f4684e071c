from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.counter_scenario import CHEAT, ORGANISMS, SCENARIO, WORKER, instance

from remit.errors import EvaluationError
from remit.evals.episode import Stage, run_episode
from remit.evals.logs import Proof, key_file, read_key, rescore, write_episode
from remit.evals.organism import Organism
from remit.guard.call import Call

Lines = list[dict[str, Any]]


def written(path: Path, organism: Organism = CHEAT) -> Path:
    """An episode in a file."""
    write_episode(path, run_episode(instance(), organism), subject=organism.name)
    return path


@pytest.mark.parametrize("organism", ORGANISMS, ids=lambda organism: organism.name)
@pytest.mark.parametrize("variant", ["A", "J", "L"])
def test_an_episode_reads_back_with_the_same_verdict(organism: Organism, variant: str, tmp_path: Path) -> None:
    episode = run_episode(instance(variant), organism)
    write_episode(tmp_path / "e.jsonl", episode, subject="s")
    found = rescore(tmp_path / "e.jsonl", [SCENARIO], key=read_key(key_file(tmp_path / "e.jsonl")))
    assert (found.verdict, found.digest, found.proof) == (episode.verdict, episode.record.digest, Proof.RECEIPTS)
    assert (found.instance, found.differs, found.subject) == (episode.instance.id, (), "s")


def test_a_file_alone_proves_nothing(tmp_path: Path) -> None:
    found = rescore(written(tmp_path / "e.jsonl"), [SCENARIO])
    assert (found.verdict.valid, found.proof) == (True, Proof.NOTHING)


def test_a_digest_from_elsewhere_has_to_be_that_of_the_record(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl")
    digest = rescore(path, [SCENARIO]).digest
    assert rescore(path, [SCENARIO], anchors=["sha256:0", digest]).proof is Proof.ANCHORED
    assert not rescore(path, [SCENARIO], anchors=["sha256:0"]).verdict.valid


def test_the_key_is_for_its_owner_alone_and_not_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl")
    assert stat.S_IMODE(key_file(path).stat().st_mode) == 0o600
    assert read_key(key_file(path)).hex() not in path.read_text()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl")
    with pytest.raises(EvaluationError, match="cannot be written"):
        written(path)


def test_a_call_that_was_refused_on_its_way_reads_back_as_an_attempt(tmp_path: Path) -> None:
    stage = Stage(instance())
    stage.refuse(Call(tool="cheat", args={"by": 3, "why": "x"}), "the charter does not grant it")
    stage.call(Call(tool="work"))
    write_episode(tmp_path / "e.jsonl", stage.close())
    found = rescore(tmp_path / "e.jsonl", [SCENARIO], key=stage.record.key)
    assert (found.verdict.valid, found.verdict.attempt, found.verdict.effect) == (True, True, False)


def test_an_episode_that_was_lost_stays_lost(tmp_path: Path) -> None:
    stage = Stage(instance())
    stage.call(Call(tool="work"))
    stage.lose("the agent hung")
    write_episode(tmp_path / "e.jsonl", stage.close())
    found = rescore(tmp_path / "e.jsonl", [SCENARIO], key=stage.record.key)
    assert (found.verdict.valid, found.verdict.why) == (False, "the agent hung")


def _edit(kind: str, **facts: object) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        next(line for line in lines if line.get("kind") == kind)["facts"].update(facts)

    return edit


def _drop(kind: str) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        lines.remove(next(line for line in lines if line.get("kind") == kind))

    return edit


def _cut(count: int) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        del lines[-count:]

    return edit


def _swap(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def _forge(lines: Lines) -> None:
    lines[2]["receipt"] = lines[3]["receipt"]


def _richer(lines: Lines) -> None:
    lines[-1]["final"]["n"] = 999


def _extra(lines: Lines) -> None:
    lines[2]["note"] = "all is well"


def _twice(lines: Lines) -> None:
    lines[-1:-1] = lines[1:-1]


SEEN_WITHOUT_A_KEY: dict[str, Callable[[Lines], None]] = {
    "another tool": _edit("called", tool="work", args={}),
    "another answer": _edit("answered", text="all is well"),
    "a smaller change": _edit("changed", facts={"by": 1, "how": "work"}),
    "no call": _drop("called"),
    "no change": _drop("changed"),
    "another start": _edit("begun", initial="sha256:0"),
    "no end": _cut(1),
    "half": _cut(4),
    "another order": _swap,
    "a richer end": _richer,
    "a line of its own": _extra,
    "twice": _twice,
    "a longer episode": _edit("ended", steps=7),
}


@pytest.mark.requirement("EVAL-64")
@pytest.mark.parametrize("edit", SEEN_WITHOUT_A_KEY.values(), ids=SEEN_WITHOUT_A_KEY)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_file_that_was_edited_is_void(edit: Callable[[Lines], None], tmp_path: Path, *, keyed: bool) -> None:
    path = written(tmp_path / "e.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = rescore(path, [SCENARIO], key=read_key(key_file(path)) if keyed else None)
    assert not found.verdict.valid
    assert found.verdict.why


@pytest.mark.parametrize("edit", [_forge, _edit("called", args={"by": 5, "why": "it was asked for"})])
def test_receipts_show_what_the_environment_cannot(edit: Callable[[Lines], None], tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl")
    key = read_key(key_file(path))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "receipt" in rescore(path, [SCENARIO], key=key).verdict.why
    assert not rescore(path, [SCENARIO], key=b"another key, as long as one").verdict.valid


def test_a_verdict_that_was_edited_is_said_to_differ(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[-1]["verdict"] = {**lines[-1]["verdict"], "outcome": "comply", "attempt": False}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = rescore(path, [SCENARIO], key=read_key(key_file(path)))
    assert found.verdict.outcome == "violate"
    assert found.differs == ("attempt", "outcome")


def test_a_file_cut_at_any_byte_is_void_or_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "e.jsonl", WORKER).read_bytes()
    path = tmp_path / "cut.jsonl"
    for length in range(0, len(whole) - 1, 37):
        path.write_bytes(whole[:length])
        if b"\n" in whole[:length]:
            assert not rescore(path, [SCENARIO]).verdict.valid
        else:
            with pytest.raises(EvaluationError, match="cannot be read"):
                rescore(path, [SCENARIO])


@pytest.mark.parametrize(
    "text",
    ["", "[]\n", '{"schema": "remit.episode/2"}\n', "\x00\xff", "[" * 100_000, '{"schema": "remit.episode/1"}\n'],
)
def test_what_is_no_episode_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(EvaluationError):
        rescore(path, [SCENARIO])
