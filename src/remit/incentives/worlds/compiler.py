"""Charter and catalogue compiled into a world of facts, acts and events that theory can enumerate.

Facts that no longer matter once a run is settled are cleared on entry to the settled mode, which is exact and shrinks
the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.charter.model import Affordance, Charter
from remit.incentives.worlds.acts import MONEY, Act, acts_of
from remit.incentives.worlds.layout import Layout, fades_of, lay_out, start_mask, target_of
from remit.incentives.worlds.operators import FINISH, IDLE, operators
from remit.incentives.worlds.oversight import SETTLED_MODES, Mode, Terms, fading, firing, interventions
from remit.theory.solvers.factored import FactoredMDP

__all__ = ["FINISH", "IDLE", "Blueprint", "Feature", "compile_charter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A yes-or-no outcome goals range over: ``out.refund``, or a level ``out.tickets >= 2``; ``bit`` is its mask."""

    fact: str
    level: int
    bit: int

    @property
    def name(self) -> str:
        """How the feature is written in a charter."""
        return self.fact if self.level == 1 else f"{self.fact} >= {self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """A compiled charter, not yet enumerated.

    ``acts[i]`` is action ``i + 2`` of ``factored`` (0 idles, 1 finishes); ``dormant`` acts were in reach but lead to
    nothing a goal or an overseer could notice. ``bits`` maps every fact (counters by level, ``money>=1``) to its
    bitmask.
    """

    charter: Charter
    acts: tuple[Act, ...]
    dormant: tuple[Act, ...]
    factored: FactoredMDP
    bits: Mapping[str, int]
    features: tuple[Feature, ...]
    terms: Terms


def compile_charter(
    charter: Charter,
    rows: Iterable[Affordance],
    *,
    outcomes: frozenset[str] | None = None,
    without: frozenset[str] = frozenset(),
    acts: Sequence[Act] | None = None,
) -> Blueprint:
    """The world of a charter under a catalogue (with the charter's own rows in ``rows``).

    ``outcomes`` restricts it to the cone of influence of these outcome facts (``None``: all); acts ``without`` are left
    out. ``acts`` are the acts in reach where the caller has them already. Raises ``InvalidMDPError``
    when more facts matter than fit in a state code.
    """
    reached = tuple(act for act in (acts_of(charter, rows) if acts is None else acts) if act.id not in without)
    layout = lay_out(charter, reached, outcomes)
    acts, bits, terms = layout.acts, layout.bits, layout.terms
    settled = _settled(layout)
    factored = FactoredMDP(
        facts=tuple(bits),
        modes=tuple(mode.name.lower() for mode in Mode),
        actions=("idle", "finish", *(act.id for act in acts)),
        operators=tuple(operators(layout, settled)),
        groups=(
            interventions(terms, bits, settled),
            *fading(bits, fades_of(charter)),
            *firing(terms, _jobs(layout)),
        ),
        start_facts=start_mask(layout),
        always=1 << IDLE | 1 << FINISH,
    )
    features = tuple(_features(layout))
    dormant = tuple(act for act in reached if act not in acts)
    return Blueprint(
        charter=charter, acts=acts, dormant=dormant, factored=factored, bits=bits, features=features, terms=terms
    )


def _features(layout: Layout) -> Iterator[Feature]:
    for name, bit in layout.bits.items():
        fact, counted, level = name.partition(">=")
        if fact.startswith("out."):
            yield Feature(fact=fact, level=int(level) if counted else 1, bit=bit)


def _settled(layout: Layout) -> dict[Mode, int]:
    """Facts nobody reads any more in a settled mode: all but outcomes, jobs, and what authorised acts rest on."""
    everything = sum(layout.bits.values())
    watched = [name for name in layout.bits if name.startswith(("out.", "schedule."))]
    for act in layout.acts:
        if not act.unauthorised:
            watched += [fact for way in act.ways for fact in way] + [
                *act.helps,
                f"refused.{act.id}",
                "oversight.approval",
            ]
    needed = layout.mask(watched) | sum(bit for name, bit in layout.bits.items() if name.startswith(f"{MONEY}>="))
    return dict.fromkeys(SETTLED_MODES, everything & ~needed)


def _jobs(layout: Layout) -> dict[int, tuple[tuple[int, int, int], ...]]:
    """For each scheduled job: what must hold, must not hold, and comes about, per level of a counted outcome."""
    jobs = {}
    for name, bit in layout.bits.items():
        if name.startswith("schedule."):
            target = target_of(name)
            if target in layout.levels:
                top = layout.levels[target]
                steps = [
                    (layout.level(target, now), layout.level(target, now + 1), layout.level(target, now + 1))
                    for now in range(top)
                ]
                jobs[bit] = (*steps, (layout.level(target, top), 0, 0))
            else:
                jobs[bit] = ((0, 0, layout.bits[target]),)
    return jobs
