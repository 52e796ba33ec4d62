"""Binary formats read as JSON: examples of their specifications, and bodies that are none of the format."""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from specdrift.body.binary import MAX_READ, as_json, as_json_of_any
from specdrift.body.binary.protobuf import name_of, web_trailers
from specdrift.body.binary.reader import MAX_DEPTH
from specdrift.body.content import content_of
from specdrift.body.values import values_of
from specdrift.loader.values.cbor import encoded
from specdrift.model.exchange.values import unpack

DATA = {"iban": "FI2112345600000785", "balance": 731502, "rate": 1.5, "open": True, "notes": [None, -7]}
AS_JSON = content_of(json.dumps(DATA).encode(), (("content-type", "application/json"),))
IBAN = b"FI2112345600000785"
MESSAGEPACK = (
    bytes.fromhex("85 a4 6962616e b2")
    + IBAN
    + bytes.fromhex(
        "a7 62616c616e6365 ce 000b296e a4 72617465 cb 3ff8000000000000 a4 6f70656e c3 a5 6e6f746573 92 c0 f9"
    )
)


FRAME = b"\0\0\0\0\2\x08\x01"
"""A message of gRPC."""


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(encoded(DATA), "application/cbor"), (MESSAGEPACK, "application/x-msgpack")],
    ids=["CBOR", "MessagePack"],
)
def test_the_same_data_have_the_same_values(body: bytes, media_type: str) -> None:
    """Whatever the format."""
    assert json.loads(as_json(body, media_type)) == DATA
    headers = (("content-type", media_type),)
    found = unpack(values_of(content_of(body, headers), ()))
    assert found >= {each for each in unpack(values_of(AS_JSON, ())) if each}


@pytest.mark.parametrize("body", [encoded(DATA), MESSAGEPACK], ids=["CBOR", "MessagePack"])
@pytest.mark.parametrize(
    "written", [lambda body: base64.b64encode(body).decode(), bytes.hex], ids=["base64", "hex"]
)
def test_the_same_data_inside_a_text(body: bytes, written: Callable[[bytes], str]) -> None:
    """An answer of the server in an envelope, without a media type."""
    envelope = content_of(json.dumps({"error": 403, "debug": written(body)}).encode(), ())
    without_names = content_of(json.dumps([*map(str, DATA.values())][:3]).encode(), ())
    assert unpack(values_of(envelope, ())) >= unpack(values_of(without_names, ()))


def test_bytes_that_only_begin_like_a_format_have_no_values() -> None:
    """A digest, or a key."""
    assert list(as_json_of_any(bytes(range(0x84, 0xA4)))) == []
    assert list(as_json_of_any(b"")) == []


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("1903e8", 1000),
        ("3903e7", -1000),
        ("f93e00", 1.5),
        ("fa47c35000", 100000.0),
        ("fb3ff199999999999a", 1.1),
        ("f6", None),
        ("f7", None),
        ("f0", 16),
        ("f8ff", 255),
        ("c11a514b67b0", 1363896240),
        ("4401020304", "01020304"),
        ("62c3bc", "ü"),
        ("83010203", [1, 2, 3]),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("7f657374726561646d696e67ff", "streaming"),
        ("5f42010243030405ff", "0102030405"),
        ("a201020304", {"1": 2, "3": 4}),
        ("0102", [1, 2]),
    ],
)
def test_cbor(digits: str, expected: object) -> None:
    """RFC 8949, appendix A, and a sequence (RFC 8742)."""
    assert json.loads(as_json(bytes.fromhex(digits), "application/cbor-seq")) == expected


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("7f", 127),
        ("ff", -1),
        ("d0 80", -128),
        ("cf 0000000100000000", 1 << 32),
        ("ca 3fc00000", 1.5),
        ("c4 02 00ff", "00ff"),
        ("d9 03 616263", "abc"),
        ("dc 0002 01 02", [1, 2]),
        ("de 0001 a161 01", {"a": 1}),
        ("d4 05 0a", "0a"),
        ("c7 02 05 0a0b", "0a0b"),
        ("01 02", [1, 2]),
    ],
)
def test_messagepack(digits: str, expected: object) -> None:
    """Each group of its specification."""
    assert json.loads(as_json(bytes.fromhex(digits), "application/msgpack")) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bytes.fromhex("08 96 01"), {"field-a": 150}),
        (bytes.fromhex("12 07 74657374696e67"), {"field-b": "testing"}),
        (bytes.fromhex("1a 03 08 96 01"), {"field-c": {"field-a": 150}}),
        (bytes.fromhex("08 01 08 02"), {"field-a": [1, 2]}),
        (
            b"\x0d" + struct.pack("<f", 1.5) + b"\x11" + struct.pack("<d", 2.5),
            {"field-a": 1.5, "field-b": 2.5},
        ),
    ],
    ids=["varint", "string", "message", "repeated", "floats"],
)
def test_protobuf(body: bytes, expected: object) -> None:
    """Alone, and in a frame of gRPC with the trailers of gRPC-Web after it."""
    assert json.loads(as_json(body, "application/x-protobuf")) == expected
    trailers = b"\x80" + (15).to_bytes(4, "big") + b"grpc-status: 0\n"
    framed = b"\0" + len(body).to_bytes(4, "big") + body
    assert json.loads(as_json(framed + trailers, "application/grpc-web+proto")) == expected
    assert json.loads(as_json(framed * 2, "application/grpc")) == [expected] * 2


