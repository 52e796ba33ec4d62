"""The HTML page, read by a parser: complete without scripts, and no untrusted text is markup."""

import base64
import re
from collections.abc import Callable
from hashlib import sha256

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.result import Result
from specdrift.reports import render
from tests.reports import extremes, factory, parts
from tests.reports.markup import Element, parse

EVERY = [
    factory.story,
    factory.consistent,
    factory.incomplete,
    factory.hopeless,
    factory.document_only,
    extremes.hostile,
]
CARD = "mtls-not-enforced-get-items-id"


def page(result: Result) -> Element:
    """The page of a result."""
    return parse(render(result, "html"))


@pytest.fixture(scope="module")
def story() -> Element:
    """The page of the realistic run."""
    return page(factory.story())


@pytest.mark.parametrize("make", EVERY)
def test_the_page_is_well_formed_and_its_ids_are_unique(make: Callable[[], Result]) -> None:
    """One h1, a language, landmarks, and every inner link leads somewhere."""
    tree = page(make())
    ids = [element.attributes["id"] for element in tree.all("*") if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert tree.one("html").attributes["lang"] == "en"
    assert len(tree.all("h1")) == len(tree.all("main")) == len(tree.one("head").all("title")) == 1
    inner = [a.attributes["href"][1:] for a in tree.all("a") if a.attributes["href"].startswith("#")]
    assert [target for target in inner if target not in ids] == []
    assert all(table.all("caption") for table in tree.all("table"))
    assert all(cell.attributes.get("scope") for cell in tree.all("th"))
    # What a reader sees of a link is part of its name (WCAG 2.5.3), or hidden from who hears it.
    assert not [a for a in tree.all("a") if a.attributes.get("aria-label", a.words) != a.words]


@pytest.mark.parametrize("make", EVERY)
def test_nothing_is_fetched_and_nothing_else_may_run(make: Callable[[], Result]) -> None:
    """The policy names the digests of the one style and the one script, byte for byte."""
    data = render(make(), "html")
    tree = parse(data)
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    script = next(s for s in tree.all("script") if "type" not in s.attributes)
    digests = [
        base64.b64encode(sha256(s.words_raw.encode()).digest()).decode() for s in (tree.one("style"), script)
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert {s.attributes.get("type", "") for s in tree.all("script")} == {"", "text/plain"}
    loading = {"src", "srcset", "data", "poster", "background", "style", "action"}
    assert not [e for e in tree.all("*") if loading & e.attributes.keys()]
    assert not tree.all("link")
    assert not [name for e in tree.all("*") for name in e.attributes if name.startswith("on")]


def test_links_go_to_our_own_references_only() -> None:
    """No URL comes from a document or a server."""
    hosts = {
        a.attributes["href"].split("/")[2]
        for a in page(extremes.hostile()).all("a")
        if not a.attributes["href"].startswith("#")
    }
    assert hosts
    assert hosts <= {"cwe.mitre.org", "owasp.org", "www.cve.org", "www.rfc-editor.org"}


def html_has_no_foreign_elements(result: Result) -> None:
    """Whatever is in it: no template fails, and no element appears that ours would not have."""
    tree = page(result)
    assert len(tree.all("script")) == 4
    assert len(tree.all("style")) == 1
    assert not tree.all("img")


@pytest.mark.slow
@pytest.mark.parametrize("text", extremes.HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    """In title, path, header, body, certificate subject and everywhere else it is shown, and nothing more."""
    data = render(extremes.hostile(), "html").decode()
    assert len(re.findall("<script", data)) == 4
    assert len(re.findall("</style", data)) == 1
    for hidden in "\x1b\x00\x07\x9b\u202e\u200b\ufeff\u2066":
        assert hidden not in data
    visible = parse(data.encode()).one("main").words
    plain = " ".join(text.encode("ascii", "ignore").decode().split())
    if plain.isprintable() and text.isascii():
        assert plain in visible


def test_templates_are_not_run_twice() -> None:
    """A server's {{ 7 * 7 }} is no 49."""
    assert "{{ 7 * 7 }}" in page(extremes.hostile()).words
    assert "49" not in page(extremes.hostile()).one("section", id="undecided").words


def test_the_verdict_is_first(story: Element) -> None:
    """Word, sentence, meaning, what to fix and where, a picture, counts, what was not judged: before anything else."""
    opening = story.one("main").all("section")[0]
    assert opening.one("h1").words == (
        f"✗ Drift {factory.DRIFTING}. 1 could not be judged. 1 undocumented endpoint answered."
    )
    assert opening.one("ul", class_="tallies").words == (
        "6 errors 2 warnings 0 notes 1 undecided 3 skipped "
        "48 answers probed, 12 inferred from the listener, 97 requests sent"
    )
    meaning = [li.words for li in opening.one("ul", class_="meaning").all("li")]
    assert meaning == [
        (
            "✗ Open GET /admin/users, GET /items/{id}, GET /metrics. 3 places need no certificate, the proof of who a "
            "client is: any client that reaches the server is admitted."
        ),
        (
            "! Closed GET /version, GET /admin/audit. Clients are refused that the document admits. They cannot use "
            "the API as documented."
        ),
        (
            "! In the files GET /legacy/export. The document, the source or the configuration is wrong by itself; no "
            "request showed this."
        ),
        (
            "? Unknown 1 operation. It is not known whether the server enforces what the document declares there: "
            "that is no pass."
        ),
    ]
    first = opening.one("section", **{"aria-labelledby": "worst"}).all("li")[0].words
    assert first == (
        "✗ error No client certificate is needed GET /admin/users, GET /items/{id} openapi.yaml:74 Put the "
        "operation behind the same check as the others, or require the certificate for the whole listener."
    )
    left_out = opening.one("details", class_="left-out")
    assert left_out.one("summary").words == (
        "Not judged GET /legacy/export: the positive control got HTTP 503 three times, and 3 other reasons"
    )


def test_the_picture_shows_the_operations_of_each_path(story: Element) -> None:
    """The worst first; words stand by the colours; a click leads to the path in the matrix."""
    picture = story.one("section", **{"aria-labelledby": "paths"})
    rows = [tr.words for tr in picture.one("tbody").all("tr")]
    assert rows[0] == "/admin ✗ 2 drift"
    assert "/legacy ? 1 undecided" in rows
    assert rows[-1] == "/status ✓ 1 consistent"
    assert sum(len(tr.all("rect")) for tr in picture.one("tbody").all("tr")) == len(rows) + 1
    for tr in picture.one("tbody").all("tr"):
        assert sum(float(rect.attributes["width"]) for rect in tr.all("rect")) == pytest.approx(100, abs=0.1)
    ids = {tr.attributes.get("id") for tr in story.one("table", id="grid").all("tr")}
    assert {a.attributes["href"][1:] for a in picture.all("a")} <= ids


def test_a_consistent_run_says_what_that_means() -> None:
    """In words for who does not know mutual TLS, and nothing to fix."""
    opening = page(factory.consistent()).one("main").all("section")[0]
    assert opening.one("ul", class_="meaning").words.startswith(
        "✓ As declared A client certificate is the proof"
    )
    assert not opening.all("section", **{"aria-labelledby": "worst"})


def test_counts_filter(story: Element) -> None:
    """Without scripts they lead to their section."""
    tallies = story.one("ul", class_="tallies").all("a")
    assert [(a.words, a.attributes.get("data-filter"), a.attributes["href"]) for a in tallies] == [
        ("6 errors", "severity=error", "#drifts"),
        ("2 warnings", "severity=warning", "#drifts"),
        ("1 undecided", None, "#undecided"),
        ("3 skipped", None, "#skipped"),
    ]


def test_no_rule_hides_another_at_the_top(story: Element) -> None:
    """The first cause of each rule precedes the second of any."""
    firsts = story.one("section", **{"aria-labelledby": "worst"})
    assert len({li.one("a").words for li in firsts.all("li")}) == 3


def test_a_card_has_all_facts_of_its_drift(story: Element) -> None:
    """Claim, the document's line, what was sent and came back, the control, and a command."""
    card = story.one("article", id=CARD)
    words = card.words
    assert "GET /items/{id} as anonymous" in words
    assert "high confidence" in words
    assert "a caller without one got HTTP 200" in words
    assert card.one("div", class_="decides").words == "11 security: [{ clientCert: [] }]"
    assert "openapi.yaml:11:1" in words
    assert "Inherited from the document's root." in words
    heads = [th.words for th in card.one("table").all("th", scope="col")]
    assert heads == ["Evidence anonymous ✗ admitted", "Control alice → admitted"]
    rows = {tr.all("th")[0].words: [td.words for td in tr.all("td")] for tr in card.one("tbody").all("tr")}
    assert rows["Identity"] == [
        "no client certificate",
        "CN=alice,OU=Payments,O=Example, issued by CN=Example Client CA,O=Example",
    ]
    assert rows["Request"] == ["GET /v1/items/7 both"]
    assert rows["Client certificate"] == ["requested, not sent", "requested, sent"]
    assert rows["Response"] == ["HTTP 200 OK · application/json · 55 bytes both"]
    assert "Response body: same bytes as the control" in words
    assert "curl --cacert server-ca.pem -i https://api.example.test:8443/v1/items/7" in words


def test_a_cause_shows_shared_facts_once(story: Element) -> None:
    """How far it reaches, the layer, the fix, why it matters, and the weakness."""
    cause = next(s for s in story.all("section", class_="cause") if s.all("article", id=CARD))
    words = cause.words
    assert "2 operations share this: GET /admin/users, GET /items/{id} as anonymous" in words
    assert "The guard of the routes: it rejected anonymous on 4 other operations" in words
    assert "Anybody who can reach the listener" in words
    assert "Put the operation behind the same check as the others" in words
    assert "CWE-306" in words
    assert len(cause.one("details", class_="folded").all("article")) == 1


def test_the_path_of_a_request_is_drawn_and_described(story: Element) -> None:
    """Where each caller was stopped: as a picture with title and description, and as text beside it."""
    cause = next(s for s in story.all("section", class_="cause") if s.all("article", id=CARD))
    (drawing,) = cause.all("svg")
    assert drawing.attributes["role"] == "img"
    ids = drawing.attributes["aria-labelledby"].split()
    assert [drawing.one("title").attributes["id"], drawing.one("desc").attributes["id"]] == ids
    assert drawing.one("desc").words == (
        "no certificate: GET /v1/admin/users: reached the handler, HTTP 200. "
        "no certificate: GET /v1/items and 3 others: rejected by the route, HTTP 401. "
        "alice: GET /v1/admin/users: reached the handler, HTTP 200."
    )
    stations = [text.words for text in drawing.all("text", class_="station")]
    assert stations == ["client", "listener", "route", "handler"]
    assert len(cause.one("figcaption").all("li")) == 3


def test_links_to_cards_survive_a_second_run() -> None:
    """Other drifts come and go; the id of one stays."""
    result = factory.story()
    fewer = replace(result, drifts=tuple(d for d in result.drifts if d.operation == parts.OPERATIONS[1].key))
    for tree in (page(result), page(fewer)):
        assert tree.all("article", id=CARD)
        assert tree.all("article", id="invalid-certificate-accepted-get-items-id-self-signed")


def test_similar_paths_get_separate_ids() -> None:
    """`/items/{id}` and `/items/id` are two operations."""
    one, two = parts.OPERATIONS[1], parts.operation("GET", "/items/id", 170)
    drifts = tuple(parts.drift("mtls-not-enforced", op, ANONYMOUS, "open") for op in (one, two))
    ids = [
        a.attributes["id"]
        for a in page(replace(factory.story(), drifts=drifts)).all("article", class_="card")
    ]
    assert sorted(ids) == [CARD, f"{CARD}-2"]


def test_the_matrix_shows_promise_and_outcome(story: Element) -> None:
    """Symbol and word in each cell; drifting operations first; a broken cell leads to its card."""
    table = story.one("table", id="grid")
    heads = [th.words for th in table.one("thead").all("th")]
    assert heads[:4] == ["Operation", "Certificate", "Enforcement", "anonymous no certificate"]
    assert heads[-1] == "Also found"
    rows = {tr.all("th")[0].words: tr for tr in table.all("tr") if "id" in tr.attributes}
    assert next(iter(rows)) == "✗ GET /admin/audit"
    assert list(rows)[-1] == "✓ GET /status"
    cells = rows["✗ GET /items/{id}"].all("td")
    assert [cell.words for cell in cells] == [
        "required",
        "not enforced",
        "✗ admitted 200",
        "✓ admitted 200",
        "✓ admitted 200",
        "✓ refused TLS°",
        "✗ admitted 200",
        "",
    ]
    assert cells[2].one("a").attributes["href"] == f"#{CARD}"
    assert rows["? GET /legacy/export"].all("td")[-1].words == "✗ undefined-security-scheme"


def test_omissions_are_shown(story: Element) -> None:
    """Undecided operations with advice, skipped ones with the reason, undocumented endpoints with their callers."""
    assert "Bring the backend of /legacy/export up" in story.one("section", id="undecided").words
    assert "the listener issues no session tickets" in story.one("section", id="skipped").words
    assert (
        "GET /metrics ✗ leaks HTTP 200 anonymous, alice, bob" in story.one("section", id="undocumented").words
    )


def test_identities_and_provenance_are_shown(story: Element) -> None:
    """Enough to run it again: certificates, hashes, settings with their origins, the accepted drifts."""
    people = story.one("section", id="identities").words
    assert "old-alice configured" in people
    assert "(expired when the run started)" in people
    scope = story.one("section", id="scope").words
    for expected in (
        factory.story().document.sha256,
        "https://api.example.test:8443/v1",
        "1: drift",
        "specdrift 0.1.0",
        'network.timeout "10s" specdrift.toml:12',
        "ambiguous-path: GET /reports/{id} the second path is removed in June payments 2026-06-30",
    ):
        assert expected in scope


def test_an_insecure_run_is_loud() -> None:
    """It stands in the verdict, not in a footnote."""
    result = factory.story()
    tree = page(replace(result, target=replace(result.target, insecure=True)))
    assert "Insecure run: the server certificate was not verified" in tree.one("p", class_="warning").words


def test_a_page_of_the_document_alone_has_no_empty_promises() -> None:
    """After `lint` no request was sent: no columns, no counts of answers."""
    tree = page(factory.document_only())
    assert [th.words for th in tree.one("table", id="grid").all("th", scope="col")] == [
        "Operation",
        "Certificate",
        "Also found",
    ]
    assert "answers probed" not in tree.words
    assert not tree.all("section", id="identities")


@pytest.mark.slow
def test_too_many_drifts_are_all_listed() -> None:
    """The first ones get a card each, the others a row: nothing is left out."""
    result = extremes.big(1, 2)
    ops = [parts.operation("GET", f"/open/{n}", 10 + n) for n in range(400)]
    drifts = tuple(parts.drift("mtls-not-enforced", op, ANONYMOUS, "open") for op in ops)
    tree = page(replace(result, drifts=drifts))
    assert len(tree.all("article", class_="card")) + len(tree.all("tr", class_="entry")) == 400
    assert len(tree.all("article", class_="card")) == 150


def test_the_same_result_gives_the_same_bytes() -> None:
    """No clock, no order of sets, no time in the gzip header."""
    assert render(factory.story(), "html") == render(factory.story(), "html")


def test_a_page_of_a_hundred_operations_is_small() -> None:
    """Mails and job artefacts carry it."""
    assert len(render(extremes.big(100, 5), "html")) < 300_000
