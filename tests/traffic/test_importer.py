"""Every format is recognised by its content, read to the last line, and refused where it is broken."""

from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.traffic import FORMATS, TrafficImport, import_traffic
from tests.traffic import collections_of_clients, texts

ALL = {
    "common": texts.COMMON,
    "combined": texts.COMBINED,
    **texts.JSON_LINES,
    "routes": texts.ROUTES,
    "openapi, yaml": texts.OPENAPI_YAML,
    "openapi, json": texts.OPENAPI_JSON,
    "har": texts.har("https://api.test:8443/legacy/report?token=s3cret"),
    "har on one line": texts.har("https://api.test:8443/legacy/report", indent=None),
    **{name: text for name, text in collections_of_clients.ALL.items() if name != "postman"},
}


def read(text: str) -> TrafficImport:
    """Import a text."""
    return import_traffic(text.encode(), name="feed", folder=Path())


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_each_format_is_recognised_and_read(text: str) -> None:
    """The user does not name the format."""
    imported = read(text)
    assert imported.unreadable_lines == ()
    assert ("GET", "/legacy/report") in {
        (one.method, one.url.removeprefix("https://api.test:8443").partition("?")[0])
        for one in imported.endpoints
    }


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_windows_line_ends_and_a_byte_order_mark_are_ignored(text: str) -> None:
    """Files are copied between systems."""
    travelled = import_traffic(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), name="feed")
    assert travelled.endpoints == read(text).endpoints


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (texts.COMMON, [1, 2]),
        (texts.COMBINED, [1, 3]),
        ("\n".join(['{"level":"info"}', *texts.JSON_LINES.values()][:3]), [2, 3]),
        (texts.ROUTES, [2, 3]),
        (texts.OPENAPI_YAML, [6]),
        (texts.har("https://a.test/1", "https://a.test/2", indent=None), [1, 1]),
    ],
    ids=["common", "combined", "json", "routes", "openapi", "har on one line"],
)
def test_a_request_keeps_its_line(text: str, lines: list[int]) -> None:
    """A finding refers to it."""
    assert [one.line for one in read(text).endpoints] == lines


def test_an_entry_of_an_archive_has_the_line_on_which_it_begins() -> None:
    """However the archive is laid out, and whatever its comments hold."""
    text = texts.har("https://a.test/1", "https://a.test/2")
    lines = text.split("\n")
    endpoints = read(text).endpoints
    assert len(endpoints) == 2
    for one in endpoints:
        assert lines[one.line - 1].strip() == "{"
        assert f'"url": "{one.url}"' in "\n".join(lines[one.line - 1 : one.line + 5])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (f"{texts.COMMON}half a li\n{texts.COMMON}", (3,)),
        ('{"method":"GET","path":"/a"}\n{"method":"GE\nplain\n[1]', (2, 3, 4)),
        ("GET /a\nnonsense\nFETCH /b\nPOST /c", (2, 3)),
        (texts.har("https://a.test/").replace('"url": "https://a.test/"', '"url": 7'), (6,)),
    ],
    ids=["log", "json", "routes", "har"],
)
def test_a_broken_line_is_skipped(text: str, broken: tuple[int, ...]) -> None:
    """It is counted, and the others are read."""
    imported = read(text)
    assert imported.unreadable_lines == broken
    assert imported.warning.startswith(f"feed:{broken[0]}: skipped {len(broken)} line")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hello\nworld\n", "feed:1: unknown traffic format"),
        ("\x1f\x8b\x08 binary", "feed:1: unknown traffic format"),
        ('{"name": "a JSON file of something else"}', "feed:1: unknown traffic format"),
        (texts.har("https://a.test/")[:-40], "feed:3"),
        ('{"log": {}}', 'feed:1: HAR file: "log.entries" is not a list'),
        ("openapi: 3.1.0\npaths: [", "feed:"),
        ("openapi: 4.0.0\ninfo: {}\n", "feed:1: OpenAPI 4.0.0 is not supported"),
    ],
    ids=["text", "binary", "json", "cut off", "no entries", "broken yaml", "unknown version"],
)
def test_an_unknown_file_is_an_error_with_file_and_line(text: str, where: str) -> None:
    """Importing a wrong file must not look like finding nothing."""
    with pytest.raises(UsageError) as caught:
        read(text)
    assert str(caught.value).startswith(where)


def test_an_entry_that_cannot_be_read_is_counted_where_a_line_has_several() -> None:
    """An archive may be one line, which names no entry."""
    urls = [f"https://api.test:8443/{number}" for number in range(4)]
    archive = texts.har(*urls, indent=None)
    for broken in (urls[1], urls[3]):
        archive = archive.replace(f'"{broken}"', "7")
    imported = read(archive)
    assert len(imported.endpoints) == 2
    assert imported.warning == "feed:1: skipped 2 entries that could not be read; the first is entry 2"


ENVOY = (
    '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" '
    '"cc21d9b0" "locations" "tcp://10.0.2.1:80"\n'
    '[2016-04-15T20:17:01.310Z] "GET /old HTTP/1.1" 0 DC 0 0 226 - "-" "curl" "cc21d9b1" "locations" "-"\n'
)


def test_the_default_log_of_envoy_is_an_access_log() -> None:
    """It begins with the time; a status of 0 is none."""
    assert [(one.method, one.url, one.status) for one in read(ENVOY).endpoints] == [
        ("POST", "/api/v1/locations", 204),
        ("GET", "/old", 0),
    ]
    assert read(ENVOY).unreadable_lines == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_read_by_its_mark(encoding: str) -> None:
    """PowerShell writes such files; without the mark, the error says what to do."""
    content = f"\ufeff{texts.COMMON}".encode(encoding)
    assert import_traffic(content, name="feed", folder=Path()).endpoints == read(texts.COMMON).endpoints
    with pytest.raises(UsageError, match="not a text in UTF-8: convert"):
        import_traffic(content[2:], name="feed", folder=Path())


def test_an_empty_log_is_a_warning() -> None:
    """It may have just been rotated."""
    imported = read("\n")
    assert (imported.endpoints, imported.warning) == ((), "feed: contains no requests")


def test_the_error_lists_the_known_formats() -> None:
    """By their names."""
    with pytest.raises(UsageError) as caught:
        read("?")
    assert all(form.name in str(caught.value) for form in FORMATS)


def test_a_long_log_is_read_in_linear_time() -> None:
    """The pattern of a line must not backtrack."""
    evil = "1 - - [" + "[" * 5000 + '"' * 3000 + "\n"
    assert len(read(texts.COMMON * 2000 + evil * 50).unreadable_lines) == 50