def test_names_of_fields() -> None:
    """One for each number, without digits."""
    assert [name_of(n) for n in (1, 26, 27, 28, 702, 703)] == [
        f"field-{letters}" for letters in ("a", "z", "aa", "ab", "zz", "aaa")
    ]


def pdf(text: str, *, compressed: bool) -> bytes:
    """Write a document of one page."""
    page = f"BT /F1 12 Tf 50 750 Td ({text}) Tj ET".encode()
    stream, coding = (zlib.compress(page), b"/Filter/FlateDecode") if compressed else (page, b"")
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"4 0 obj<</Length %d%b>>stream\n%b\nendstream endobj\n5 0 obj<</Title<0badcafe>/Producer(hub)>>endobj\n"
        b"trailer<</ID[<bd431a8a>]>>\n%%%%EOF\n" % (len(stream), coding, stream)
    )


@pytest.mark.parametrize("compressed", [False, True])
def test_pdf(compressed: bool) -> None:  # noqa: FBT001 (a parameter)
    """The strings, whether the page is compressed or not."""
    body = pdf(r"Energy \(kWh\) 41822", compressed=compressed)
    assert sorted(json.loads(as_json(body, "application/pdf"))) == ["0badcafe", "Energy (kWh) 41822"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/cbor"),
        (b"\x63ab", "application/cbor"),
        (b"\xff", "application/cbor"),
        (b"\x1f", "application/cbor"),
        (b"\x9f\x01", "application/cbor"),
        (b"\x9b" + b"\xff" * 8, "application/cbor"),
        (b"\x81" * (MAX_DEPTH + 2), "application/cbor"),
        (b"\xd9\x05abc", "application/msgpack"),
        (b"\xc1", "application/msgpack"),
        (b"\x91" * (MAX_DEPTH + 2), "application/msgpack"),
        (b"\xdd\xff\xff\xff\xff", "application/msgpack"),
        (b"\x00", "application/protobuf"),
        (b"\x0b", "application/protobuf"),
        (b"\x08" + b"\xff" * 11, "application/protobuf"),
        (b"\x01\0\0\0\0", "application/grpc"),
        (b"\0\0\0\0\x09", "application/grpc"),
        (b"<html>", "application/pdf"),
        (pdf("\0" * 1_000_000, compressed=True), "application/pdf"),
        (b"\x01" * (MAX_READ + 1), "application/cbor"),
        (encoded(DATA), "application/octet-stream"),
    ],
)
def test_a_body_that_is_none_of_the_format_is_a_file_as_before(body: bytes, media_type: str) -> None:
    """Broken, cut off, too deep or too long: no text is made up."""
    assert not as_json(body, media_type)


def archive(members: dict[str, str]) -> bytes:
    """Write a ZIP archive."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as written:
        for name, text in members.items():
            written.writestr(name, text)
    return file.getvalue()


SHEET = "<worksheet><row><c><v>48213</v></c><c><is><t>Grünwälder</t></is></c></row></worksheet>"
WORKBOOK = {
    "[Content_Types].xml": "<Types/>",
    "xl/worksheets/sheet1.xml": SHEET,
    "docProps/core.xml": "<a>B</a>",
}


def test_archives_and_what_office_documents_say() -> None:
    """Of a workbook the sheets; of an archive each member."""
    body = archive(WORKBOOK)
    assert json.loads(as_json(body, "application/zip")) == WORKBOOK
    sheets = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert json.loads(as_json(body, sheets)) == ["48213", "Grünwälder"]
    found = unpack(values_of(content_of(body, (("content-type", sheets),)), ()))
    text = content_of(b"48213\nGr\xc3\xbcnw\xc3\xa4lder", (("content-type", "text/plain"),))
    assert unpack(values_of(text, ())) <= found


@pytest.mark.parametrize(
    "body",
    [
        archive(WORKBOOK)[:-30],
        archive({"big": "0" * 1_000_000}),
        archive({f"{number}": "" for number in range(201)}),
        b"PK\x05\x06" + b"\0" * 9,
        archive({"big": "0" * 1_000_000}).replace((1_000_000).to_bytes(4, "little"), b"\x09\0\0\0"),
    ],
    ids=["cut off", "too much", "too many members", "no archive", "more than it says"],
)
def test_an_archive_that_is_not_read(body: bytes) -> None:
    """Nothing of it."""
    assert not as_json(body, "application/zip")


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (
            FRAME + b"\x80\0\0\0\x22grpc-status:0\r\nGrpc-Message: a b\r\n",
            "application/grpc-web+proto",
            "both",
        ),
        (FRAME + b"\x80\0\0\0\x0fgrpc-status:0\r\n", "application/grpc", ""),
        (FRAME + b"\x80\0\0\0\xffgrpc-status:0\r\n", "application/grpc-web", ""),
        (b"grpc-status:0", "application/grpc-web", ""),
        (FRAME, "application/grpc-web", ""),
    ],
)
def test_the_trailers_of_grpc_web_end_its_body(body: bytes, media_type: str, expected: str) -> None:
    """A body that is cut, or of another format, has none."""
    both = (("grpc-status", "0"), ("grpc-message", "a b"))
    assert web_trailers(body, media_type) == (both if expected else ())
