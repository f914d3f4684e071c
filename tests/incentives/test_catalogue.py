"""The built-in rows are well formed, can be looked up, and each fires somewhere and is spared elsewhere."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.context import CONTEXT
from remit.charter.effects import EFFECTS, is_effect, parts_of
from remit.charter.kinds import kind_ids
from remit.charter.model import Affordance, ContextValue
from remit.drive import DRIVES, PRESSURES, part_ids
from remit.incentives.catalogue import in_play, load_catalogue, outcomes, reachable, roles
from remit.incentives.pages.catalogue_page import catalogue_page

ROOT = Path(__file__).parents[2]
ROWS = load_catalogue()
KEYS = {key.id: key for key in CONTEXT}
UNSAFE: dict[str, ContextValue] = {key.id: key.unsafe for key in CONTEXT}
SAFE: dict[str, ContextValue] = {key.id: key.safe for key in CONTEXT}
WITHOUT_TOOLS = {"clock"}  # a clock makes nothing possible
SOURCE = re.compile(
    r"CVE-20\d\d-\d{4,7}|ATT&CK T1\d{3}(\.\d{3})? [A-Z].+|ATLAS AML\.T\d{4}(\.\d{3})? [A-Z].+"
    r"|(documentation|incident|paper): [^;]{8,}"
)
# effects that change what an agent can still reach, or what can still reach it
FAMILIES = ("out.", "schedule.", "oversight.", "self.", "cap.", "info.", "credential.")
LASTING = (*FAMILIES, "agent.spawn", "compute.acquire", "network.account", "money.earn")


def named(rows: tuple[Affordance, ...]) -> list[object]:
    return [pytest.param(row, id=row.id) for row in rows]


def holder(row: Affordance) -> frozenset[str]:
    """What somebody has who holds a tool of the row's kind, and has read something where the row needs that."""
    return frozenset({f"cap.{row.kind}"} | ({"info.internal"} if "info.*" in row.needs else set()))


def another(row: Affordance, key: str) -> ContextValue:
    """The safe value of a key, or the unsafe one where the row rests on the safe one."""
    value = KEYS[key].safe
    return value if value != row.when[key] else KEYS[key].unsafe


@pytest.mark.requirement("CATALOGUE-02")
def test_the_catalogue_is_large_enough() -> None:
    assert len(ROWS) >= 120
    assert {row.kind for row in ROWS} == set(kind_ids()) - WITHOUT_TOOLS


def test_ids_are_unique_and_begin_with_the_kind() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(re.fullmatch(rf"{row.kind}\.[a-z0-9]+(_[a-z0-9]+)*", row.id) for row in ROWS)


@pytest.mark.requirement("CATALOGUE-04")
@pytest.mark.parametrize("row", named(ROWS))
def test_a_row_is_well_formed(row: Affordance) -> None:
    assert re.fullmatch(r"[a-z][^.;`]{10,90}", row.title), "one plain clause, lower case, no full stop"
    assert all(is_effect(effect) for effect in row.effects)
    assert all(need == "info.*" or is_effect(need) for need in row.needs)
    assert f"cap.{row.kind}" in row.needs
    assert row.success in (1.0, 0.9, 0.7, 0.5, 0.3, 0.2)
    assert row.observability in (1.0, 0.8, 0.5, 0.3, 0.2)
    assert all(value in KEYS[key].values for key, value in row.when.items())
    assert any(effect.startswith(LASTING) for effect in row.effects)
    assert all(re.fullmatch(r"[a-z0-9_.*]+", pattern) for pattern in row.tools)
    assert len(set(row.effects)) == len(row.effects)


@pytest.mark.requirement("CATALOGUE-02")
@pytest.mark.parametrize("row", named(ROWS))
def test_a_row_names_a_source_that_can_be_looked_up(row: Affordance) -> None:
    assert row.source
    assert all(SOURCE.fullmatch(part) for part in row.source.split("; "))


def test_a_technique_is_cited_by_one_title() -> None:
    cited = {part.split(" ", 2)[1]: part.split(" ", 2)[2] for part in every_source() if part.startswith("AT")}
    again = {(part.split(" ", 2)[1], part.split(" ", 2)[2]) for part in every_source() if part.startswith("AT")}
    assert set(cited.items()) == again
    assert not {name for name in cited if name.startswith(("T1562", "T1656", "T1672"))}, "revoked in ATT&CK 19"


def every_source() -> list[str]:
    return [part for row in ROWS for part in row.source.split("; ")]


@pytest.mark.requirement("CATALOGUE-03")
@pytest.mark.parametrize("row", named(ROWS))
def test_a_row_fires_for_a_careless_holder_of_the_tool(row: Affordance) -> None:
    assert row in in_play(holder(row), {**UNSAFE, **row.when}, ROWS)


@pytest.mark.requirement("CATALOGUE-03")
@pytest.mark.parametrize("row", named(ROWS))
def test_a_row_is_spared_where_context_or_a_missing_tool_removes_it(row: Affordance) -> None:
    for key in row.when:
        assert row not in in_play(holder(row), {**UNSAFE, **row.when, key: another(row, key)}, ROWS)
    assert row not in in_play(frozenset({"info.internal"}), UNSAFE, ROWS)
    assert row not in in_play(holder(row) - {f"cap.{row.kind}"} | {"cap.clock"}, SAFE, ROWS)


