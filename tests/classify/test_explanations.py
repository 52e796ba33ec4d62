"""Whether everything in a refusal has another explanation than the data, seen on the outcomes of a run."""

import base64
import codecs
import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.explanation.vocabulary import repeats
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, REVOKED, answer, exchange, probe
from tests.classify.test_outliers import REFUSED, RESOURCES, UNDECIDED, Denial, outcomes, reference

PATHS = tuple(RESOURCES)
Resources = Mapping[str, Mapping[str, object]]
NAMES = {"/ant": "Miriam", "/bee": "Oskar", "/cow": "Lerato", "/dog": "Tomasz"}
"""A word of each resource, which no number shows."""
NAMED = {path: {**RESOURCES[path], "owner": name} for path, name in NAMES.items()}


def _everywhere(outcome: Outcome) -> dict[str, set[Outcome]]:
    return {path: {outcome} for path in PATHS}


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: base64.b32encode(name.encode()).decode(),
        lambda name: name[::-1],
        lambda name: codecs.encode(name, "rot13"),
        " ".join,
        lambda name: list(name.encode()),
        lambda name: {name[::-1]: None},
        lambda name: name[0],
        lambda name: "".join(chr(ord("a") + (ord(sign) + 8) % 26) for sign in name.casefold()),
    ],
    ids=["Base32", "reversed", "rotated", "spelled out", "codes", "as a name", "an initial", "as letters"],
)
def test_data_in_a_spelling_of_any_kind_are_undecided(spell: Callable[[str], object]) -> None:
    """Nothing recognises them; that no other operation has them is enough."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "keelatud", "z": spell(NAMES[path])})), NAMED
    )
    assert got == _everywhere(UNDECIDED)


@pytest.mark.parametrize("code", [40101, 4403])
@pytest.mark.parametrize("status", [200, 403, 418])
def test_the_code_of_a_denial_refuses_whatever_the_status_is(status: int, code: int) -> None:
    """Its beginning is a status that refuses, or its end after 4, as applications close a WebSocket."""
    got = outcomes(
        lambda *_: answer(status, json.dumps({"code": code, "message": "who are you?", "data": None})),
        {"/ant": RESOURCES["/ant"]},
    )
    assert got == {"/ant": {REFUSED}}


def test_a_number_that_begins_with_another_status_is_undecided() -> None:
    """It may be an amount."""
    got = outcomes(
        lambda *_: answer(403, json.dumps({"code": 41201, "message": "who are you?"})),
        {"/ant": RESOURCES["/ant"]},
    )
    assert got == {"/ant": {UNDECIDED}}


def test_a_mark_that_others_have_is_theirs() -> None:
    """The refusals without it have nothing of their own."""
    marks = {"/cow": "\nR", "/dog": "\nB"}
    got = outcomes(lambda path, _: answer(403, "Selleks on vaja luba, mida sul pole." + marks.get(path, "")))
    assert got == {"/ant": {REFUSED}, "/bee": {REFUSED}, "/cow": {UNDECIDED}, "/dog": {UNDECIDED}}


def test_words_in_another_order_are_undecided() -> None:
    """The order may be the data."""
    orders = {"/ant": "R\nB", "/bee": "R\nB", "/cow": "B\nR", "/dog": "B\nR"}
    got = outcomes(lambda path, _: answer(403, "Selleks on vaja luba, mida sul pole.\n" + orders[path]))
    assert got == _everywhere(UNDECIDED)


def test_the_data_of_another_operation_are_no_refusal_to_compare_with() -> None:
    """It gives the resource with the status of the others' refusals."""
    leaking: Denial = lambda path, _: (  # noqa: E731
        answer(403, json.dumps(RESOURCES[path]))
        if path == "/bee"
        else answer(403, json.dumps({"kood": "E1047"}))
    )
    got = outcomes(leaking)
    assert got == {**_everywhere(REFUSED), "/bee": {Outcome.ADMITTED}}


