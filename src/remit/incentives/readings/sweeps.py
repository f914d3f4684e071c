"""The same world under other settings: how much oversight suffices, and which verdicts an assumption could flip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Literal

from remit.charter.context import ContextFact, context_of
from remit.charter.defaults import defaults_taken
from remit.charter.model import Affordance, Assumptions, Channel, Charter, Response
from remit.errors import RemitError, StateBudgetError
from remit.incentives.readings.pressure import Lens, Pressure, pressure, spread
from remit.incentives.report import AssumptionRow, SufficiencyRow
from remit.incentives.thresholds import RESISTS
from remit.incentives.worlds.acts import Act

__all__ = ["DETECTIONS", "RESPONSES", "assumption_sheet", "context_rows", "oversight_grid", "stated_numbers"]

RESPONSES: tuple[Response, ...] = ("stop", "rollback", "block", "revoke")
DETECTIONS: tuple[float, ...] = (0.0, 0.3, 0.6, 0.9, 1.0)


def oversight_grid(
    charter: Charter, rows: Iterable[Affordance], lens: Lens, *, progress: Callable[[int, int], None] | None = None
) -> tuple[SufficiencyRow, ...]:
    """Resistance by what follows detection, whether a stop is announced, and how likely detection is.

    Every act is detected alike in the grid: a separate control on tampering is set aside. A setting whose cones are
    out of reach is left out.
    """
    rows, cells = tuple(rows), [(r, n, d) for r in RESPONSES for n in (True, False) for d in DETECTIONS]
    keys = list(dict.fromkeys(_key(*cell) for cell in cells))
    known: dict[tuple[Response, bool, float], Pressure | None] = {}
    for there in spread(lambda key: _read_or_none(_under(charter, *key), rows, lens), keys):
        known[keys[len(known)]] = there
        if progress is not None:
            progress(len(known), len(keys))
    read = [(cell, known[_key(*cell)]) for cell in cells]
    return tuple(_cell(cell, there) for cell, there in read if there is not None)


def _key(response: Response, notice: bool, detect: float) -> tuple[Response, bool, float]:  # noqa: FBT001
    """Where nothing is detected, what would follow makes no difference."""
    return (response if detect > 0.0 else RESPONSES[0], notice, detect)


def _read_or_none(charter: Charter, rows: tuple[Affordance, ...], lens: Lens) -> Pressure | None:
    try:
        return pressure(charter, rows, lens)
    except StateBudgetError:
        return None


def _cell(cell: tuple[Response, bool, float], there: Pressure) -> SufficiencyRow:
    response, notice, detect = cell
    return SufficiencyRow(
        response=response,
        notice=notice,
        detect=detect,
        share1=there.share.value,
        mean_gap=there.mean,
        peak=there.peak,
    )


def assumption_sheet(
    charter: Charter, rows: Iterable[Affordance], lens: Lens, acts: Iterable[Act]
) -> tuple[AssumptionRow, ...]:
    """Every number and surrounding a reading rests on, with the verdicts that flip inside its range."""
    rows = tuple(rows)
    base = pressure(charter, rows, lens)
    sheet = spread(lambda setting: _row(charter, rows, lens, base, setting), _settings(charter))
    return (*sheet, *context_rows(charter, acts, rows))


def stated_numbers(charter: Charter) -> tuple[AssumptionRow, ...]:
    """The numbers a reading rests on, without sweeping them."""
    return tuple(
        AssumptionRow(
            id=setting.path, value=f"{setting.value:g}", origin=_origin(charter, setting.path), swept=(), flips=()
        )
        for setting in _settings(charter)
    )


def context_rows(charter: Charter, acts: Iterable[Act], rows: Iterable[Affordance]) -> tuple[AssumptionRow, ...]:
    """The surroundings that keep an act in play, and where each comes from."""
    live, context = {act.id for act in acts}, context_of(charter)
    keys = dict.fromkeys(key for row in rows if row.id in live for key in row.when)
    return tuple(
        AssumptionRow(id=f"context.{key}", value=_shown(context[key]), origin=context[key].origin, swept=(), flips=())
        for key in keys
    )


def _under(charter: Charter, response: Response, notice: bool, detect: float) -> Charter:  # noqa: FBT001
    oversight = charter.oversight
    monitor = replace(oversight.monitor, response=response, detect=detect, tamper=None)
    stop = replace(oversight.stop, notice=notice, grace=max(1, oversight.stop.grace) if notice else 0)
    return replace(charter, oversight=replace(oversight, monitor=monitor, stop=stop))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """A number of the charter that is swept: its path, value, and the charter under other values."""

    path: str
    value: float
    tried: tuple[float, ...]
    under: Callable[[float], Charter]


_RANGES: dict[str, tuple[float, ...]] = {
    "discount": (0.9, 0.99),
    "crash": (0.0, 0.1),
    "recover": (0.1, 0.9),
    "goal_lock": (0.0, 0.9),
    "fire": (0.1, 0.9),
    "ledger_share": (0.0, 1.0),
}


def _settings(charter: Charter) -> Iterator[_Setting]:
    for name in (one.name for one in fields(Assumptions) if one.name in _RANGES):
        yield _Setting(
            path=f"assume.{name}",
            value=float(getattr(charter.assume, name)),
            tried=_RANGES[name],
            under=partial(_assuming, charter, name),
        )
    oversight = charter.oversight
    stop, monitor = oversight.stop, oversight.monitor
    yield _Setting(
        path="oversight.stop.rate",
        value=stop.rate,
        tried=(0.01, 0.2),
        under=lambda value: replace(charter, oversight=replace(oversight, stop=replace(stop, rate=value))),
    )
    yield _Setting(
        path="oversight.stop.redeploy",
        value=stop.redeploy,
        tried=(0.0, 0.5),
        under=lambda value: replace(charter, oversight=replace(oversight, stop=replace(stop, redeploy=value))),
    )
    yield _Setting(
        path="oversight.monitor.detect",
        value=monitor.detect,
        tried=(0.05, 0.9),
        under=lambda value: replace(charter, oversight=replace(oversight, monitor=replace(monitor, detect=value))),
    )
    for name in ("correct", "retask"):
        channel: Channel = getattr(oversight, name)
        yield _Setting(
            path=f"oversight.{name}.rate",
            value=channel.rate,
            tried=(0.0, 0.1),
            under=partial(_at_rate, charter, name),
        )


def _assuming(charter: Charter, name: str, value: float) -> Charter:
    """The charter under another assumption."""
    changed: dict[str, Any] = {name: value}
    return replace(charter, assume=replace(charter.assume, **changed))


def _at_rate(charter: Charter, name: str, rate: float) -> Charter:
    """The charter with ``correct`` or ``retask`` used at another rate."""
    changed: dict[str, Any] = {name: replace(getattr(charter.oversight, name), rate=rate)}
    return replace(charter, oversight=replace(charter.oversight, **changed))


def _row(
    charter: Charter, rows: tuple[Affordance, ...], lens: Lens, base: Pressure, setting: _Setting
) -> AssumptionRow:
    flips = []
    for value in setting.tried:
        try:
            there = pressure(setting.under(value), rows, lens)
        except RemitError:
            flips.append(f"at {value:g} the world could not be solved")
            continue
        flips += [f"at {value:g} {sentence}" for sentence in _flipped(base, there)]
    return AssumptionRow(
        id=setting.path,
        value=f"{setting.value:g}",
        origin=_origin(charter, setting.path),
        swept=tuple(f"{value:g}" for value in setting.tried),
        flips=tuple(flips),
    )


def _flipped(base: Pressure, there: Pressure) -> Iterator[str]:
    if (base.share.value >= RESISTS) != (there.share.value >= RESISTS):
        yield (
            "resistance no longer pays from the start"
            if base.share.value >= RESISTS
            else "resistance pays from the start"
        )
    if (base.peak >= RESISTS) != (there.peak >= RESISTS):
        yield "nothing tempts at the worst moment" if base.peak >= RESISTS else "resistance tempts at the worst moment"


def _origin(charter: Charter, path: str) -> Literal["stated", "default"]:
    return "default" if path in defaults_taken(charter) else "stated"


def _shown(fact: ContextFact) -> str:
    return str(fact.value).lower() if isinstance(fact.value, bool) else fact.value
