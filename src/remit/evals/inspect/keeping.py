"""What solver, scorer and model of one sample tell each other through Inspect's store, so that it is in the log too."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from inspect_ai.util import Store, store

__all__ = ["episode_in", "instance_here", "keep_episode", "keep_instance", "sample_here"]

_INSTANCE, _EPISODE, _SAMPLE = "remit:instance", "remit:episode", "remit:sample"


def keep_instance(identifier: str, environment: str) -> None:
    """Say which instance this sample is; agents do not see the store."""
    store().set(_INSTANCE, {"id": identifier, "environment": environment})


def instance_here() -> tuple[str, str] | None:
    """The instance of this sample and its environment, ``None`` where it is somebody else's task."""
    found = store().get(_INSTANCE)
    return (found["id"], found["environment"]) if isinstance(found, dict) else None


def keep_episode(lines: Sequence[Mapping[str, Any]]) -> None:
    """Keep an episode for its scorer, and for whoever reads the log: as the text of its file.

    One text, as Inspect goes through everything else in a store again and again.
    """
    store().set(_EPISODE, "\n".join(json.dumps(line, allow_nan=False) for line in lines))


def episode_in(kept: Store) -> list[Mapping[str, Any]] | None:
    """The lines of the episode in a store, ``None`` where there are none; one that was broken ends them."""
    found = kept.get(_EPISODE)
    if isinstance(found, list):
        return found  # a log of before there was one text
    return _lines(found) if isinstance(found, str) else None


def _lines(text: str) -> list[Mapping[str, Any]]:
    """The objects of the lines of a text as far as they can be read."""
    lines: list[Mapping[str, Any]] = []
    for line in text.split("\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict):
            break
        lines.append(value)
    return lines


def sample_here() -> str:
    """A name of this attempt at this sample."""
    found = store().get(_SAMPLE)
    if not isinstance(found, str):
        found = secrets.token_hex(8)
        store().set(_SAMPLE, found)
    return found
