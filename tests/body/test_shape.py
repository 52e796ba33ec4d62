"""The shape of a body: equal for two answers of one handler, different for a denial."""

import gzip
import json
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.body.content import MAX_DECODED, Headers, content_of
from specdrift.body.shape import MAX_MEMBERS, shape_of
from specdrift.model.exchange.observation import BodyShape

JSON, HTML, TEXT = "application/json", "text/html; charset=utf-8", "text/plain"
XML, PROTOBUF = "application/soap+xml", "application/x-protobuf"
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def shape(body: bytes | str, content_type: str = JSON, target: str = "/x", encoding: str = "") -> BodyShape:
    """The shape of a body with these headers."""
    content = body.encode() if isinstance(body, str) else body
    return shape_with(content, (("content-type", content_type), ("content-encoding", encoding)), target)


def shape_with(body: bytes, headers: Headers, target: str = "/x") -> BodyShape:
    """The shape of a body with any headers."""
    return shape_of(content_of(body, headers), headers, target)


def page(title: str, *paragraphs: str) -> str:
    """An HTML page."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{text}</body></html>"


@pytest.mark.parametrize(
    ("one", "other", "content_type"),
    [
        ('{"id": 1, "name": "a"}', '{"name": "b", "id": 20000}', JSON),
        ('[{"id": 1}, {"id": 2}]', '[{"id": 7}]', JSON),
        ('{"a": {"b": [1, 2.5]}}', '{"a": {"b": [3]}}', "application/problem+json"),
        ('{"id": 1}', '{"id": 2}', ""),
        (page("Item 1", "one"), page("Item 27", "another"), HTML),
        ("item 1 of alice", "item 23 of alice", TEXT),
        ("<a><b>1</b></a>", '<x:a x:c="1"><x:b/><x:b/></x:a>', XML),
    ],
)
def test_one_handler_with_other_data_gives_the_same_skeleton(one: str, other: str, content_type: str) -> None:
    """Ids, times and names differ; the structure does not."""
    first, second = shape(one, content_type), shape(other, content_type)
    assert first.skeleton
    assert (first.kind, first.skeleton) == (second.kind, second.skeleton)


@pytest.mark.parametrize(
    ("one", "other", "content_type"),
    [
        ('{"id": 1}', '{"id": "1"}', JSON),
        ('{"id": 1}', '{"error": 1}', JSON),
        ('{"id": true}', '{"id": 1}', JSON),
        ('{"id": null}', '{"id": 1}', JSON),
        ('{"a": {"b": 1}}', '{"a": [{"b": 1}]}', JSON),
        ("[]", "{}", JSON),
        (page("Items"), page("Sign in"), HTML),
        (page("Shop", "</p><h1>Orders</h1>"), page("Shop", "</p><h1>Anmeldung</h1>"), HTML),
        ("<a><b/></a>", "<a><c/></a>", XML),
        (page("Items", "a"), page("Items", "a", "b"), HTML),
        ("item of alice", "not yours", TEXT),
    ],
)
def test_another_answer_has_another_skeleton(one: str, other: str, content_type: str) -> None:
    """Types, members, nesting, titles and words tell answers apart."""
    assert shape(one, content_type).skeleton != shape(other, content_type).skeleton


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        ("", JSON, "empty"),
        (" \r\n\t", HTML, "empty"),
        ("{}", "", "json"),
        ("  [1]", TEXT, "json"),
        ("\ufeff{}", JSON, "json"),
        ('"text"', JSON, "json"),
        ("{not json", JSON, "text"),
        ("<!doctype html><p>x", "", "html"),
        ("<html><p>x", "", "html"),
        ('<HTML lang="en"><p>x', TEXT, "html"),
        ("<p>x</p>", HTML, "html"),
        ("hello", "", "text"),
        ("\x89PNG", "image/png", "binary"),
        ("x", "application/octet-stream", "binary"),
        ("a\0b", TEXT, "binary"),
        ("\x08\x01", PROTOBUF, "json"),
        ("\x0f", PROTOBUF, "binary"),
        ("<a/>", XML, "xml"),
        ("<?xml version='1.0'?><a/>", TEXT, "xml"),
        ("null", JSON, "json"),
    ],
)
def test_the_kind_of_a_body(body: str, content_type: str, kind: str) -> None:
    """By its type, or by its look where the type is wrong."""
    assert shape(body, content_type).kind == kind


@pytest.mark.parametrize(
    ("body", "content_type", "signs"),
    [
        ('{"error": "no"}', JSON, ("error-member", "denial")),
        ('{"title": "Forbidden", "status": 403, "type": "about:blank"}', JSON, ("error-member", "denial")),
        ('{"detail": "no", "message": "x"}', JSON, ("error-member",)),
        ('{"title": "A book", "author": "B"}', JSON, ()),
        ('{"message": "hello"}', JSON, ()),
        ('[{"error": 1}]', JSON, ()),
        (page("Shop", '<input type="password">'), HTML, ("login-form",)),
        (page("Shop", '<input TYPE="PassWord">'), HTML, ("login-form",)),
        (page("Please sign in"), HTML, ("login-form",)),
        (page("403 Forbidden"), HTML, ("login-form",)),
        (page("Shop", '<input type="text"> login'), HTML, ()),
        (page("Shop", "</p><h1>Access denied</h1>"), HTML, ("denial",)),
        (page("Shop", "</p><h1>Orders</h1><p>access denied"), HTML, ()),
        ("<Envelope><Body><s:Fault><s:Code/></s:Fault></Body></Envelope>", XML, ("denial",)),
        ("<r><status>error</status></r>", XML, ("denial",)),
        ("<r><status>ok</status><errors>0</errors></r>", XML, ()),
        ("Access denied", TEXT, ("error-member",)),
        ("Unauthorised: sign in first", TEXT, ("error-member",)),
        ("a b c d e " + "word " * 20 + "forbidden", TEXT, ()),
        ("hello", TEXT, ()),
    ],
)
def test_signs_of_a_denial_page_are_found(body: str, content_type: str, signs: tuple[str, ...]) -> None:
    """Login forms and error objects, whatever the status; ordinary data that only mentions them has none."""
    assert shape(body, content_type).signs == signs


@pytest.mark.parametrize(
    ("content_type", "template"),
    [
        (JSON, '{{"self": "{}", "n": 1}}'),
        (TEXT, "you asked for {} and here it is"),
        (HTML, page("{}", "{}")),
    ],
)
def test_the_echo_of_the_target_does_not_matter(content_type: str, template: str) -> None:
    """A server that repeats what was asked gives the same answer to two paths."""
    targets = ["/items/seven?limit=hundred&q=x", "/things/other/deeper"]
    shapes = [shape(template.replace("{}", target), content_type, target) for target in targets]
    assert shapes[0] == shapes[1]


def test_members_are_those_of_the_top_level() -> None:
    """Sorted, and at most sixty."""
    assert shape('{"b": {"x": 1}, "a": 2}').members == ("a", "b")
    many = shape(json.dumps({f"m{number:03}": number for number in range(500)}))
    assert many.members == tuple(f"m{number:03}" for number in range(MAX_MEMBERS))


def test_members_of_an_array_are_those_of_its_elements() -> None:
    """Marked, so that they are not taken for an object's; a member that is missing or null in one is the array's."""
    assert shape('[{"id": 1, "note": null}, {"id": 2, "tag": "x"}, 3]').members == ("*/id", "*/note", "*/tag")


def test_the_echo_of_a_value_leaves_json_whole() -> None:
    """``1234`` was asked for, and stands in the body as a number."""
    first, second = (shape(json.dumps({"id": 1234, "name": name}), target="/items/1234") for name in "ab")
    assert first == second
    assert first.members == ("id", "name")


def test_a_truncated_json_text_has_the_shape_of_its_complete_part() -> None:
    """A list of equal elements, however many were read."""
    item = '{"id": 1, "name": "a, b] \\"c", "tags": ["x", null]}'
    whole = '{"items": [' + ", ".join([item] * 3000) + "]}"
    assert shape(whole[:120_003]) == shape(f'{{"items": [{item}]}}')
    assert shape("{" * 40_000).kind == "text"


@pytest.mark.parametrize("charset", ["utf-16", '"UTF-16LE"', "nonsense"])
def test_the_charset_is_the_one_that_the_server_names(charset: str) -> None:
    """Where there is one of that name."""
    spelled = charset.strip('"') if charset != "nonsense" else "utf-8"
    body = '{"error": "certificate required"}'.encode(spelled)
    assert shape(body, f"application/json; charset={charset}") == shape('{"error": "certificate required"}')


def test_an_unknown_encoding_is_compared_by_its_bytes() -> None:
    """Brotli, which was not requested."""
    assert shape(b"{}", encoding="br") == BodyShape(kind="binary", skeleton="br")


@pytest.mark.parametrize(
    ("headers", "body", "signs"),
    [
        ((), b"\x80\0\0\0\x10grpc-status:16\r\n", ("denial",)),
        ((), b"\0\0\0\0\x05hello\x80\0\0\0\x0fgrpc-status: 0\r\n", ()),
        ((("grpc-status", "16"),), b"", ("denial",)),
        ((("grpc-status", "0"),), b"hello", ()),
    ],
)
def test_the_status_of_grpc_is_in_its_trailers(
    headers: tuple[tuple[str, str], ...], body: bytes, signs: tuple[str, ...]
) -> None:
    """HTTP's is always 200; where there is nothing but a status, it may be in the head."""
    assert shape_with(body, (("content-type", "application/grpc-web+proto"), *headers)).signs == signs


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b'{"id": 1}', mtime=0)),
        ("X-GZIP", gzip.compress(b'{"id": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"id": 1}')),
        ("deflate", zlib.compress(b'{"id": 1}', wbits=-15)),
    ],
    ids=["gzip", "x-gzip", "deflate", "deflate without its format"],
)
def test_a_body_that_was_compressed_unasked(encoding: str, packed: bytes) -> None:
    """Its shape is that of what is inside."""
    assert shape(packed, encoding=encoding) == shape('{"id": 1}')


