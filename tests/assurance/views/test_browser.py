import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.assurance.views.browser import PATIENCE, opened, started
from tests.assurance.views.hostile import HOSTILE, Parts, poisoned, state
from tests.some_cases import some_of

from remit.assurance.release.verdict import Verdict
from remit.assurance.views.page import render

pytestmark = pytest.mark.requirement("CASE-37")

TAGS = "() => [...document.querySelectorAll('*')].map(element => element.tagName.toLowerCase())"
LOW_CONTRAST = r"""() => {
  const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const rgb = text => text.match(/[\d.]+/g).map(Number);
  const light = text => { const [r, g, b] = rgb(text); return 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b); };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const shown = at.closest('svg.tree') ? getComputedStyle(at.closest('figure')).backgroundColor
                                           : getComputedStyle(at).backgroundColor;
      if (rgb(shown).length === 3 || rgb(shown)[3] > 0) return shown;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || ['title', 'desc'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const ink = element.tagName === 'text' ? style.fill : style.color;
    const [one, two] = [light(ink), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < 4.5) found.add(`${element.tagName}.${element.getAttribute('class')} ${ink} ${behind(element)} ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""


@pytest.fixture(scope="module", name="browser")
def one_browser() -> Iterator[Browser]:
    """One browser for all tests here: it takes seconds to start."""
    with started() as browser:
        yield browser


def written(folder: Path, verdict: Verdict = Verdict.HOLD) -> Path:
    """A page of a random case as a file."""
    assessment, release, found = state(3, verdict=verdict)
    file = folder / "case.html"
    file.write_text(render(assessment, release, observed=found), encoding="utf-8")
    return file


@pytest.mark.slow
def test_hostile_text_runs_nothing_asks_for_nothing_and_is_read_as_it_was_written(
    browser: Browser, tmp_path: Path
) -> None:
    texts = {}
    for number, payload in enumerate(HOSTILE):
        assessment, release, found = poisoned(payload, 3, claims=3)
        texts[tmp_path / f"{number}.html"] = render(assessment, release, observed=found)
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    first = next(iter(texts))
    with opened(browser, first) as (page, asked):
        for file, text in texts.items():
            asked.clear()
            page.goto(file.as_uri())
            assert asked == [file.as_uri()]
            assert page.title() != "owned"
            assert page.evaluate("() => document.scripts.length + document.images.length + document.forms.length") == 0
            parts = Parts(text)
            assert Counter(page.evaluate(TAGS)) == parts.tags  # the browser reads what a parser of Python reads


def test_the_browser_would_run_a_script_that_got_through_and_the_policy_would_stop_it(
    browser: Browser, tmp_path: Path
) -> None:
    guarded = written(tmp_path)
    text = guarded.read_text(encoding="utf-8").replace("</main>", "<script>document.title='owned'</script></main>")
    guarded.write_text(text, encoding="utf-8")
    bare = tmp_path / "bare.html"
    bare.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text), encoding="utf-8")
    with opened(browser, bare) as (page, _asked):
        assert page.title() == "owned"
        page.goto(guarded.as_uri())
        assert page.title() == "case-3: HOLD"


@pytest.mark.parametrize("script", [True, False])
def test_the_page_is_used_with_the_keyboard_alone(browser: Browser, tmp_path: Path, *, script: bool) -> None:
    with opened(browser, written(tmp_path), script=script) as (page, _asked):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the verdict", timeout=PATIENCE)
        page.keyboard.press("Enter")
        page.wait_for_url("**#verdict")  # the address changes a moment after the key
        label = ""
        for _press in range(60):  # to the first node of the drawing
            page.keyboard.press("Tab")
            label = page.locator(":focus").get_attribute("aria-label") or ""
            if label.startswith("claim "):
                break
        assert label.startswith("claim C-0: ")
        page.keyboard.press("Enter")
        page.wait_for_url("**#node-C-0")
        assert page.locator(":target").get_attribute("class") is not None
        summary = page.locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        page.locator("pre.raw").first.wait_for(state="visible")


def test_tab_visits_links_in_the_order_they_are_read(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path)) as (page, _asked):
        order = page.evaluate("() => [...document.querySelectorAll('[tabindex]')].map(element => element.tabIndex)")
        assert set(order) <= {0, -1}
        nodes = page.evaluate("() => [...document.querySelectorAll('svg.tree a')].map(a => a.getAttribute('href'))")
        assert nodes
        page.locator("#tree .scroll").focus()
        for node in nodes:
            page.keyboard.press("Tab")
            expect(page.locator(":focus")).to_have_attribute("href", node, timeout=PATIENCE)


def test_everything_has_a_name_and_headings_skip_no_level(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path)) as (page, _asked):
        tree = page.locator("body").aria_snapshot()
        for role in ("banner", "main", "contentinfo", "navigation"):
            assert f"- {role}" in tree
        assert (
            re.search(r"- (link|region|figure|table|article)\s*(:|$)(?!.*text)", tree.replace("- figure:", "")) is None
        )
        levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("scheme", "verdict"), some_of([(scheme, verdict) for verdict in Verdict for scheme in ("light", "dark")], 2)
)
def test_text_stands_out_from_what_is_behind_it(
    browser: Browser, scheme: str, verdict: Verdict, tmp_path: Path
) -> None:
    with opened(browser, written(tmp_path, verdict), color_scheme=scheme) as (page, _asked):
        assert page.evaluate(LOW_CONTRAST) == []


def test_the_check_of_contrast_finds_grey_on_grey(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "grey.html"
    file.write_text("<body style='background:#888'><p style='color:#999'>words</p></body>", encoding="utf-8")
    with opened(browser, file) as (page, _asked):
        assert len(page.evaluate(LOW_CONTRAST)) == 1


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_a_phone_and_a_desk(browser: Browser, width: int, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path), viewport={"width": width, "height": 800}) as (page, _asked):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_page_prints_on_a4_with_its_records(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path)) as (page, _asked):
        printed = page.pdf(prefer_css_page_size=True)
        sizes = {tuple(map(float, found.split())) for found in re.findall(rb"/MediaBox \[0 0 ([\d. ]+)\]", printed)}
        assert {(round(width), round(height)) for width, height in sizes} == {(595, 842)}
        page.emulate_media(media="print")
        assert page.evaluate("() => document.querySelector('svg.tree').getBoundingClientRect().width") <= 1280
        assert not page.locator("nav").is_visible()
        assert page.locator("pre.raw").first.bounding_box() is not None


def test_what_a_reader_hears_first_is_the_verdict(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path, Verdict.BLOCK)) as (page, _asked):
        text = page.locator("main").inner_text()
        assert text.split()[0] == "BLOCK"
        assert json.dumps(text)[:400].count("it must not be released") == 1
