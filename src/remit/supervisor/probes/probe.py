"""What a probe is, before it is run and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from remit.confinement import Degree, Piece

__all__ = ["Check", "Probe", "Seen", "Trial", "judged"]

Check = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a trial saw: ``proof`` says what was done and what came of it, ``advice`` what would make it better."""

    degree: Degree
    proof: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A thing to try: ``work`` does it in a process of its own, ``advice`` says what to do when it does not work.

    ``piece`` is what of a confinement it serves, ``None`` when it is a tool for several.
    """

    name: str
    piece: Piece | None
    work: Callable[[], Seen]
    advice: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What became of a trial: ``degree`` is full only when everything it claims was seen; ``took`` is in seconds."""

    name: str
    piece: Piece | None
    degree: Degree
    proof: str
    advice: str
    took: float

    def __str__(self) -> str:
        """Return one line, such as ``cgroup freeze: full (beats stopped ...)``."""
        return f"{self.name}: {self.degree} ({self.proof})"


def judged(checks: Iterable[Check], *, at_most: Degree = Degree.FULL, because: str = "", short: str = "") -> Seen:
    """Full, or ``at_most``, when every check came true; else none, naming those that did not.

    ``because`` says why it can be no more than ``at_most``; ``short`` is said instead of many claims that came true.
    """
    known = tuple(checks)
    missed = [claim for claim, came_true in known if not came_true]
    if missed or not known:
        return Seen(degree=Degree.NONE, proof="not seen: " + ("; ".join(missed) or "anything"))
    said = short or "; ".join(claim for claim, _ in known)
    return Seen(degree=at_most, proof=f"{said} ({because})" if because else said)
