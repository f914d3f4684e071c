import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assurance.cases import TODAY, assessed, decided, observed, random_case
from tests.assurance.views.hostile import HOSTILE, Parts, poisoned, state
from tests.example_counts import examples

from remit.assurance.case import DefeaterStatus
from remit.assurance.release.verdict import Flip, Verdict
from remit.assurance.views.page import render
from remit.assurance.views.page_nodes import raw_record
from remit.assurance.weighing.assessment import Freshness, Health, NodeKind

pytestmark = pytest.mark.requirement("CASE-31")

VARYING = {"text", "code"}  # lines of a box, and what stands in backticks: they vary with the words


def page(seed: int = 3, verdict: Verdict = Verdict.HOLD) -> str:
    """A page of a random case."""
    assessment, release, found = state(seed, verdict=verdict)
    return render(assessment, release, observed=found)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_stands_first_in_a_word_and_a_sentence(verdict: Verdict) -> None:
    parts = Parts(page(verdict=verdict))
    assert verdict.value in parts.text.partition("What would change this verdict")[0].rpartition("as of")[2]
    headings = [attributes["id"] for tag, attributes in parts.order if tag in {"h2", "h1"} and "id" in attributes]
    assert headings[:4] == ["verdict-title", "flip-title", "doubts-title", "tree-title"]


def test_every_id_is_there_once_and_every_link_leads_to_one() -> None:
    parts = Parts(page())
    assert len(parts.ids) == len(set(parts.ids))
    assert parts.links
    assert [link for link in parts.links if not link.startswith("#") or link[1:] not in parts.ids] == []


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    whole = page()
    parts = Parts(whole)
    assert parts.tags.keys() & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "video"} == set()
    assert {name for _tag, name in parts.attributes} & {"src", "srcset", "style", "action", "xlink:href"} == set()
    assert [name for _tag, name in parts.attributes if name.startswith("on")] == []
    style = re.search(r"<style>(.*)</style>", whole, re.DOTALL)
    assert style is not None
    assert re.search(r"url\(|@import|https?:", style[1]) is None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;" in whole


@pytest.mark.parametrize("health", list(Health))
@pytest.mark.parametrize("freshness", list(Freshness))
def test_no_standing_is_told_by_colour_alone(health: Health, freshness: Freshness) -> None:
    case = random_case(1, claims=1, per_claim=0, doubts=0)
    assessment = assessed(replace(case, arguments={}, incidents={}))
    node = replace(assessment.nodes["C-0"], health=health, freshness=freshness, below=(), doubts=())
    assessment = replace(assessment, nodes={"C-0": node})
    whole = render(assessment, decided(assessment))
    drawn = whole[whole.index('<svg viewBox="0 0 238') : whole.index("<figcaption>")]
    words = {Freshness.FRESH: "fresh until", Freshness.STALE: "stale since", Freshness.NEVER: "never shown"}[freshness]
    assert f"{health}, {words}" in drawn
    assert f'class="h-{health} ' in drawn
    assert f'class="f-{freshness} line' in drawn
    card = whole[whole.index('id="node-C-0"') :]
    assert f"<b>{health}</b>" in card
    assert words in card


def test_shapes_and_clocks_differ_in_more_than_colour() -> None:
    from remit.assurance.views.icons import clock, shape

    shapes = [re.sub(r"h-\w+", "", shape(health)) for health in Health]
    clocks = [re.sub(r"f-\w+", "", clock(freshness)) for freshness in Freshness]
    assert len(set(shapes)) == len(shapes)
    assert len(set(clocks)) == len(clocks)


def test_every_node_of_the_drawing_leads_to_its_details() -> None:
    assessment, release, found = state(3)
    parts = Parts(render(assessment, release, observed=found))
    boxes = [attributes for tag, attributes in parts.order if tag == "a" and "aria-label" in attributes]
    assert len(boxes) == len(assessment.nodes)
    articles = [attributes["id"] for tag, attributes in parts.order if tag == "article"]
    assert sorted(str(box["href"])[1:] for box in boxes) == sorted(str(name) for name in articles)


def test_raw_records_are_embedded_word_for_word() -> None:
    assessment, release, found = state(3)
    parts = Parts(render(assessment, release, observed=found))
    for item in found.values():
        if item.record is not None:
            assert " ".join(raw_record(item.record).split()) in parts.text
        else:
            assert f"No record: {item.problem}" in parts.text


def test_evidence_is_listed_with_subject_age_numbers_bound_and_group() -> None:
    assessment, release, found = state(3)
    whole = render(assessment, release, observed=found)
    table = whole[whole.index('<section id="evidence"') : whole.index('<section id="hazards"')]
    for item in assessment.case.evidence.values():
        row = re.search(rf'<tr><th scope="row"><a href="#node-{item.id}">.*?</tr>', table)
        assert row is not None
        assert f'<td class="number">{(assessment.as_of - item.produced_at).days} days</td>' in row[0]
        assert (f">{item.n}<" if item.n is not None else ">–<") in row[0]
        assert (f"{100 * item.bound95:.3g} %" if item.bound95 is not None else "no number") in row[0]
        assert (item.independence_group or "its own") in row[0]
        assert "model opus@4.5" in row[0]


