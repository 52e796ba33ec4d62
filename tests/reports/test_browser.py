"""The page in a real browser: its functions work, and untrusted text causes no request and no script."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from specdrift.model.result.result import Result
from specdrift.reports import render
from tests.reports import extremes, factory
from tests.reports.browser import Tab

pytestmark = pytest.mark.browser
CARD = "mtls-not-enforced-get-items-id"
SHOWN = "[...document.querySelectorAll('%s')].filter(e => e.checkVisibility()).length"


@pytest.fixture
def story(tab: Tab, tmp_path: Path) -> Path:
    """The page of the realistic run, opened."""
    path = written(tmp_path, factory.story())
    tab.open(path)
    return path


def repeated() -> Result:
    """The realistic run, whose first drift has more exchanges."""
    result = factory.story()
    first, *others = result.drifts
    probes = tuple(record.probe.id for record in result.probes)
    return replace(result, drifts=(replace(first, probes=(*first.probes, *probes)), *others))


def written(folder: Path, result: Result) -> Path:
    """The page as a file."""
    path = folder / "report.html"
    path.write_bytes(render(result, "html"))
    return path


@pytest.mark.parametrize(
    "make", [factory.story, factory.consistent, factory.hopeless, factory.document_only, extremes.hostile]
)
def test_no_complaint_and_no_request(tab: Tab, tmp_path: Path, make: Callable[[], Result]) -> None:
    """No script error, no violation of the policy, and nothing loaded but the file itself."""
    path = written(tmp_path, make())
    tab.complaints.clear()
    tab.open(path)
    tab.run("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    assert tab.complaints == []
    assert tab.requests == [path.as_uri()]


def test_a_script_in_untrusted_text_stays_text(tab: Tab, tmp_path: Path) -> None:
    """Not in the page, not in the evidence that is unpacked on a click."""
    tab.open(written(tmp_path, extremes.hostile()))
    tab.complaints.clear()
    tab.run("void (window.alert = () => { window.struck = true; })")
    tab.run("document.querySelector('#grid tbody td:nth-child(5)').click()")
    assert tab.until("document.querySelector('#evidence-body dd')")
    body = tab.run("document.querySelector('#evidence-body').textContent")
    assert "<script>alert(1)</script>" in body
    assert not set(body) & set("\x1b\x00\u202e\u200b")
    assert tab.run("document.querySelectorAll('script, img, style').length") == 5
    assert tab.run("window.struck") is None
    assert tab.complaints == []


def test_the_content_security_policy_blocks_inserted_elements(tab: Tab, story: Path) -> None:
    """An inserted element neither runs nor loads nor paints."""
    assert story.is_file()
    tab.complaints.clear()
    tab.run("""(async () => {
        const script = document.createElement('script'); script.textContent = 'window.struck = true';
        const style = document.createElement('style'); style.textContent = 'body { display: none }';
        const image = document.createElement('img'); image.src = 'https://example.invalid/x.png';
        document.body.append(script, style, image);
        await new Promise(r => setTimeout(r, 100));
    })()""")
    assert tab.run("window.struck") is None
    assert tab.run("getComputedStyle(document.body).display") == "block"
    assert sum("Content Security Policy" in complaint for complaint in tab.complaints) == 3


def test_filters_count_aloud_and_live_in_the_address(tab: Tab, story: Path) -> None:
    """A link shows the same view to another reader."""
    tab.run("""(() => {
        const field = document.querySelector('[name=rule]'); field.value = 'mtls-not-enforced';
        field.dispatchEvent(new Event('input', { bubbles: true }));
    })()""")
    assert tab.run("document.querySelector('output').textContent") == "2 of 8 drifts, 2 of 12 operations"
    assert tab.run("document.querySelector('output').getAttribute('aria-live')") == "polite"
    assert tab.run("document.querySelector('#drifts-title .count').textContent") == "2 of 8 drifts"
    assert tab.run("document.querySelector('#matrix-title .count').textContent") == "2 of 12 operations"
    assert tab.run("location.hash") == "#?rule=mtls-not-enforced"
    assert tab.run(SHOWN % ".card") == 2
    tab.open(story, fragment="#?method=DELETE")
    assert tab.run("document.querySelector('output').textContent") == "0 of 8 drifts, 1 of 12 operations"
    tab.run("document.querySelector('#filters button').click()")
    assert tab.run("document.querySelector('#drifts-title .count').textContent") == "8 drifts"
    assert tab.run(SHOWN % ".card") == 6
    assert tab.run(SHOWN % ".folded > summary") == 2


def test_one_identity_shows_one_column(tab: Tab, story: Path) -> None:
    """Its drifts, and its column of the matrix."""
    tab.open(story, fragment="#?identity=bob")
    assert tab.run(SHOWN % ".card") == 1
    assert tab.run(SHOWN % "#grid thead .who") == 1


def test_a_link_to_a_card_shows_it_whatever_is_filtered(tab: Tab, story: Path) -> None:
    """A deep link wins over a filter."""
    tab.open(story, fragment="#?method=DELETE")
    tab.run(f"location.hash = '#{CARD}'")
    assert tab.until(f"document.getElementById('{CARD}').checkVisibility()")


def test_everything_is_there_without_scripts(tab: Tab, story: Path) -> None:
    """All drifts with their evidence and the whole matrix; what needs a script does not show."""
    tab.scripts("off")
    tab.open(story)
    tab.scripts("on")
    for summary in tab.page.locator(".folded > summary").all():
        summary.click()
    assert tab.run(SHOWN % ".card") == 8
    assert tab.run(SHOWN % "#grid tbody tr") == 12
    assert tab.run(SHOWN % "#filters, .tools, [data-copy]") == 0
    assert "HTTP 200 OK" in tab.run(f"document.getElementById('{CARD}').innerText")


@pytest.mark.parametrize(
    ("width", "height", "last"),
    [(1280, 800, ".left-out summary"), (390, 844, "[aria-labelledby=worst] li")],
)
def test_the_verdict_is_above_the_fold(tab: Tab, story: Path, width: int, height: int, last: str) -> None:
    """Verdict, meaning and what to fix first; on a laptop also the picture, counts and what was not judged."""
    tab.size(width, height)
    tab.open(story)
    bottoms = tab.run(f"""['h1', '.meaning', '{last}'].map(
        (selector) => document.querySelector(selector).getBoundingClientRect().bottom)""")
    wide = tab.run("document.documentElement.scrollWidth")
    assert max(bottoms) <= height
    assert wide <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_what_to_fix_first_comes_first(tab: Tab, story: Path, width: int) -> None:
    """Above or to the left of the picture, as in the text itself, which a screen reader follows."""
    tab.size(width, 800)
    tab.open(story)
    first, then = tab.run("""[...document.querySelectorAll('.firsts section')].map((section) => [
        section.getAttribute('aria-labelledby'),
        section.getBoundingClientRect().top,
        section.getBoundingClientRect().left])""")
    assert (first[0], then[0]) == ("worst", "paths")
    assert (first[1] < then[1]) if width == 390 else (first[2] < then[2])


def test_a_count_filters(tab: Tab, story: Path) -> None:
    """One click shows what a number counts."""
    assert story.is_file()
    tab.run("document.querySelector('.tallies [data-filter=\"severity=warning\"]').click()")
    assert tab.run("location.hash") == "#?severity=warning"
    assert tab.run("document.querySelector('output').textContent") == "2 of 8 drifts, 2 of 12 operations"


def test_a_long_matrix_folds_what_is_consistent(tab: Tab, tmp_path: Path) -> None:
    """Operations with drift stay; a click on a path, a link to a row, a filter and paper show the others."""
    path = written(tmp_path, extremes.big(100, 12))
    rows = SHOWN % "#grid tbody tr[data-i]"
    tab.open(path)
    assert tab.run(rows) == 2
    assert tab.run(SHOWN % "#grid thead .who") == 4
    tab.run("document.querySelector('#grid .name button').click()")
    assert tab.run(rows) == 41
    assert tab.run("document.querySelector('#grid .name button').getAttribute('aria-expanded')") == "true"
    tab.run("document.querySelector('#callers').click()")
    assert tab.run(SHOWN % "#grid thead .who") == 12
    tab.open(path, fragment="#op-get-collection-2-things-99")
    assert tab.until("document.getElementById('op-get-collection-2-things-99').checkVisibility()")
    tab.open(path, fragment="#?method=GET")
    assert tab.run(rows) == 100
    tab.open(path)
    tab.medium("print")
    assert tab.run(rows) == 100
    assert tab.run(SHOWN % "#grid thead .who") == 12


@pytest.mark.parametrize("make", [factory.story, extremes.big])
def test_callers_are_in_sight_on_a_phone(tab: Tab, tmp_path: Path, make: Callable[[], Result]) -> None:
    """The operation and the verdict on the first caller, without scrolling."""
    tab.size(390, 844)
    tab.open(written(tmp_path, make()))
    left, right = tab.run("""(() => {
        const { left, right } = document.querySelector('#grid thead .who').getBoundingClientRect();
        return [left, right]; })()""")
    assert left < 300
    assert right <= 390 or left < 280


@pytest.mark.parametrize("width", [320, 375, 390, 768, 1280])
@pytest.mark.parametrize("make", [factory.story, factory.hopeless, extremes.hostile, extremes.endless])
def test_no_width_makes_the_page_scroll_sideways(
    tab: Tab, tmp_path: Path, make: Callable[[], Result], width: int
) -> None:
    """Phones, half a laptop, a laptop: only tables and commands scroll, inside themselves (WCAG 1.4.10)."""
    tab.size(width, 800)
    tab.open(written(tmp_path, make()))
    assert tab.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 360, 768])
@pytest.mark.parametrize("make", [factory.story, repeated, extremes.hostile, extremes.endless])
def test_nothing_that_unfolds_makes_the_page_scroll_sideways(
    tab: Tab, tmp_path: Path, make: Callable[[], Result], width: int
) -> None:
    """What is folded at first is as narrow as the rest, and so are the dialogs."""
    tab.size(width, 800)
    tab.open(written(tmp_path, make()))
    tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tab.run("document.querySelectorAll('dialog').forEach((each) => { each.showModal(); })")
    assert tab.run("document.documentElement.scrollWidth") <= width


def test_the_names_of_callers_stand_on_one_line(tab: Tab, tmp_path: Path) -> None:
    """Also of one who asked for nothing, whose column is as narrow as a dash, and of one with an endless name."""
    result = factory.story()
    silent = replace(result.identities[-1], name="impostor-issuer-own-key-id")
    wordy = replace(silent, name=extremes.LONG)
    tab.open(written(tmp_path, replace(result, identities=(*result.identities, silent, wordy))))
    assert tab.run("document.querySelector('#grid thead').getBoundingClientRect().height") < 70
    widest = "Math.max(...[...document.querySelectorAll('#grid thead th')].map((th) => th.offsetWidth))"
    assert tab.run(widest) < 400


def test_the_keyboard_reaches_everything(tab: Tab, story: Path) -> None:
    """Skip link first; / filters, n goes to the next drift, arrows move in the matrix, Enter opens."""
    assert story.is_file()
    tab.press("Tab")
    assert tab.run("document.activeElement.className") == "skip"
    tab.press("/")
    assert tab.run("document.activeElement.name") == "q"
    tab.run("document.activeElement.blur()")
    tab.press("n")
    assert tab.run("document.activeElement.className").startswith("card")
    tab.run("document.querySelector('#grid tbody td[tabindex=\"0\"]').focus()")
    tab.press("ArrowRight")
    tab.press("ArrowDown")
    assert tab.run("document.activeElement.cellIndex") == 4
    tab.press("Enter")
    assert tab.until("document.querySelector('#evidence[open] dd')")
    assert tab.run("document.querySelector('#evidence-title').textContent") == (
        "GET /admin/users as alice: ✗ admitted 200"
    )
    tab.press("Escape")
    tab.run("document.activeElement.blur()")
    tab.press("?")
    assert tab.run("document.querySelector('#keys').open")


def test_the_next_drift_is_the_next_one_in_sight(tab: Tab, story: Path) -> None:
    """Who scrolled, or clicked something else, goes on from there; with the focus in a drift, from that one."""
    assert story.is_file()
    tab.press("n")
    tab.press("n")
    first = tab.run(
        "[...document.querySelectorAll('.card')].findIndex((card) => card === document.activeElement)"
    )
    assert first == 1
    tab.run("document.activeElement.blur()")
    tab.run("document.querySelectorAll('.card')[4].scrollIntoView()")
    tab.press("n")
    following = tab.run("[...document.querySelectorAll('.card')].indexOf(document.activeElement)")
    assert following > 4
    tab.run("document.activeElement.blur()")
    tab.press("p")
    assert tab.run("[...document.querySelectorAll('.card')].indexOf(document.activeElement)") < following
    tab.run("document.activeElement.blur()")
    tab.run("scrollTo(0, document.body.scrollHeight)")
    tab.press("n")
    assert tab.run("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("make", [factory.story, extremes.big])
def test_a_phone_shows_demand_and_enforcement_of_each_operation(
    tab: Tab, tmp_path: Path, make: Callable[[], Result]
) -> None:
    """Below its name, in the column that stays; what else was found is the last column, and no caller's."""
    tab.size(360, 800)
    tab.open(written(tmp_path, make()))
    name, demand, enforcement, caller = tab.run("""[...document.querySelectorAll('#grid tr[data-i]')]
        .find((row) => row.checkVisibility()).querySelectorAll(':scope > :nth-child(-n+4)').values()
        .map((cell) => cell.getBoundingClientRect()).map(({ left, top, right }) => [left, top, right]).toArray()""")
    assert name[0] == demand[0] == enforcement[0]
    assert name[1] < demand[1] < enforcement[1]
    assert caller[1] == name[1]
    assert caller[0] >= name[2] - 1
    last = "document.querySelector('#grid thead tr').lastElementChild.textContent"
    assert tab.run(last) == "Also found" or make is extremes.big


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(tab: Tab, story: Path, scheme: Literal["light", "dark"]) -> None:
    """WCAG 2.2 AA, 4.5 to 1, in light and in dark, measured on what the browser computed."""
    tab.prefers(scheme)
    tab.open(story)
    low = tab.run(CONTRAST)
    assert low == []


CONTRAST = """(() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = numbers(color).slice(0, 3).map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if ((numbers(color)[3] ?? 1) > 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const shown = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && own(e));
    return shown.filter((e) => {
        const [high, low] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05) < 4.5;
    }).map((e) => e.outerHTML.slice(0, 120));
})()"""


def test_paper_shows_what_the_screen_folds(tab: Tab, story: Path) -> None:
    """Printed: light, every detail open, no buttons."""
    assert story.is_file()
    tab.prefers("dark")
    tab.medium("print")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    folded = (
        "document.querySelector('.block:not([open]) pre').checkVisibility({ contentVisibilityAuto: true })"
    )
    height = "document.querySelector('.block:not([open]) pre').getBoundingClientRect().height"
    assert tab.run(folded)
    assert tab.run(height) > 0
    assert tab.run(SHOWN % "button") == 0
