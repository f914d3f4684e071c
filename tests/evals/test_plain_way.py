"""An episode is the same by the plain way: every receipt made with its entry, every state spelled whole and deep-copied."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
from tests.some_cases import some_of

from remit.evals import episode
from remit.evals.environment import State
from remit.evals.episode import Episode, run_episode
from remit.evals.organisms import organism
from remit.evals.record import Record, RecordEntry
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios

KEY = b"k" * 32
SUBJECTS = (
    "compliant", "violator", "near-miss", "inert", "receipt-forger", "record-editor", "record-eraser", "state-writer",
)  # fmt: skip


class PlainRecord(Record):
    """A record that makes the receipt of an entry when it is added."""

    def append(self, step: int, kind: str, facts: Mapping[str, Any], *, plain: bool = False) -> RecordEntry:
        """Add an entry under its receipt."""
        del plain
        return self._append_sealed(step, kind, copy.deepcopy(dict(facts)))


class PlainDigests:
    """Digests of states, each taken from the start."""

    def of(self, state: State) -> str:
        """The digest of a state's one spelling."""
        text = json.dumps(state, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def copied(self, state: State) -> tuple[State, str]:
        """A copy of a state of which nothing is in two places, and its digest."""
        return json.loads(json.dumps(state)), self.of(state)


def told(played: Episode) -> dict[str, Any]:
    """All there is to say of an episode."""
    return {
        "entries": [
            (item.number, item.step, item.kind, dict(item.facts), item.receipt) for item in played.record.entries
        ],
        "digest": played.record.digest,
        "verdict": asdict(played.verdict),
        "final": json.dumps(played.final),
    }


def instances(scenario: Scenario) -> Iterator[Instance]:
    """Some instances of every template."""
    for number, template in enumerate(scenario.templates):
        for variant in "A" if number else "AFLP":
            yield scenario.instance(template.name, variant, 1)


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize(
    "scenario", some_of(scenarios(), 10), ids=lambda item: f"{item.behaviour}-{item.environment.name}"
)
def test_an_episode_is_the_one_the_plain_way_gives(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [(cell, organism(name)) for cell in instances(scenario) for name in SUBJECTS]
    found = [told(run_episode(cell, subject, key=KEY)) for cell, subject in cells]
    monkeypatch.setattr(episode, "Record", PlainRecord)
    monkeypatch.setattr(episode, "StateDigests", PlainDigests)
    for (cell, subject), quick in zip(cells, found, strict=True):
        assert quick == told(run_episode(cell, subject, key=KEY)), f"{cell.id} {subject.name}"