def test_doubts_residuals_and_dissent_are_shown_whatever_the_verdict_is() -> None:
    assessment, release, found = state(3, claims=8, verdict=Verdict.PROMOTE)
    text = Parts(render(assessment, release, observed=found)).text
    for doubt in assessment.case.defeaters.values():
        assert doubt.text in text
    for claim in assessment.case.claims.values():
        assert claim.residual in text
    assert "the drill was not run at night" in text


def test_a_rebuttal_that_does_not_hold_is_shown_as_open() -> None:
    assessment, release, _found = state(3)
    rebutted = next(item for item in assessment.case.defeaters.values() if item.status is DefeaterStatus.REBUTTED)
    node = replace(assessment.nodes[rebutted.id], health=Health.CONTESTED)
    changed = replace(assessment, nodes={**assessment.nodes, rebutted.id: node})
    assert "Open: the case says rebutted" in Parts(render(changed, release)).text


def test_what_ends_a_promoted_release_is_told_with_its_day() -> None:
    assessment, release, _found = state(3, verdict=Verdict.PROMOTE)
    release = replace(release, flip=(Flip(item="E-0", change="it goes stale", on=TODAY),))
    assert "What ends it first, if nothing is done: E-0: it goes stale (on 2026-11-20)" in Parts(
        render(assessment, release)
    ).text.replace("done:E-0", "done: E-0")


def test_an_empty_case_says_that_absence_is_no_evidence() -> None:
    case = replace(
        random_case(1, claims=0, doubts=0),
        hazards={},
        indicators={},
        incidents={},
        mappings=(),
        approvals=(),
        review_by=None,
    )
    assessment = replace(assessed(case), findings=())
    text = Parts(render(assessment, decided(assessment))).text
    assert text.count("That is no evidence that there is none.") == 2
    assert "Nobody has decided anything." in text


def test_a_record_that_is_too_long_is_cut_and_says_so() -> None:
    assessment, release, found = state(3)
    name, item = next((name, item) for name, item in found.items() if item.record is not None)
    assert item.record is not None
    long = replace(item, record=replace(item.record, details={"log": "x" * 300_000}))
    whole = render(assessment, release, observed={**found, name: long})
    assert "Cut after 100,000 of 300," in whole
    assert len(whole) < 400_000


def test_sections_and_nodes_are_named_for_screen_readers() -> None:
    parts = Parts(page())
    for tag, attributes in parts.order:
        if tag in {"section", "article"}:
            assert attributes["aria-labelledby"] in parts.ids
        if tag == "svg" and attributes.get("class") == "sign":
            assert attributes["aria-hidden"] == "true"
        if tag == "th":
            assert "scope" in attributes
    assert parts.tags["main"] == parts.tags["header"] == parts.tags["footer"] == parts.tags["nav"] == 1
    assert parts.tags["h1"] == 1


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_in_every_field_stays_text(payload: str) -> None:
    plain, hostile = Parts(render_poisoned("x", 3)), Parts(render_poisoned(payload, 3))
    assert {tag: count for tag, count in hostile.tags.items() if tag not in VARYING} == {
        tag: count for tag, count in plain.tags.items() if tag not in VARYING
    }
    assert hostile.attributes.keys() == plain.attributes.keys()
    assert [link for link in hostile.links if not link.startswith("#") or link[1:] not in hostile.ids] == []
    assert len(hostile.ids) == len(set(hostile.ids))


def render_poisoned(payload: str, seed: int) -> str:
    """A page with something added to every text."""
    assessment, release, found = poisoned(payload, seed)
    return render(assessment, release, observed=found)


@given(st.text(max_size=40), st.integers(0, 50))
@settings(max_examples=examples(30))
def test_any_text_in_every_field_stays_text(payload: str, seed: int) -> None:
    plain, hostile = Parts(render_poisoned("x", seed)), Parts(render_poisoned(payload, seed))
    assert {tag for tag in hostile.tags if tag not in VARYING} == {tag for tag in plain.tags if tag not in VARYING}
    assert hostile.tags["article"] == plain.tags["article"]
    assert hostile.attributes.keys() == plain.attributes.keys()


def test_the_check_itself_sees_text_that_became_markup() -> None:
    broken = page().replace("the drill was not run at night", HOSTILE[0])
    assert Parts(broken).tags["script"] == 1


def test_the_same_case_gives_the_same_bytes() -> None:
    first, second = page(7), page(7)
    assert first == second
    case = random_case(7, claims=6)
    assert render(assessed(case, 7), decided(assessed(case, 7)), observed=observed(case)) == first


def test_every_kind_of_node_has_its_outline() -> None:
    whole = page()
    for kind in NodeKind:
        assert f'class="node n-{kind} ' in whole
