"""Messages that one operation's refusals have alone, and what its answers make of their words."""

import json
import unicodedata
from collections.abc import Mapping

import pytest

from specdrift.body.words import MAX_LEAVES, MAX_WORDS
from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.classify.explanation.own_words import EMPTY
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, answer, exchange, probe
from tests.classify.test_outliers import REFUSED, RESOURCES, UNDECIDED, outcomes, run_of

PEOPLE = {
    "zh": ("王小明", "查看客户档案需要客户端证书。", "查看王小明的客户档案需要客户端证书。"),
    "ja": ("佐藤健一", "顧客情報には証明書が必要です。", "佐藤健一様の顧客情報には証明書が必要です。"),
    "th": ("สมชายใจดี", "ต้องใช้ใบรับรองเพื่อดูลูกค้า", "ต้องใช้ใบรับรองเพื่อดูลูกค้าสมชายใจดี"),
    "ru": ("Иванов", "Для клиентов нужен сертификат.", "Для просмотра дела Иванова нужен сертификат."),
    "fi": ("Tampere", "Asiakkaat tarvitsevat varmenteen.", "Katselu Tampereella vaatii varmenteen."),
    "de": ("Brinkmann", "Kunden brauchen ein Zertifikat.", "Brinkmanns Akte braucht ein Zertifikat."),
}
"""A name, a message, and a message that has it: in a run of signs, or with an ending."""


def of_ant(resource: object, refusal: str) -> set[Outcome]:
    """Return the outcomes where one of four operations has this answer, and a refusal of its own."""
    got = outcomes(
        lambda path, _: answer(403, refusal if path == "/ant" else "keelatud"),
        {**RESOURCES, "/ant": {"v": resource}},
    )
    assert all(found == {REFUSED} for path, found in got.items() if path != "/ant")
    return got["/ant"]


@pytest.mark.parametrize("language", PEOPLE)
def test_a_name_is_found_in_another_form_and_without_spaces(language: str) -> None:
    """Whatever the language adds to it, or writes beside it."""
    name, message, leak = PEOPLE[language]
    assert of_ant([name, 4711], message) == {REFUSED}
    assert of_ant([name, 4711], leak) == {UNDECIDED}


def test_letters_are_the_same_in_each_normal_form() -> None:
    """Some systems write a letter and its accent as two code points."""
    decomposed = unicodedata.normalize("NFD", "Århus")
    assert decomposed != "Århus"
    assert of_ant([decomposed, 4711], "The file of Århus is for members only.") == {UNDECIDED}
    assert of_ant(["Århus", 4711], "The file of Aalborg is for members only.") == {REFUSED}


@pytest.mark.parametrize(
    ("value", "leak"),
    [
        ("ottar.myhre@askeladden.example", "The address of o***@askel*** wants mutual TLS."),
        ("Bjørgård, Ålesund", "The shipment to BJOERGAARD is visible to carriers alone."),
        ("Müller, Weiß", "The shipment to MUELLER is visible to carriers alone."),
        ("Bjørgård Sjøfart", "The shipment to Bjorgard is visible to carriers alone."),
        ("Bjørgård Sjøfart", "The shipment to bjorgard-sjofart is visible to carriers alone."),
        ("Ottar Myhre", "The shipment to myhre_ottar is visible to carriers alone."),
    ],
    ids=["masked", "Nordic", "German", "without marks", "slug", "account"],
)
def test_a_value_is_found_behind_a_mask_and_in_ascii(value: str, leak: str) -> None:
    """As login pages hide addresses, and as carriers and banks write names."""
    assert of_ant([value, 4711], leak) == {UNDECIDED}
    assert of_ant([value, 4711], "This shipment is visible to carriers alone.") == {REFUSED}
    assert of_ant([value, 4711], "This shipment is visible to on-board carriers alone.") == {REFUSED}


@pytest.mark.parametrize(
    ("member", "expected"), [("kw", UNDECIDED), ("ref", REFUSED)], ids=["the reading", "another member"]
)
def test_a_reading_in_every_refusal_is_data_of_its_operation(member: str, expected: Outcome) -> None:
    """It differs each time, as an incident does; one operation's answers alone have this member."""
    got = outcomes(
        lambda _, number: answer(401, json.dumps({"error": "no", member: 4800 + number * 0.7})),
        changing=lambda path, attempt: {"kw": 4812.5 + attempt} if path == "/ant" else RESOURCES[path],
    )
    assert got == {**{path: {REFUSED} for path in RESOURCES}, "/ant": {expected}}


@pytest.mark.parametrize(("behind", "expected"), [("-haugland", UNDECIDED), ("-lb", REFUSED), ("", REFUSED)])
def test_a_name_behind_a_random_number_is_no_incident(behind: str, expected: Outcome) -> None:
    """The number differs each time on all operations; one has a word of its data behind it."""
    got = outcomes(
        lambda path, number: answer(
            401,
            json.dumps({"error": "no", "trace": f"{number * 7919:024x}{behind if path == '/ant' else ''}"}),
        ),
        {**RESOURCES, "/ant": {"name": "Haugland", "height": 1234.5}},
    )
    assert got == {**{path: {REFUSED} for path in RESOURCES}, "/ant": {expected}}


def test_a_prefix_of_every_incident_is_no_name() -> None:
    """Although one operation's answers have the word."""
    got = outcomes(
        lambda _, number: answer(401, json.dumps({"error": "no", "trace": f"haugland-{number * 7919:024x}"})),
        {**RESOURCES, "/ant": {"name": "Haugland", "height": 1234.5}},
    )
    assert got == {path: {REFUSED} for path in RESOURCES}


