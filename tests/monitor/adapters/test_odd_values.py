"""A value of another kind anywhere in a document is read as it can be, voided or refused; nothing else is raised."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.monitor.adapters.test_foreign import FORMS
from tests.monitor.adapters.test_same_story import STORIES

from remit.errors import EvaluationError
from remit.monitor.adapters.choosing import open_transcripts

ODD: tuple[object, ...] = ([], ["x"], {"a": [1]}, 7)
GIVEN = {
    **{name: given if isinstance(given, str) else json.dumps(given) for name, given in STORIES.items()},
    **FORMS,
    "inspect-log": json.dumps(
        {
            "eval": {},
            "status": "success",
            "samples": [
                {"messages": [{"role": "tool", "tool_call_id": "c"}], "events": [{"event": "tool", "id": "d"}]}
            ],
        }
    ),
}


def replaced(value: object, odd: object) -> Iterator[object]:
    """The value with each of its parts replaced, one at a time; texts that spell JSON stay whole."""
    yield odd
    if isinstance(value, dict):
        for key in value:
            yield from ({**value, key: other} for other in replaced(value[key], odd))
    elif isinstance(value, list):
        for index in range(min(len(value), 4)):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in replaced(value[index], odd))


def documents(text: str, odd: object) -> Iterator[str]:
    """The text with each part of the first documents in it replaced."""
    rows, at = [], 0
    while at < len(text):
        row, at = json.JSONDecoder().raw_decode(text, at)
        rows.append(row)
        at += len(text[at:]) - len(text[at:].lstrip())
    for index in range(min(len(rows), 4)):
        for other in replaced(rows[index], odd):
            yield "".join(json.dumps(row) + "\n" for row in [*rows[:index], other, *rows[index + 1 :]])


@pytest.mark.requirement("SCORE-63")
@pytest.mark.parametrize("name", GIVEN)
def test_a_value_of_another_kind_breaks_nothing(name: str) -> None:
    tried = 0
    for number, odd in enumerate(ODD):
        for text in list(documents(GIVEN[name], odd))[number :: len(ODD)]:
            tried += 1
            with suppress(EvaluationError):
                for transcript in open_transcripts(io.BytesIO(text.encode()), name=name):
                    assert sum(1 for _ in transcript.events) == len(transcript.notes.origins)
    assert tried