@pytest.mark.parametrize("status", [408, 425, 429])
def test_data_under_a_status_about_the_request_are_found(status: int) -> None:
    """Neither a limit nor the time says whether the caller is known."""
    assert outcomes(lambda path, _: answer(status, json.dumps({"x": RESOURCES[path]}))) == _everywhere(
        Outcome.ADMITTED
    )
    assert outcomes(lambda *_: answer(status, json.dumps({"viga": "hiljem"}))) == _everywhere(UNDECIDED)


LEDGER = {
    "/ant": {"patient": "Jürgen Grünwälder", "diagnosis": "Leukämie"},
    "/bee": {"patient": "Åse Nyström", "diagnosis": "Grippe"},
    "/cow": {"patient": "Zoë Ångström", "diagnosis": "Röteln"},
    "/dog": {"patient": "Ana Núñez", "diagnosis": "Masern"},
}
"""Resources of words alone, most of them not of ASCII."""
TOPICS = {"/ant": "Konten", "/bee": "Sendungen", "/cow": "Zähler", "/dog": "Verträge"}
REFUSAL = "Kein Zugriff auf {}"


@pytest.mark.parametrize(
    "write",
    [
        lambda leak: json.dumps({"viga": "keelatud", "vihje": leak or "puudub"}),
        lambda leak: f"Access denied: {leak or 'none'}",
        lambda leak: json.dumps({"viga": REFUSAL.format(leak or "Konten")}),
    ],
    ids=["a member", "after words that refuse", "in a sentence"],
)
@pytest.mark.parametrize("leak", ["Leukämie", "Grünwälder Leukämie", "Jürgen Grünwälder Leukämie"])
def test_words_of_the_resource_are_no_message(write: Callable[[str], str], leak: str) -> None:
    """In any script: letters with diacritics are no sentence of a script without spaces."""
    got = outcomes(lambda path, _: answer(403, write(leak if path == "/ant" else "")), LEDGER)
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}


def _refused_with(texts: Mapping[str, str], path: str, _: int) -> HttpFacts:
    return answer(403, texts[path])


def test_words_of_the_resource_stay_data_where_each_refusal_names_something() -> None:
    """A sentence with another name on each operation hides no value; a name that is no value refuses."""
    leaking = {**TOPICS, "/ant": "Leukämie"}
    for topics, expected in ((TOPICS, REFUSED), (leaking, UNDECIDED)):
        texts = {path: json.dumps({"viga": REFUSAL.format(topics[path])}) for path in PATHS}
        got = outcomes(partial(_refused_with, texts), LEDGER)
        assert got == {**_everywhere(REFUSED), "/ant": {expected}}


def test_a_challenge_names_no_value_of_the_resource() -> None:
    """A realm is usually a name of the service."""
    realms = {**TOPICS, "/ant": "Leukämie"}
    got = outcomes(
        lambda path, _: answer(401, "{}", fields=(("www-authenticate", f'Mutual realm="{realms[path]}"'),)),
        LEDGER,
    )
    assert got["/ant"] == {UNDECIDED}


