"""The page carries the saved result and the SARIF log, byte for byte."""

import json
import random
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.compressed import gzipped
from specdrift.model.result.result import Result
from specdrift.reports import render
from specdrift.reports.html.packed_files import LEVEL, KeptOnce, packed, packed_with_marks, unpacked
from tests.reports import extremes, factory
from tests.reports.browser import Tab
from tests.reports.markup import parse

PART = st.sampled_from([b"a" * 39, b"b" * 40, b"c" * 41 + b"\\" + b"d" * 60, b'"', b"\n"]) | st.binary(
    max_size=60
).map(lambda raw: bytes(byte for byte in raw if 31 < byte < 128))


@given(st.lists(st.lists(PART).map(b"".join)))
def test_any_ascii_is_restored(pieces: list[bytes]) -> None:
    """Also the empty text, and parts that occur again."""
    assert unpacked(packed(pieces)) == b"".join(pieces)


def test_a_part_that_occurs_again_is_kept_once() -> None:
    """However far apart the two are: random digits, which do not compress, take the place of one."""
    part = random.Random(5).randbytes(1_000).hex().encode()
    between = b'", "'.join(b"%d" % number for number in range(20_000))
    once = len(packed([b'"' + part + b'"' + between]))
    assert len(packed([b'"' + part + b'"' + between + b'"', b'"' + part])) < once + 100


@given(st.lists(st.lists(PART).map(b"".join)))
def test_parts_are_restored_that_contain_kept_ones(pieces: list[bytes]) -> None:
    """As an answer contains a certificate that others contain as well."""
    kept = KeptOnce()
    marked = [kept.part(piece.decode()).encode() for piece in pieces]
    assert unpacked(packed_with_marks(marked)) == b"".join(pieces)


def test_an_answer_that_occurs_again_is_kept_once() -> None:
    """And what two answers share as well: here random digits, which do not compress."""
    body = random.Random(5).randbytes(1_000).hex()
    first, second = f'{{"id": 1, "body": "{body}"}}', f'{{"id": 2, "body": "{body}"}}'
    apart = ", ".join(map(str, range(20_000))).encode()

    def size(*parts: str) -> int:
        kept = KeptOnce()
        return len(packed_with_marks(piece for part in parts for piece in (kept.part(part).encode(), apart)))

    far = size(first, "2") - len(packed_with_marks([b"2"]))
    assert size(first, first) < far + 100
    assert size(first, second) < far + 200


def test_the_same_content_gives_the_same_text() -> None:
    """The gzip header holds no time."""
    assert packed([b"a" * 99]) == packed([b"a" * 99])


def test_pieces_are_compressed_to_the_bytes_of_the_whole() -> None:
    """A thread compresses them while further ones are made; neither it nor their sizes show in the file."""
    text = b"".join(b"%d, " % number for number in range(50_000))
    pieces = [text[start : start + 9_999] for start in range(0, len(text), 9_999)]
    whole = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    assert b"".join(gzipped(iter(pieces), LEVEL)) == whole.compress(text) + whole.flush()


def test_a_report_that_is_not_read_to_its_end_leaves_no_thread() -> None:
    """Writing may fail, as on a full disk."""
    before = threading.active_count()
    compressed = gzipped(iter([b"first", b"second", b"third"]), LEVEL)
    next(compressed)
    assert threading.active_count() == before + 1
    del compressed
    assert threading.active_count() == before


@pytest.mark.parametrize("name", ["json", "sarif"])
@pytest.mark.parametrize("make", [factory.story, extremes.hostile])
def test_the_page_carries_the_bytes_of_the_format(make: Callable[[], Result], name: str) -> None:
    """What is saved from the page equals what the command line writes."""
    page = parse(render(make(), "html"))
    assert unpacked(page.one("script", id=f"archive-{name}").words) == render(make(), name)


def test_the_page_carries_each_card_as_markdown() -> None:
    """Under the id of the card."""
    page = parse(render(factory.story(), "html"))
    cards = json.loads(unpacked(page.one("script", id="archive-markdown").words))
    assert cards.keys() == {card.attributes["id"] for card in page.all("article", class_="card")}


@pytest.mark.browser
@pytest.mark.parametrize("make", [factory.story, extremes.hostile])
def test_a_saved_file_equals_the_format(tab: Tab, tmp_path: Path, make: Callable[[], Result]) -> None:
    """Unpacked by the page's own script."""
    path = tmp_path / "report.html"
    path.write_bytes(render(make(), "html"))
    tab.open(path)
    for name in ("json", "sarif"):
        assert saved(tab, name, tmp_path) == render(make(), name)


def saved(tab: Tab, button: str, folder: Path) -> bytes:
    """The file that a click on a button saves."""
    with tab.page.expect_download() as waiting:
        tab.page.click(f"#{button}")
    assert waiting.value.suggested_filename.endswith(f".{button}")
    waiting.value.save_as(folder / "saved")
    return (folder / "saved").read_bytes()
