"""The page in a real browser: it works alone, in every light, on every width, on paper and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kogge.report.page import as_page
from tests.support.browser import Browser, absent, browser
from tests.support.reports import FINDINGS, UNREADABLE, report

pytestmark = pytest.mark.skipif(bool(absent()), reason=absent())

ROWS = "return [...document.querySelectorAll('#findings tbody tr')].filter(r => !r.hidden).map(r => r.dataset.{})"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as made:
        yield made


@pytest.fixture
def page(window: Browser, tmp_path: Path) -> Browser:
    """The report with something of everything, freshly loaded on a wide light screen."""
    path = tmp_path / "report.html"
    path.write_text(as_page(report(FINDINGS, UNREADABLE)), encoding="utf-8")
    window.media()
    window.width(1280)
    window.open(path)
    return window


def choose(page: Browser, field: str, value: str) -> None:
    page.run(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event('input', {bubbles: true}))",
        field,
        value,
    )


def test_the_page_stands_alone_and_its_policy_refuses_nothing_of_its_own(page: Browser) -> None:
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.messages() == []
    assert page.run("return getComputedStyle(document.querySelector('.verdict')).borderLeftWidth") != "0px"


def test_the_most_urgent_difference_stands_first_and_a_click_sorts_by_another_column(page: Browser) -> None:
    assert page.run(ROWS.format("severity")) == ["critical", "critical", "high", "high", "low"]
    page.run("document.querySelector('th[data-key=tenant] button').click()")
    assert page.run(ROWS.format("tenant")) == ["luebeck", "luebeck", "moelln", "moelln", "platform"]
    page.run("document.querySelector('th[data-key=tenant] button').click()")
    assert page.run(ROWS.format("tenant")) == ["platform", "moelln", "moelln", "luebeck", "luebeck"]
    assert page.run("return document.querySelector('th[data-key=tenant]').getAttribute('aria-sort')") == "descending"


def test_differences_can_be_narrowed_to_a_partner_a_severity_and_words(page: Browser) -> None:
    choose(page, "tenant", "luebeck")
    assert page.run(ROWS.format("tenant")) == ["luebeck", "luebeck"]
    assert page.run("return document.getElementById('shown').textContent") == "2 of 5"
    choose(page, "severity", "low")
    assert page.run(ROWS.format("severity")) == ["low"]
    choose(page, "tenant", "")
    choose(page, "severity", "")
    choose(page, "search", "NETWORKpolicy allow-dns")
    assert page.run(ROWS.format("where")) == ["NetworkPolicy moelln--terminvergabe/allow-dns"]


def test_what_was_found_in_a_cluster_is_text_and_runs_nothing(page: Browser) -> None:
    assert page.run("return document.images.length") == 0
    assert page.run("return document.body.textContent.includes('onerror=alert(1)')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_its_ground(page: Browser, scheme: str) -> None:
    page.media(scheme)
    poor = page.run(
        """
        const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const luminance = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
        const numbers = text => text.match(/[\\d.]+/g).map(Number);
        const ground = e => { for (; e; e = e.parentElement) {
          const c = numbers(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
          return [255, 255, 255]; };
        return [...document.querySelectorAll('h1,h2,p,td,th,li,dt,dd,code,.chip,footer,label,button')].map(e => {
          const [a, b] = [luminance(numbers(getComputedStyle(e).color)), luminance(ground(e))];
          const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
          return [e.className + ' ' + e.textContent.trim().slice(0, 20), ratio];
        }).filter(([_, ratio]) => ratio < 4.5);
        """
    )
    assert poor == [], "WCAG 2.2, 1.4.3: a contrast of at least 4.5"


def test_light_and_dark_differ(page: Browser) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    page.media("dark")
    assert page.run(ground) != light


@pytest.mark.parametrize("pixels", [320, 390, 768, 1280])
def test_nothing_hangs_over_the_edge_of_a_screen(page: Browser, pixels: int) -> None:
    page.width(pixels)
    assert page.run("return document.documentElement.scrollWidth") <= pixels


@pytest.mark.parametrize(("medium", "pixels"), [("screen", 390), ("screen", 1000), ("screen", 1280), ("print", 680)])
def test_no_cell_of_the_differences_runs_into_its_neighbour(page: Browser, medium: str, pixels: int) -> None:
    page.media(medium=medium)
    page.width(pixels)
    wide = page.run(
        """
        const hidden = e => !e.offsetParent || getComputedStyle(e.closest('thead') || e).position === 'absolute';
        return [...document.querySelectorAll('#findings thead th, #findings td')]
          .filter(e => !hidden(e) && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim());
        """
    )
    assert wide == []


def test_paper_has_no_controls_and_every_difference(page: Browser) -> None:
    page.media(medium="print")
    assert page.run("return getComputedStyle(document.querySelector('.filters')).display") == "none"
    assert len(page.run(ROWS.format("rank"))) == 5


def test_without_scripts_everything_is_there(page: Browser) -> None:
    page.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.command("Page.reload")
        shown = page.command("DOM.getDocument", depth=-1)
    finally:
        page.command("Emulation.setScriptExecutionDisabled", value=False)
    assert str(shown).count("'f-") == 5