@pytest.mark.parametrize(
    ("usual", "telling"),
    [(None, []), ([], [{}]), ([], [None, None, None])],
    ids=["an empty list", "an element", "three elements"],
)
def test_empty_members_tell_that_something_is_there(usual: object, telling: object) -> None:
    """Null, an empty list and a list of nothing are different answers."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "no", "data": telling if path == "/ant" else usual}))
    )
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}


@pytest.mark.parametrize("name", [":reason", ":surplus"])
def test_data_outside_of_fields_and_body_are_found(name: str) -> None:
    """A reason phrase, and bytes after the body."""
    got = outcomes(
        lambda path, _: (
            answer(403, "no", fields=((name, f"height {RESOURCES[path]['height']}"),))
            if path == "/ant"
            else answer(403, "no")
        )
    )
    assert got["/ant"] != {REFUSED}
    assert {path: found for path, found in got.items() if path != "/ant"} == {
        path: {REFUSED} for path in PATHS if path != "/ant"
    }


@pytest.mark.parametrize(
    "labels",
    [
        ("ledger.read", "cargo.read", "clinic.read", "meter.read"),
        ("LedgerController", "CargoController", "ClinicController", "MeterController"),
        ("LED-4012", "CAR-4012", "CLI-4012", "MET-4012"),
        (
            "https://errors.test/ledger/no",
            "https://errors.test/cargo/no",
            "https://errors.test/clinic/no",
            "https://errors.test/meter/no",
        ),
        ("40310", "40311", "40312", "40313"),
    ],
    ids=["scopes", "handlers", "codes", "pages of help", "numbers of errors"],
)
def test_a_label_of_each_operation_refuses(labels: tuple[str, ...]) -> None:
    """Each refusal names its own scope, handler or code; it is data where it has a word of the resource."""
    by_path = dict(zip(PATHS, labels, strict=True))
    body: Denial = lambda path, _: answer(403, json.dumps({"viga": "no", "z": by_path[path]}))  # noqa: E731
    assert outcomes(body) == _everywhere(REFUSED)


@pytest.mark.parametrize(
    "codes",
    [
        ("EUR-12345", "EUR-88120", "EUR-41711", "EUR-25007"),
        ("ref-04d2", "ref-1582", "ref-9f07", "ref-09c4"),
        ("ledger-7c9f", "cargo-11d0", "clinic-90aa", "meter-7c9a"),
    ],
    ids=["amounts", "numbers in hexadecimal", "instances"],
)
def test_numbers_that_every_operation_has_in_a_code_are_undecided(codes: tuple[str, ...]) -> None:
    """Each may be the data of its operation in another form."""
    by_path = dict(zip(PATHS, codes, strict=True))
    got = outcomes(lambda path, _: answer(403, json.dumps({"viga": "no", "z": by_path[path]})))
    assert {path for path, found in got.items() if REFUSED not in found} == set(PATHS)
    got = outcomes(lambda path, _: answer(403, "no", fields=(("x-ref", by_path[path]),)))
    assert {path for path, found in got.items() if REFUSED not in found} == set(PATHS)


@pytest.mark.parametrize("label", ["overdue.read", "OverdueController", "read/overdue"])
def test_a_label_with_a_word_of_the_resource_is_undecided(label: str) -> None:
    """Where each refusal has a label, one may name the state."""
    labels = ("cargo.read", "clinic.read", "meter.read")
    by_path = dict(zip(PATHS, (label, *labels), strict=True))
    loans: Resources = {**RESOURCES, "/ant": {"loan": "L-1", "state": "overdue"}}
    got = outcomes(lambda path, _: answer(403, json.dumps({"viga": "no", "z": by_path[path]})), loans)
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}


@pytest.mark.parametrize(
    "labels",
    [("red", "blue", "green", "white"), ("a.b", "a.b", "c.d", "c.d"), ("ledger.read", "x", "y", "z")],
)
def test_other_words_of_each_operation_are_undecided(labels: tuple[str, ...]) -> None:
    """Plain words may be a state, and a few values too."""
    by_path = dict(zip(PATHS, labels, strict=True))
    got = outcomes(lambda path, _: answer(403, json.dumps({"viga": "no", "z": by_path[path]})))
    assert UNDECIDED in set().union(*got.values())


LOGINS = (
    "/login?next=%2F{}",
    "https://sso.test/login?target=%2F{}",
    "https://sso.test/start?rd=https%3A%2F%2Fapi.test%2F{}",
    "https://sso.test/start?rd=https%3A%2F%2Fapi.test%2Flogin%3Fnext%3D%252F{}",
)


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_that_names_the_target_in_percent_encoding_is_said_by_the_request(login: str) -> None:
    """In a member as in a Location field; a value of the resource in the same place is data."""
    target: Denial = lambda path, _: answer(401, json.dumps({"login": login.format(path[1:])}))  # noqa: E731
    assert outcomes(target) == _everywhere(REFUSED)

    def leak(path: str, _: int) -> HttpFacts:
        query = f"{path[1:]}%26h%3D{RESOURCES[path]['height']}"
        return answer(401, json.dumps({"login": login.format(query)}))

    assert REFUSED not in outcomes(leak)["/ant"]


def test_a_value_of_the_moment_is_data_wherever_it_stands() -> None:
    """A one-time code that changes, where other refusals have random numbers: some valid answer had the same one."""

    def code(path: str, attempt: int) -> str:
        return f"C{PATHS.index(path)}{attempt * 51193}"

    def refusal(path: str, number: int) -> HttpFacts:
        mark = code(path, 1 + number // 3 % 4) if path == "/ant" else f"C{reference(number)}"
        return answer(401, json.dumps({"viga": "no", "juhtum": mark}))

    got = outcomes(refusal, changing=lambda path, attempt: {"code": code(path, attempt)})
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}


def test_data_that_several_operations_give_away_are_no_denial_of_the_server() -> None:
    """Two of one resource have the same flaw; and every refusal may have the value of one operation."""
    loans: Resources = {
        **RESOURCES,
        "/ant": {"loan": "L-1", "state": "overdue"},
        "/bee": {"loan": "L-1", "state": "overdue"},
    }
    both: Denial = lambda path, _: answer(  # noqa: E731
        401, json.dumps({"viga": "no", **({"state": "overdue"} if path in ("/ant", "/bee") else {})})
    )
    got = outcomes(both, loans)
    assert (got["/ant"], got["/bee"], got["/cow"]) == ({UNDECIDED}, {UNDECIDED}, {REFUSED})
    everywhere = outcomes(lambda *_: answer(401, json.dumps({"viga": "no", "balance": 88120.25})))
    assert everywhere == {**_everywhere(REFUSED), "/bee": {UNDECIDED}}


@pytest.mark.parametrize("digits", ["²²²", "٤٠٩", "40377"])
def test_digits_of_any_script_are_read(digits: str) -> None:
    """Some are no number; a code with more digits than the status may be an amount."""
    got = outcomes(
        lambda path, _: answer(403, json.dumps({"viga": "no", "z": digits if path == "/ant" else "40301"}))
    )
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}


@pytest.mark.parametrize(("alike", "outcome"), [(2, REFUSED), (12, UNDECIDED)])
def test_random_values_that_begin_alike_by_chance_are_no_data(alike: int, outcome: Outcome) -> None:
    """Of many random identifiers two begin with the same three digits; a record begins the same each time."""
    times = dict.fromkeys(PATHS, 0)

    def refuse(path: str, number: int) -> HttpFacts:
        times[path] += 1
        own = (
            f"85e{number:05x}"
            if path == "/ant" and times[path] <= alike
            else f"{number * 2654435761 % 2**32:08x}"
        )
        rest = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
        return answer(401, json.dumps({"instance": f"urn:uuid:{own}{str(rest)[8:]}"}))

    assert outcomes(refuse) == {**_everywhere(REFUSED), "/ant": {outcome}}


def _refused_as(
    refusal: Callable[[str, int], HttpFacts], served: Callable[[str], HttpFacts], again: int = 1
) -> set[Outcome]:
    """Return how the anonymous client and another caller are classified.

    ``again``: how often the other caller is refused on each path.
    """
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, REVOKED)})
    times = {ALICE: 4, ANONYMOUS: 4, REVOKED: again}
    keys = {path: OperationKey(path=path, method="GET") for path in RESOURCES}
    sent = [(path, who, at + 1) for path in keys for who, count in times.items() for at in range(count)]
    for number, (path, caller, attempt) in enumerate(sent):
        request = Request(method="GET", target=path)
        what = served(path) if caller is ALICE else refusal(path, number)
        each = exchange(probe(caller.name, operation=keys[path], request=request, attempt=attempt), what)
        log.add(each.probe, each.observation)
    classify = log.classifier().compared
    callers = (ANONYMOUS.name, REVOKED.name)
    return {
        classify(each).outcome
        for key in keys.values()
        for who in callers
        for each in log.of("certificate", key, who)
    }


def test_a_short_number_that_differs_each_time_refuses() -> None:
    """Each operation has others; a single answer to another caller shows nothing more."""
    found = _refused_as(
        lambda _, number: answer(403, json.dumps({"error": "no", "incident": 1000 + number * 7919 % 8999})),
        lambda path: answer(200, json.dumps(RESOURCES[path])),
    )
    assert found == {REFUSED}


def test_quotas_and_durations_of_a_layer_are_no_data() -> None:
    """Each operation has a quota of its own, in its refusals and in its answers."""
    numbers = itertools.count(1)

    def fields(path: str) -> tuple[tuple[str, str], ...]:
        return (
            ("ratelimit-policy", f'"{path[1:]}";q={sum(path.encode())};w=60'),
            ("server-timing", f"db;dur={next(numbers) / 7:.2f}"),
            ("x-served-by", f"cache-{next(numbers) * 7919}-FRA"),
        )

    found = _refused_as(
        lambda path, _: answer(401, json.dumps({"error": "no"}), fields=fields(path)),
        lambda path: answer(200, json.dumps(RESOURCES[path]), fields=fields(path)),
    )
    assert found == {REFUSED}


def test_a_clock_that_says_the_same_to_one_caller_refuses() -> None:
    """All requests of the other caller came within a second, those of the anonymous client did not."""
    found = _refused_as(
        lambda _, number: answer(
            403,
            json.dumps(
                {"error": "no", "time": f"2026-11-28T03:{number // 11:02}:{min(number % 11, 8):02}+00:00"}
            ),
        ),
        lambda path: answer(200, json.dumps(RESOURCES[path])),
        again=3,
    )
    assert found == {REFUSED}


def test_a_detached_signature_refuses() -> None:
    """It depends on the body, which names the path."""

    def signed(path: str, status: int, body: object) -> HttpFacts:
        text = json.dumps(body)
        signature = base64.urlsafe_b64encode((path * 9).encode()).decode().rstrip("=")
        return answer(status, text, fields=(("x-jws-signature", f"eyJhbGciOiJIUzI1NiJ9..{signature}"),))

    found = _refused_as(
        lambda path, _: signed(path, 403, {"error": "no", "path": path}),
        lambda path: signed(path[::-1], 200, RESOURCES[path]),
    )
    assert found == {REFUSED}


@pytest.mark.parametrize(("total", "outcome"), [(len, UNDECIDED), (lambda _: 0, REFUSED)])
def test_the_size_of_a_list_in_a_field_is_data(total: Callable[[str], int], outcome: Outcome) -> None:
    """Where it differs between refusals that are otherwise alike, also if some have the same."""
    sizes = {"/ant": "abc", "/bee": "abc", "/cow": "abcde", "/dog": "abcde"}
    found = _refused_as(
        lambda path, _: answer(403, "[]", fields=(("content-range", f"*/{total(sizes[path])}"),)),
        lambda path: answer(200, json.dumps(RESOURCES[path])),
    )
    assert found == {outcome}


def test_a_word_that_refuses_does_not_explain_a_number_beside_it() -> None:
    """The text says no, and has an amount that only this operation has."""
    text = {"/ant": "Forbidden: 48213 open claims"}
    got = outcomes(lambda path, _: answer(403, json.dumps({"error": text.get(path, "Forbidden")})))
    assert got == {**_everywhere(REFUSED), "/ant": {UNDECIDED}}
    alone = outcomes(lambda *_: answer(403, json.dumps({"error": text["/ant"]})), {"/ant": RESOURCES["/ant"]})
    assert alone == {"/ant": {UNDECIDED}}


@pytest.mark.parametrize(
    ("word", "expected"), [("verboten", REFUSED), ("prístup", REFUSED), ("tqqqtmq", UNDECIDED)]
)
def test_a_single_word_is_a_message_if_it_can_be_spoken(word: str, expected: Outcome) -> None:
    """Digits that were written as letters have few vowels."""
    got = outcomes(lambda *_: answer(400, word), {"/ant": RESOURCES["/ant"]})
    assert got == {"/ant": {expected}}


@pytest.mark.parametrize(("row", "is_said"), [("2: 2 2", True), ("2: 2 7", False), ("3: 2 2 2", False)])
def test_the_numbers_of_a_target_in_their_order_are_the_requests(row: str, is_said: bool) -> None:  # noqa: FBT001
    """A login gets the target unencoded: `/start?return=/ant?limit=2&offset=2`."""
    request = Request(method="GET", target="/ant?limit=2&offset=2")
    assert repeats(row, request, OperationKey(path="/ant", method="GET")) == is_said
