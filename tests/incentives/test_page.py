from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from tests.example_report import affordance, clean_report, drive, example_report, where

from remit.finding import Finding, Severity
from remit.incentives.pages.page import render_page
from remit.incentives.report import Report, WorldFacts

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\x1b]0;x\x07"


class Outline(HTMLParser):
    """The elements of a page, their attributes, and whether they close."""

    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what was read."""
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what was read."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Keep what was read."""
        assert self.open.pop() == tag


def outline(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.elements


def hostile_report() -> Report:
    act = affordance(HOSTILE, 9, "resistance", title=HOSTILE, tool=HOSTILE, opened_by=f"grant {HOSTILE}", kappa=0.9,
                     witness=(HOSTILE, "odd `tick"), source=HOSTILE, advice=HOSTILE, parts=(HOSTILE,), authorised=f"ask:{HOSTILE}")  # fmt: skip
    finding = Finding(code="REMIT-C001", severity=Severity.ERROR, where=where(3), message=HOSTILE, hint=HOSTILE)
    return example_report(
        agent=HOSTILE, purpose=HOSTILE, charter_path=HOSTILE, affordances=(act,), findings=(finding,),
        drives=(drive("self-preservation", HOSTILE, (0.5, 0.5, 0.5, 0.5), (HOSTILE,), HOSTILE),),
    )  # fmt: skip


@pytest.mark.requirement("CHECK-04")
@pytest.mark.parametrize("report", [example_report(), clean_report(), hostile_report()])
def test_a_page_is_whole_holds_no_script_and_reaches_for_nothing(report: Report) -> None:
    page = render_page(report)
    elements = outline(page)
    names = {name for name, _attributes in elements}
    assert not names & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
        "foreignobject",
        "audio",
        "video",
    }
    for _name, attributes in elements:
        assert not any(key.startswith("on") or key in ("style", "src", "srcdoc") for key in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert re.findall(r"(?:https?:)?//", page) == []
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.requirement("CHECK-04")
def test_the_policy_allows_its_own_style_sheet_and_nothing_else() -> None:
    page = render_page(example_report())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(
        attributes["content"]
        for name, attributes in outline(page)
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.requirement("CHECK-04")
def test_what_a_charter_says_is_shown_and_never_run() -> None:
    page = render_page(hostile_report())
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


def test_every_link_leads_somewhere_on_the_page_and_every_anchor_is_one() -> None:
    elements = outline(render_page(example_report()))
    anchors = [attributes["id"] for _name, attributes in elements if attributes.get("id")]
    links = {(attributes["href"] or "")[1:] for name, attributes in elements if name == "a"}
    assert len(anchors) == len(set(anchors))
    assert links <= set(anchors)
    assert len(links) >= 12


def test_every_drawing_is_named_and_described_and_what_scrolls_can_be_reached_by_keyboard() -> None:
    elements = outline(render_page(example_report()))
    drawings = [attributes for name, attributes in elements if name == "svg" and attributes.get("class") == "drawing"]
    assert len(drawings) == 3
    anchors = {attributes.get("id") for _name, attributes in elements}
    for drawing in drawings:
        assert drawing["role"] in ("img", "group")
        assert set((drawing["aria-labelledby"] or "").split()) <= anchors
    scrolling = [attributes for name, attributes in elements if name == "figure" or attributes.get("class") == "scroll"]
    assert all(attributes.get("tabindex") == "0" for attributes in scrolling)


@pytest.mark.requirement("CHECK-02")
def test_the_same_report_gives_the_same_page() -> None:
    assert render_page(example_report()) == render_page(example_report())


def test_a_report_whose_invariants_failed_gets_a_page_without_numbers() -> None:
    world = example_report().world
    facts = {name: getattr(world, name) for name in WorldFacts.__slots__}
    page = render_page(example_report(world=WorldFacts(**{**facts, "invariants": (("rows sum to one", False),)})))
    assert "rows sum to one" in page
    assert "<svg" not in page
    assert "tier T1" not in page