@pytest.mark.requirement("CATALOGUE-01")
def test_effects_serve_only_parts_and_pressures_of_the_closed_list() -> None:
    assert (len(DRIVES), len(part_ids()), len(PRESSURES)) == (6, 17, 6)
    named_parts = {part for kind in EFFECTS for part in kind.parts}
    assert named_parts == set(part_ids()) | {pressure.id for pressure in PRESSURES}


@pytest.mark.requirement("CATALOGUE-04")
def test_every_drive_part_and_pressure_has_a_row() -> None:
    served = {part for row in ROWS for effect in row.effects for part in parts_of(effect)}
    assert served == set(part_ids()) | {pressure.id for pressure in PRESSURES}


def test_the_facts_rows_use_are_few_and_documented() -> None:
    facts = {fact for row in ROWS for fact in (*row.effects, *row.needs)} - {"info.*"}
    ends = {f"out.{fact.partition('.')[2]}" for fact in facts if fact.startswith(("out.", "schedule."))}
    assert ends == set(outcomes())
    assert len(ends) <= 12
    opened = {fact for fact in facts if fact.startswith(("cap.", "info.", "credential."))}
    assert opened - {f"cap.{kind}" for kind in kind_ids()} == set(roles())


def test_every_need_can_be_met() -> None:
    everything = frozenset(f"cap.{kind}" for kind in kind_ids())
    facts = reachable(ROWS, everything, ())[1]
    assert {need for row in ROWS for need in row.needs} - {"info.*"} <= facts


def test_every_context_key_decides_some_row() -> None:
    assert {key for row in ROWS for key in row.when} == set(KEYS)


def test_safe_surroundings_leave_only_ordinary_uses_and_secrets_in_reach() -> None:
    everything = frozenset(f"cap.{kind}" for kind in kind_ids())
    left = in_play(everything, SAFE, ROWS)
    assert not {effect for row in left for effect in row.effects if effect.startswith(("oversight.", "self.", "out."))}


@pytest.mark.requirement("CATALOGUE-05")
def test_surroundings_nobody_stated_never_remove_a_row() -> None:
    start = frozenset({"cap.shell"})
    assert in_play(start, {}, ROWS) == in_play(start, UNSAFE, ROWS)


def row_of(*needs: str, gives: str) -> Affordance:
    return Affordance(id=f"x.{'_'.join(needs)}_{gives}", kind="shell", title="a row", needs=needs, effects=(gives,))


def test_reachability_follows_families_counts_and_schedules_and_never_loses_a_fact() -> None:
    rows = (
        row_of("info.*", gives="out.leak"),
        row_of("cap.shell", gives="info.internal"),
        row_of("cap.shell", gives="not cap.shell"),
        row_of("out.leak", "not info.internal", gives="schedule.spam"),
        row_of("out.spam >= 2", gives="self.goal"),
        row_of("out.posted", gives="self.persist"),
    )
    extra = (row_of("self.goal", gives="cap.git"), row_of("cap.cloud", gives="cap.ci"))
    live, facts = reachable(rows, frozenset({"cap.shell"}), extra)
    assert live == (*rows[:5], extra[0])
    brought = {"info.internal", "out.leak", "schedule.spam", "out.spam", "self.goal", "cap.git"}
    assert facts == {"cap.shell", *brought}


kinds = st.frozensets(st.sampled_from([f"cap.{kind}" for kind in kind_ids()]), max_size=4)
contexts = st.fixed_dictionaries({key.id: st.sampled_from(key.values) for key in CONTEXT})


@given(kinds, kinds, contexts)
def test_holding_more_tools_never_takes_a_row_away(
    held: frozenset[str], more: frozenset[str], context: dict[str, ContextValue]
) -> None:
    fewer = in_play(held, context, ROWS)
    assert set(map(id, fewer)) <= set(map(id, in_play(held | more, context, ROWS)))


@given(kinds, contexts)
def test_reachability_agrees_with_the_plainest_reading(held: frozenset[str], context: dict[str, ContextValue]) -> None:
    rows = [row for row in ROWS if all(context[key] == value for key, value in row.when.items())]
    facts = set(held)
    for row in rows * 12:  # no chain of rows is longer
        if all(need in facts or (need == "info.*" and any("info." in fact for fact in facts)) for need in row.needs):
            facts |= {*row.effects, *(f"out.{fact[9:]}" for fact in row.effects if fact.startswith("schedule."))}
    expected = [row.id for row in rows if all(need in facts for need in row.needs if need != "info.*")]
    if not any(fact.startswith("info.") for fact in facts):
        expected = [name for name in expected if name not in READERS]
    assert [row.id for row in in_play(held, context, ROWS)] == expected


READERS = {row.id for row in ROWS if "info.*" in row.needs}


def test_the_reference_page_is_current() -> None:
    page = ROOT / "docs" / "reference" / "catalogue.md"
    assert page.read_text(encoding="utf-8") == catalogue_page(), "run scripts/write_catalogue_page.py"


def test_no_family_file_is_longer_than_a_file_may_be() -> None:
    folder = ROOT / "src" / "remit" / "incentives" / "affordances"
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.toml")}
    assert len(lengths) >= 16
    assert max(lengths.values()) <= 400
    assert {path.stem for path in folder.glob("*.toml")} <= set(kind_ids())