LONG = [f"w{number}" for number in range(MAX_WORDS + 2 * MAX_LEAVES)]
"""More words than are read."""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("The file of Sunniva Liestol is for members only.", UNDECIDED),
        ("Places such as Narvik are shown to signed clients.", UNDECIDED),
        ("The file is for members of the board only.", REFUSED),
        ("Für diese Datei brauchen Sie ein Zertifikat.", REFUSED),
    ],
)
def test_a_name_beside_words_that_were_not_read_is_undecided(message: str, expected: Outcome) -> None:
    """It may be one of them. Where the answer was read to its end, it is none."""
    assert of_ant(LONG, message) == {expected}
    assert of_ant(LONG[:10], message) == {REFUSED}


FULL = {"list": [{"id": "a-4711"}], "count": 2, "is_open": True, "limits": {"most": 21.5}, "name": "Ottar"}
NEVER_SET = {"list": None, "count": 0, "is_open": False, "limits": {"most": 0.0}, "name": ""}


@pytest.mark.parametrize(
    ("own", "refused_with", "expected"),
    [
        (FULL, NEVER_SET, REFUSED),
        (FULL, {**NEVER_SET, "count": 2}, UNDECIDED),
        (FULL, {**NEVER_SET, "is_open": True}, UNDECIDED),
        (FULL, {**NEVER_SET, "limits": {"most": 0.0, "least": 0}}, UNDECIDED),
        ({**FULL, "count": 0}, NEVER_SET, UNDECIDED),
        ({"7": 1, "v": 4711}, {"7": 0}, UNDECIDED),
    ],
    ids=["never set", "a count", "a boolean", "another member", "nothing there", "an identifier"],
)
def test_members_that_were_never_set_say_nothing(
    own: dict[str, object], refused_with: dict[str, object], expected: Outcome
) -> None:
    """Programs write the members of a type without values: where each answer has one, none of it is there."""
    got = outcomes(
        lambda path, _: answer(401, json.dumps({**(refused_with if path == "/ant" else {}), "error": "no"})),
        {**RESOURCES, "/ant": own},
    )
    assert got["/ant"] == {expected}
    assert "0" in EMPTY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("certificate required for Nordlys", UNDECIDED),
        ("certificate required for go-9932", UNDECIDED),
        ("certificate required here", REFUSED),
    ],
)
def test_what_a_prefix_writes_below_it_may_be_data(text: str, expected: Outcome) -> None:
    """One guard refuses everything below it, also where nothing is: that explains no word of the operation's data."""
    own: dict[str, Mapping[str, object]] = {
        **RESOURCES,
        "/ant": {"holder": "Nordlys Kraft", "id": "go-9932", "height": 1234.5},
    }
    log = run_of(lambda path, _: answer(401, text if path == "/ant" else "keelatud"), own)
    for number in range(2):
        target = f"/ant/unknown{number}"
        request = Request(method="GET", target=target)
        sent = probe(ANONYMOUS.name, check=UNKNOWN_PATH, operation=None, request=request, variant=target)
        control = exchange(sent, answer(401, text))
        log.add(control.probe, control.observation)
    classify = log.classifier().compared
    refused = log.of("certificate", OperationKey(path="/ant", method="GET"), ANONYMOUS.name)
    assert {classify(each).outcome for each in refused} == {expected}


@pytest.mark.parametrize(("length", "expected"), [("3948213", UNDECIDED), ("73", REFUSED)])
def test_the_length_of_what_head_asks_about_is_data(length: str, expected: Outcome) -> None:
    """A refusal has that of an error."""
    sizes = {"/ant": "3948213", "/bee": "88120"}
    log = run_of(lambda *_: answer(401), {})
    for path, size in sizes.items():
        key, request = OperationKey(path=path, method="HEAD"), Request(method="HEAD", target=path)
        given = {ALICE: (200, size), ANONYMOUS: (401, length if path == "/ant" else "73")}
        for identity, (status, value) in given.items():
            for attempt in range(1, 4):
                sent = probe(identity.name, operation=key, request=request, attempt=attempt)
                got = exchange(sent, answer(status, fields=[("content-length", value)]))
                log.add(got.probe, got.observation)
    classify = log.classifier().compared
    refused = log.of("certificate", OperationKey(path="/ant", method="HEAD"), ANONYMOUS.name)
    assert {classify(each).outcome for each in refused} == {expected}


def test_processing_instructions_are_read() -> None:
    """Clients can read them, as they can read comments."""
    texts = {"/ant": "<?trace Nordlys Kraft?>"}
    got = outcomes(
        lambda path, _: answer(401, f'<?xml version="1.0"?><error>{texts.get(path, "")}no</error>'),
        {**RESOURCES, "/ant": {"holder": "Nordlys Kraft", "height": 1234.5}},
    )
    assert got == {**{path: {REFUSED} for path in RESOURCES}, "/ant": {UNDECIDED}}


XML = "<?xml version='1.0'?><r><text>This page needs a certificate of its owner.</text></r>"


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (XML, REFUSED),
        (f"{XML}\nmplrsrqtyxqx", UNDECIDED),
        (f"{XML}\nnein", UNDECIDED),
        ("<html><p>This page needs a certificate of its owner.</p></html> nein", UNDECIDED),
        ("<b>Refused</b> This page needs a certificate of its owner.", REFUSED),
    ],
)
def test_what_follows_a_document_is_no_part_of_its_message(refusal: str, expected: Outcome) -> None:
    """Nothing reads it as text; behind a part of a page there is more text."""
    assert of_ant([4711, "Tampere"], refusal) == {expected}