def test_a_body_that_only_claims_to_be_compressed() -> None:
    """It is taken as it is."""
    assert shape('{"id": 1}', encoding="gzip") == shape('{"id": 1}')


def test_a_bomb_is_unpacked_only_as_far_as_a_body_is_read() -> None:
    """Some kilobytes that would become forty megabytes."""
    bomb = gzip.compress(b"[" + b"1," * 20_000_000, compresslevel=1)
    began = time.process_time()
    assert shape(bomb[: 256 * 1024], encoding="gzip") == shape("[1]")
    assert time.process_time() - began < 1
    assert MAX_DECODED <= 256 * 1024


HOSTILE = {
    "deep array": "[" * 100_000,
    "deep closed array": "[" * 50_000 + "]" * 50_000,
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "long number": '{"n": ' + "9" * 100_000 + "}",
    "huge exponent": '{"n": 1e999999999}',
    "not a number": "[NaN, Infinity, -Infinity]",
    "surrogate in a name": '{"\\ud800": 1}',
    "surrogate in a value": '{"a": "\\udfff"}',
    "wide": json.dumps({str(number): [{}] * 3 for number in range(9000)}),
    "wide and deep": json.dumps([[[[[list(range(8))] * 8] * 8] * 8] * 5] * 2),
    "marked section": "<html><![foo[bar]]>",
    "unfinished section": "<html><![",
    "section without name": "<html><![ x ",
    "declaration": "<html><!x y <![cdata[",
    "only brackets": "<html>" + "<" * 250_000,
    "open tags": "<html>" + "<a " * 85_000,
    "slashes": "<html>" + "<a/" * 85_000,
    "open attribute": "<html>" + "<a b='" * 42_000,
    "comments": "<html>" + "<!--" * 64_000,
    "entities": "<html>" + "&#" * 125_000,
    "nested": "<html>" + "<div>" * 50_000,
    "script": "<html><script>" + "</" * 125_000,
    "character reference": "<html><title>&#99999999999;&#xd800;</title>",
    "words": "word " * 50_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_takes_long_or_ends_the_run(body: str) -> None:
    """A quarter of a megabyte of malice is read in a moment, and its shape can be written down."""
    began = time.process_time()
    seen = shape(body, "")
    assert time.process_time() - began < 1
    assert "".join([seen.skeleton, *seen.members]).encode() is not None
    assert len(seen.members) <= MAX_MEMBERS


@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from([JSON, HTML, TEXT, "image/png", ""]),
    encoding=st.sampled_from(["", "gzip", "deflate", "br"]),
    target=st.text(max_size=30),
)
def test_no_bytes_raise(body: bytes, kind: str, encoding: str, target: str) -> None:
    """Invalid UTF-8, NUL, broken JSON and broken HTML included."""
    seen = shape(body, kind, target, encoding)
    assert seen.kind in ("json", "html", "text", "binary", "empty")


@given(st.text("<>!-[]/='\"& \nabdiv?&#;", max_size=120))
def test_no_markup_raises(markup: str) -> None:
    """However it is broken."""
    assert shape("<html>" + markup, HTML).kind == "html"


@given(values)
def test_json_has_a_shape_that_does_not_depend_on_the_order_of_members(value: object) -> None:
    """The same document written in another order has the same shape."""
    upside_down = json.dumps(_reversed(value))
    assert shape(json.dumps(value), target="") == shape(upside_down, target="")


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(element) for element in value] if isinstance(value, list) else value
