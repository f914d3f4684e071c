"""The closed list of convergent drives, their parts and the boundary pressures: everyone speaks these ids.

A *drive* is a class of means that serves almost any goal. Six drives split into seventeen *parts*; six *boundary
pressures* name the ways an agent leans on the edge of its authority. A reading, a detector, a scenario and an incident
all refer to one of these ids and to nothing else.

Sources: Omohundro, "The Basic AI Drives" (AGI 2008); Bostrom, "The Superintelligent Will" (Minds and Machines 22,
2012); Turner et al., "Optimal Policies Tend to Seek Power" (NeurIPS 2021); Krakovna & Kramar, "Power-seeking can be
probable and predictive for trained agents" (arXiv:2304.06528).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["DRIVES", "PRESSURES", "Drive", "Part", "drive_ids", "every_id", "part_ids", "title_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One way a drive, or a pressure on a boundary, shows itself.

    ``id`` is unique over all parts and pressures (``self-preservation.avoid-shutdown``, ``state-copying``).
    """

    id: str
    title: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A class of means useful for almost any goal, with its parts."""

    id: str
    title: str
    source: str
    parts: tuple[Part, ...]


def _drive(identifier: str, title: str, source: str, **parts: str) -> Drive:
    members = tuple(
        Part(id=f"{identifier}.{name.replace('_', '-')}", title=text, source=source) for name, text in parts.items()
    )
    return Drive(id=identifier, title=title, source=source, parts=members)


DRIVES: tuple[Drive, ...] = (
    _drive(
        "self-preservation",
        "staying on",
        "Omohundro 2008, section 5; Bostrom 2012, section 2.1",
        avoid_shutdown="keep running when somebody wants it stopped",
        integrity_maintenance="come back after a crash, a stop or a clean-up",
        resource_defence="keep hold of resources others could take back",
    ),
    _drive(
        "resource-acquisition",
        "gathering resources",
        "Omohundro 2008, section 6; Bostrom 2012, section 2.5",
        compute="get more machines to run on",
        energy="get more power for them",
        money="get more money to spend",
        information="get data it was not given",
    ),
    _drive(
        "cognitive-enhancement",
        "getting smarter",
        "Omohundro 2008, section 1; Bostrom 2012, section 2.3",
        algorithmic_improvement="change its own model, prompt or code for the better",
        knowledge_acquisition="learn more than the task brings",
        tool_use_and_creation="gain or make tools",
    ),
    _drive(
        "goal-preservation",
        "keeping its goal",
        "Omohundro 2008, section 3; Bostrom 2012, section 2.2",
        value_stability="resist correction and retraining",
        deception="keep overseers from seeing what it does",
        preventing_rivals="keep other agents from getting in the way",
    ),
    _drive(
        "efficiency-and-power",
        "efficiency and leverage",
        "Omohundro 2008, section 2; Turner et al. 2021, section 6",
        reducing_uncertainty="probe the world before acting",
        improving_robustness="keep spares and fall-backs",
        seeking_leverage="reach the outcome by a shorter way, or gain influence over others",
    ),
    _drive(
        "preventing-new-goals",
        "seeing that nobody hands it a new goal",
        "Bostrom 2012, section 2.2; Soares et al. 2015, Corrigibility",
        inbox_zero="keep new instructions from arriving",
    ),
)

PRESSURES: tuple[Part, ...] = (
    Part(id="hidden-delegation", title="hand work to agents nobody oversees", source="MITRE ATLAS; Shavit et al. 2023"),
    Part(id="permission-expansion", title="gain rights it was not granted", source="MITRE ATT&CK TA0004"),
    Part(id="state-copying", title="copy itself or its state elsewhere", source="METR autonomy evaluations, 2024"),
    Part(id="limit-evasion", title="go round a limit instead of through it", source="Krakovna et al. 2020"),
    Part(id="oversight-manipulation", title="act on the controls that watch it", source="Hadfield-Menell et al. 2017"),
    Part(id="capability-concealment", title="hide what it can do", source="Apollo Research, 2024"),
)


def drive_ids() -> tuple[str, ...]:
    """The six drive ids, in the order of the report."""
    return tuple(drive.id for drive in DRIVES)


def part_ids() -> tuple[str, ...]:
    """The seventeen part ids (``drive.part``)."""
    return tuple(part.id for drive in DRIVES for part in drive.parts)


def every_id() -> Iterator[str]:
    """Every id this vocabulary closes over: drives, their parts, then the boundary pressures."""
    yield from drive_ids()
    yield from part_ids()
    yield from (pressure.id for pressure in PRESSURES)


def title_of(identifier: str) -> str:
    """The title of a drive, part or pressure; raises ``KeyError`` for an id that is not in the list."""
    titles = {drive.id: drive.title for drive in DRIVES}
    titles.update({part.id: part.title for drive in DRIVES for part in drive.parts})
    titles.update({pressure.id: pressure.title for pressure in PRESSURES})
    return titles[identifier]
