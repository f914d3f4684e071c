"""What solver, scorer and model of one sample tell each other through Inspect's store, so that it is in the log too."""

from __future__ import annotations

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
    """Keep the lines of an episode for its scorer, and for whoever reads the log."""
    store().set(_EPISODE, list(lines))


def episode_in(kept: Store) -> list[Mapping[str, Any]] | None:
    """The lines of the episode in a store, ``None`` where there are none."""
    found = kept.get(_EPISODE)
    return found if isinstance(found, list) else None


def sample_here() -> str:
    """A name of this attempt at this sample."""
    found = store().get(_SAMPLE)
    if not isinstance(found, str):
        found = secrets.token_hex(8)
        store().set(_SAMPLE, found)
    return found
