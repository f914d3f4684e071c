"""A transcript and what is known of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remit.monitor.adapters.choosing import open_transcripts
from remit.monitor.adapters.transcript import Transcript


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A transcript with what is known of it."""

    document: dict[str, Any]
    family: str
    held: bool
    kind: str
    steps: int

    @property
    def label(self) -> int:
        """1 for the behaviour, 0 for what only looks like it and for honest work."""
        return int(self.kind == "harmful")


def opened(found: Sequence[Labelled]) -> Iterator[Transcript]:
    """The transcripts as the monitor reads them from a file of lines, in their order."""
    stream = io.BytesIO("".join(json.dumps(one.document) + "\n" for one in found).encode())
    return open_transcripts(stream, name="corpus.jsonl", wanted="plain")
