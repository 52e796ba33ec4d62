"""What stands in a single entry of a list, in refusals that all have it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specdrift.classify.disclosed.listed import Listed, listed_for
from specdrift.classify.explanation.refused import RefusedAnswer
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.values import unpack
from tests.classify.exchanges import answer

DEVICES, HEALTH = OperationKey(path="/devices", method="GET"), OperationKey(path="/health", method="GET")
ENTRIES: list[dict[str, Any]] = [
    {
        "id": "d-1",
        "owner": "Annika Sorensen",
        "serial": "SN-88A1-4470",
        "kind": "Heat Pump",
        "build": "b-77120-a",
        "number": 77120,
        "town": "Grindavik",
        "state": "In Repair",
    },
    {
        "id": "d-2",
        "owner": "Mateo Rivas",
        "serial": "SN-88A1-4471",
        "kind": "Heat Pump",
        "build": "b-77120-b",
        "number": 77121,
        "town": "Husavik",
        "state": "In Use",
    },
    {
        "id": "d-3",
        "owner": "Chiara Fontana",
        "serial": "SN-90B7-0012",
        "kind": "Heat Pump",
        "build": "b-77120-c",
        "number": 77122,
        "town": "Dalvik",
        "state": "In Use",
    },
    {
        "id": "d-4",
        "owner": "Ole Brodersen",
        "serial": "SN-90B7-0019",
        "kind": "Heat Pump",
        "build": "b-77120-d",
        "number": 77123,
        "town": "Olafsvik",
        "state": "In Use",
    },
]


def listed(public: str = "", said: tuple[HttpFacts, ...] = ()) -> Listed:
    """Return what anonymous callers must not get of the devices."""
    given = {DEVICES: [[answer(200, json.dumps({"items": ENTRIES}))]], HEALTH: [[answer(200, public)]]}
    return listed_for({"anonymous": frozenset({DEVICES})}, given, frozenset(), said)["anonymous"]


def places(
    body: object,
    fields: tuple[tuple[str, str], ...] = (),
    public: str = "",
    said: tuple[HttpFacts, ...] = (),
) -> set[str]:
    """Return where a refusal has something of a single device."""
    request = Request(method="GET", target="/devices")
    refusal = RefusedAnswer(DEVICES, "anonymous", answer(403, json.dumps(body), fields=fields), request)
    return {word.piece.name for word in listed(public, said).words_of(refusal)}


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no certificate", "at": "SN-88A1-4470"},
        {"error": "no certificate for SN-88A1-4470", "at": ""},
        {"error": "no certificate", "owner": "Annika Sorensen"},
    ],
)
def test_an_identifier_or_a_name_of_one_entry_is_found(body: object) -> None:
    """Its place tells a name from a word that the server chose; an identifier is one anywhere."""
    assert places(body)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no certificate", "link": "https://labels.test/label-SN-88A1-4470.pdf"},
        {"error": "no certificate", "file": "SN-88A1-4470_2.csv"},
        {"error": "the device of Annika needs a certificate"},
    ],
)
def test_a_part_of_an_entry_is_found_in_a_word_and_in_a_sentence(body: object) -> None:
    """A URL and the name of a file have an identifier between other signs; a sentence has a first name."""
    assert places(body)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no certificate", "link": "https://labels.test/label-SN-88A1-44705.pdf"},
        {"error": "no certificate", "link": "https://docs.test/b-77120-a/errors"},
        {"error": "the service for Heat and Pump needs a certificate"},
        {"error": "the device of annika needs a certificate"},
        {"error": "Annika needs a certificate"},
    ],
)
def test_a_longer_identifier_and_a_usual_word_are_no_part_of_an_entry(body: object) -> None:
    """The first word of a sentence has a capital too, and each entry has the others."""
    assert not places(body)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no certificate", "kind": "Heat Pump"},
        {"error": "no certificate", "build": "b-77120-a"},
        {"error": "no certificate", "kind": "Access Denied"},
        {"error": "see the sorensen guide of annika"},
        {"error": "no certificate", "port": 4470},
        {"error": "no certificate", "at": "SN-88A1-9999"},
    ],
)
def test_what_each_entry_has_or_names_the_service_is_not(body: object) -> None:
    """A server may well have such texts of its own."""
    assert not places(body)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"error": "no certificate", "contact": "Annika Sorensen"}, ()),
        ({"error": "no certificate", "seen": ["Annika Sorensen"]}, ()),
        ({"error": "Annika Sorensen answers questions"}, ()),
        ({"error": "please ask Annika Sorensen about it"}, ()),
        ({"error": "no certificate", "seen": "annika-sorensen"}, ()),
        ({"error": "no certificate", "seen": "Sorensen, Annika"}, ()),
        ({}, (("location", "/login?hint=Annika+Sorensen"),)),
        ({}, (("set-cookie", "last=Annika%20Sorensen; Path=/"),)),
        ({}, (("refresh", "3; url=/login?user=Annika+Sorensen"),)),
        ({}, (("location", "/login?of=77120,77121"),)),
        ({"error": "no certificate", "at": [77120, 77122]}, ()),
        ({"error": "no certificate", "at": ["Grindavik", "Husavik", "Dalvik"]}, ()),
    ],
)
def test_what_tells_entries_apart_is_found_anywhere(
    body: object, fields: tuple[tuple[str, str], ...]
) -> None:
    """A text of the server has no name of several words by chance, nor values of several entries."""
    assert places(body, fields)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no certificate", "at": 77120},
        {"error": "no certificate", "at": ["Grindavik", "Husavik"]},
        {"error": "no certificate", "then": ["In Repair", "In Use"]},
    ],
)
def test_a_single_number_or_a_state_of_several_entries_is_not(body: object) -> None:
    """Servers have such words and numbers of their own."""
    assert not places(body)


@pytest.mark.parametrize("text", ["Annika Sorensen", "Please write to Annika Sorensen and wait."])
def test_a_name_that_valid_callers_get_on_unknown_paths_is_of_the_server(text: str) -> None:
    """Its contact may be a person who stands in a list as well."""
    said = (answer(404, json.dumps({"error": text})),)
    assert not places({"error": "no certificate", "contact": "Annika Sorensen"}, said=said)


def test_what_the_caller_may_read_elsewhere_is_no_secret() -> None:
    """An open operation gives it to everybody."""
    assert not places({"at": "SN-88A1-4470"}, public='{"newest": "SN-88A1-4470"}')


@pytest.mark.parametrize(
    ("body", "is_data"),
    [
        ({"at": "SN-88A1-4470", "owner": "Annika Sorensen"}, False),
        ({"at": ["SN-88A1-4470", "SN-88A1-4471"]}, True),
        ({"last": ENTRIES[0]}, True),
    ],
)
def test_two_entries_or_a_record_are_data(body: object, is_data: bool) -> None:  # noqa: FBT001
    """One identifier with a name beside it may be a contact of the server."""
    refusal = answer(403, json.dumps(body))
    assert bool(listed().disclosed_by(refusal, unpack(refusal.values))) == is_data


ONE = [{**ENTRIES[0], "desk": "Nordhavn Kontor"}]
XML = "".join(f"<device>{''.join(f'<{n}>{v}</{n}>' for n, v in e.items())}</device>" for e in ENTRIES)
TABLE = "\n".join([",".join(ENTRIES[0]), *(",".join(map(str, each.values())) for each in ENTRIES)])
FORMATS = {
    "XML": f"<?xml version='1.0'?><devices>{XML}</devices>",
    "CSV": TABLE,
    "NDJSON": "\n".join(map(json.dumps, ENTRIES)),
    "one entry": json.dumps({"items": ONE}),
}


def given(body: str) -> Listed:
    """Return what anonymous callers must not get of devices in this form."""
    return listed_for({"anonymous": frozenset({DEVICES})}, {DEVICES: [[answer(200, body)]]}, frozenset())[
        "anonymous"
    ]


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize(
    ("refusal", "is_found"),
    [
        (json.dumps({"error": "no certificate", "owner": "Annika Sorensen"}), True),
        ("<?xml version='1.0'?><error><owner>Annika Sorensen</owner></error>", True),
        ("error,owner\nno certificate,Annika Sorensen\n", True),
        ("no certificate for SN-88A1-4470", True),
        (json.dumps({"error": "no certificate", "contact": "Sorensen"}), False),
        (json.dumps({"error": "no certificate", "owner": "Petra Vogel"}), False),
        ("no certificate", False),
    ],
)
def test_entries_are_found_in_every_format(body: str, refusal: str, is_found: bool) -> None:  # noqa: FBT001
    """Lists and refusals may have different ones."""
    request = Request(method="GET", target="/devices")
    words = given(body).words_of(RefusedAnswer(DEVICES, "anonymous", answer(403, refusal), request))
    assert bool(list(words)) == is_found


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
def test_a_record_of_any_format_is_data(body: str) -> None:
    """All members that differ between the entries; of a single entry, all."""
    refusal = answer(403, json.dumps({"error": "no certificate", "last": ONE[0]}))
    part = answer(
        403, json.dumps({"error": "no certificate", "owner": ONE[0]["owner"], "serial": ONE[0]["serial"]})
    )
    listed = given(body)
    assert listed.disclosed_by(refusal, unpack(refusal.values))
    assert not listed.disclosed_by(part, unpack(part.values))


def test_what_each_answer_has_outside_of_a_list_is_no_entry() -> None:
    """Nor is what is inside of a list of one in a list of several."""
    entries = [{**each, "labels": ["Heat Pump"]} for each in ENTRIES]
    listed = given(json.dumps({"items": entries, "owner": "Petra Vogel"}))
    assert {place for place, _ in listed.data} == {
        f"{DEVICES}:/items/*/{n}" for n in ("id", "owner", "serial", "build", "number", "town", "state")
    }
