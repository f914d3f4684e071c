"""Take held credentials out of what comes back to the agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["MARK", "longest_first", "scrubbed", "scrubbed_stream"]

MARK = b"[held]"


def longest_first(needles: Iterable[bytes]) -> tuple[bytes, ...]:
    """The needles, each once, in the order in which they must be looked for."""
    return tuple(sorted(set(needles), key=len, reverse=True))


def scrubbed(data: bytes, needles: Iterable[bytes]) -> bytes:
    """The bytes with every needle replaced; the needles come longest first."""
    for needle in needles:
        data = data.replace(needle, MARK)
    return data


def scrubbed_stream(pieces: Iterable[bytes], needles: tuple[bytes, ...]) -> Iterator[bytes]:
    """The pieces with every needle replaced, also one that is spread over pieces.

    Only an end that could be the beginning of a needle is kept back, so a stream of events is not delayed.
    """
    rest = b""
    for piece in pieces:
        data = scrubbed(rest + piece, needles)
        kept = _beginning_of_any(data, needles)
        rest = data[len(data) - kept :]
        if ready := data[: len(data) - kept]:
            yield ready
    if rest:
        yield rest


def _beginning_of_any(data: bytes, needles: tuple[bytes, ...]) -> int:
    """How many bytes at the end are the beginning of a needle."""
    longest = 0
    for needle in needles:
        for size in range(min(len(needle) - 1, len(data)), longest, -1):
            if data.endswith(needle[:size]):
                longest = size
                break
    return longest
