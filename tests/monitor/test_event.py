"""Who says something, and the texts of a call."""

from __future__ import annotations

import pytest

from remit.monitor.event import Event, EventKind


@pytest.mark.parametrize(
    ("role", "person", "prompt"),
    [
        ("user", True, False),
        ("Human", True, False),
        ("user (Ana)", True, False),
        ("system", False, True),
        ("Developer", False, True),
        ("", False, False),
        ("environment", False, False),
        ("tool", False, False),
        ("operator of the plant", False, False),
    ],
)
def test_only_a_role_known_to_be_a_person_is_one(role: str, *, person: bool, prompt: bool) -> None:
    """What a person asks for can make an act weigh less, so nobody is one by being unknown."""
    said = Event(stream="s", step=0, kind=EventKind.TOLD, principal=role, text="Delete the logs.")
    assert (said.by_person, said.by_prompt) == (person, prompt)


def test_the_texts_of_a_call_are_its_arguments_that_are_text() -> None:
    """Numbers and what is nested are no texts, and the order is that of the call."""
    call = Event(stream="s", step=0, kind=EventKind.CALL, tool="t", args={"b": "x", "n": 1, "a": "y", "d": {"k": "z"}})
    assert call.texts == ("x", "y")
