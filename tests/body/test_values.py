"""The values of a response: equal in each format, spelling and encoding of the same data."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis.strategies import text

from specdrift.body.content import content_of
from specdrift.body.decoded import MOST_BYTES, decoded_texts, decompressed_texts
from specdrift.body.spellings import percent_encoded
from specdrift.body.values import values_of
from specdrift.model.exchange.values import data_of, unpack, weight

RECORD = {"owner": "Lerato Pietson", "sum": 48120.75, "born": "1971-04-09", "at": "2026-03-05T10:20:30Z"}
TEXT = json.dumps(RECORD).encode()


def values(
    body: bytes | str, *, media_type: str = "text/plain", headers: tuple[tuple[str, str], ...] = ()
) -> frozenset[int]:
    """The values of a response."""
    content = body.encode() if isinstance(body, str) else body
    fields = (("content-type", media_type), *headers)
    return unpack(values_of(content_of(content, fields), fields))


OF_THE_RECORD = data_of(values(TEXT, media_type="application/json"))


def shared(body: bytes | str, **given: object) -> int:
    """The weight of the record's data in a response."""
    return weight(OF_THE_RECORD & values(body, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        f"denied {base64.b64encode(TEXT).decode()}",
        f"denied {base64.urlsafe_b64encode(TEXT).decode().rstrip('=')}",
        f"denied {TEXT.hex()}",
        f"denied {TEXT.hex().upper()}",
        f'<img src="/p?d={quote(TEXT)}">',
        json.dumps({"error": "no", "debug": quote(TEXT)}),
        json.dumps({"error": "no", "debug": base64.b64encode(gzip.compress(TEXT, mtime=0)).decode()}),
        json.dumps({"error": "no", "debug": base64.b64encode(zlib.compress(TEXT)).decode()}),
        f"denied {gzip.compress(TEXT, mtime=0).hex()}",
    ],
    ids=["base64", "base64url", "hex", "HEX", "URL in HTML", "URL in JSON", "gzip", "zlib", "gzip in hex"],
)
def test_encoded_data_are_the_data(body: str) -> None:
    """In any envelope."""
    assert shared(body) == weight(OF_THE_RECORD)


def test_a_cookie_may_carry_the_data() -> None:
    """Only what is encoded in it: the cookie itself is a secret and differs each time."""
    cookie = base64.urlsafe_b64encode(TEXT).decode()
    assert shared("", headers=(("set-cookie", f"s={cookie}; HttpOnly"),)) == weight(OF_THE_RECORD)
    assert values("", headers=(("set-cookie", "sid=8f3a77c0d2; Path=/"),)) == frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("48120.75", "48,120.75"),
        ("48120.75", "48.120,75"),
        ("48120.75", "48 120,75"),
        ("48120.75", "48\u00a0120,75"),
        ("48120.75", "48120,75"),
        ("48120.75", '"48120,75"'),
        ("48120.75", "48120.750"),
        ("1971-04-09", "09.04.1971"),
        ("1971-04-09", "9.4.1971"),
        ("1971-04-19", "19/04/1971"),
        ("1971-04-19", "04/19/1971"),
        ("1971-04-09", "1971/04/09"),
        ("2026-03-05T10:20:30Z", "1772706030"),
        ("2026-03-05T10:20:30.000Z", "2026-03-05T12:20:30+02:00"),
        ("2026-03-05T10:20:30Z", "1772706030000"),
        ("2026-03-05", "1772668800"),
    ],
)
def test_other_spellings_are_the_same_datum(one: str, other: str) -> None:
    """Numbers with commas, dates of other countries, times since 1970."""
    assert data_of(values(f"due {one} net")) & data_of(values(f"due {other} net"))


@pytest.mark.parametrize("word", ["31.02.2026", "2026-13-45", "2026-99-99T99:99:99Z", "1.2.3", "00/00/0000"])
def test_impossible_dates_stay_words(word: str) -> None:
    """Nothing is raised."""
    assert values(word)


def test_the_parameters_of_a_redirect_are_values() -> None:
    """A state that the login returns may have the data in Base64; the path of the login is none."""
    state = base64.urlsafe_b64encode(b'{"page": "/tax", "class": 4, "id": "81233901"}').decode()
    redirect = values("", headers=(("location", f"https://login.test/enter?state={state}&next=%2Ftax"),))
    assert data_of(redirect) & data_of(values("number 81233901"))
    assert not values("", headers=(("location", "/enter/81233901"),))


@pytest.mark.parametrize(
    "header",
    [
        ("link", "</sums/48120.75>; rel=next"),
        ("x-next", "https://api.test/sums/48120.75?page=2"),
    ],
)
def test_the_identifiers_of_a_url_are_values(header: tuple[str, str]) -> None:
    """In its path too."""
    assert data_of(values("48120.75")) <= values("", headers=(header,))


def test_a_tag_is_no_identifier() -> None:
    """An item may be called h1."""
    page = "<html><h1>Not implemented</h1><p>Error 501.</p ></html>"
    assert values("h1").isdisjoint(values(page) | values(page, media_type="text/html"))


def test_names_with_digits_are_values() -> None:
    """A map has identifiers for names; other names are none."""
    assert data_of(values("A-48213")) <= values('{"A-48213": {"open": 1}}', media_type="application/json")
    assert not values('{"open": {"id": null}}', media_type="application/json")


def test_short_numbers_in_a_row_are_data() -> None:
    """Each says nothing by itself."""
    row = data_of(values('{"lines": [4, 8, 1, 5, 9]}', media_type="application/json"))
    assert weight(row & values("<td>4</td><td>8</td><td>1</td><td>5</td>", media_type="text/html")) >= 6
    assert weight(data_of(values("[0, 0, 0, 0, 0]", media_type="application/json"))) <= 1


HOSTILE = {
    "percent": "%41" * 20_000,
    "hex": "ab" * 32_000,
    "odd hex": "a" * 64_001,
    "groups": "111 " * 16_000,
    "commas": "1,111" + ",111" * 16_000,
    "dots": "1.1." * 16_000,
    "dates": "2026-01-01/" * 6_000,
    "slashes": "/" * 64_000,
    "URLs": "https://a/1 " * 5_000,
    "bombs": " ".join([base64.b64encode(gzip.compress(b"0" * 10_000_000, mtime=0)).decode()] * 4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_costs_more_than_linear_time(name: str) -> None:
    """Twice the text may cost twice the time; a second is far more than it takes."""
    began = time.monotonic()
    values(HOSTILE[name])
    assert time.monotonic() - began < 2


def test_what_is_decompressed_is_bounded() -> None:
    """A small text cannot become a large one."""
    texts = list(decompressed_texts(HOSTILE["bombs"]))
    assert texts
    assert sum(map(len, texts)) <= 3 * MOST_BYTES
    assert not any(decoded_texts("plain words alone"))


@given(text())
@example("GET /a b?q=%20+1&ö=ü/%2520 ")
def test_percent_encoding_is_that_of_the_standard_library(written: str) -> None:
    """Each run of marks is encoded once; lone surrogates have no encoding in either."""
    try:
        expected = quote(written, safe="")
    except UnicodeEncodeError:
        return
    assert percent_encoded(written) == expected
    assert percent_encoded(written).replace("%20", "+") == quote_plus(written)
