"""Reads the values out of an answer, whatever its format and envelope: the evidence of who received the data. Pure.

The same datum gives the same value in JSON at any depth, in XML, HTML, CSV, plain text, or as a text inside of another
format. Member names, tags and punctuation are not values. A word says little, three words in a row say much; a file
is cut where its bytes say so, hence an envelope around it does not move its blocks.

Every step is linear in the body, and reads a bounded part of it.
"""

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from specdrift.body.binary import is_without_schema
from specdrift.body.content import Content, Headers
from specdrift.body.decoded import (
    BLOCK_END,
    LEAST_BLOCK,
    LEAST_ENCODED,
    decoded_blocks,
    decoded_texts,
    decompressed_texts,
    texts_of_bytes,
)
from specdrift.body.fields import is_of_no_resource, paths_of_cookie, with_target_read
from specdrift.body.json_text import read_json
from specdrift.body.markup import COMMENT, without_syntax
from specdrift.body.spellings import MAILBOX, numbers_with_commas, unquoted
from specdrift.body.words import LONGEST_WORD, MAX_WORDS, URL, WORD, of_word, plain, values_of_leaves
from specdrift.model.exchange.values import Nature, Strength, pack, value
from specdrift.model.exchange.websocket import ACCEPT

MAX_TEXT = 256 * 1024
"""Characters of a text, and bytes of a file, that are read: as many as are received."""
MAX_NESTING = 3
"""How often a text inside a text is read as a format of its own."""
VALIDATORS = frozenset({"etag", "last-modified"})
"""Fields that tell versions of a representation apart (RFC 9110 §8.8)."""

TAG = re.compile(r"<[^<>]*>")
QUOTED = re.compile(r'=\s*"([^"<>]*)"|=\s*\'([^\'<>]*)\'')
URL_DELIMITER = re.compile(r"[/?&=#]")
MOST_URLS = 200


def values_of(content: Content, headers: Headers) -> bytes:
    """Return the packed values of an answer (``specdrift.model.exchange.values``). ``headers`` are lower-case."""
    by_bytes = content.is_file or is_without_schema(content.media_type)
    found = _of_file(content.body) if by_bytes else _of_text(with_target_read(content.text, headers))
    return found + values_of_fields(headers)


def values_of_fields(headers: Headers) -> bytes:
    """Return the packed values of header fields."""
    return b"".join(_of_field(*field) for field in headers if field != ACCEPT)


def echo_of(texts: Iterable[str], *, encoded: bool = True) -> frozenset[int]:
    """Return the values that a server may merely repeat: those of what was sent.

    ``encoded``: also those of texts that are encoded in it.
    """
    depth = 0 if encoded else MAX_NESTING
    return frozenset().union(*(_echo(text, depth) for text in texts))


def echo_of_encoded(texts: Iterable[str]) -> frozenset[int]:
    """Return the values of percent-encoded texts as they stand, without those of what is encoded in them."""
    return frozenset().union(*(values_of_leaves(_leaves_as_they_stand(text)) for text in texts))


def _leaves_as_they_stand(text: str) -> Iterator[str]:
    """Yield a percent-encoded text, and what runs of it give that are taken for Base64 or hexadecimal digits.

    The digits of escapes have either case.
    """
    if len(text) >= LEAST_ENCODED:
        for spelled in (text, text.lower()):
            for encoded in texts_of_bytes(spelled):
                yield from _leaves(encoded, 1)
            yield from _compressed_leaves(spelled)
    yield text


def _echo(text: str, depth: int) -> frozenset[int]:
    return (_known_echo if len(text) <= LONGEST_WORD * 20 else _known_echo.__wrapped__)(text, depth)


@lru_cache(maxsize=4096)
def _known_echo(text: str, depth: int) -> frozenset[int]:
    """Read a text once: thousands of requests have the same headers, some with a certificate in them."""
    return frozenset(values_of_leaves(_leaves(text, depth)))


def words_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words of a text, each with its value."""
    for leaf in _leaves(text, 0):
        for raw in WORD.findall(leaf)[:MAX_WORDS]:
            if word := plain(raw):
                yield of_word(word), word


def _of_file(body: bytes) -> bytes:
    if len(body) <= LONGEST_WORD * 20:
        return _blocks(body)
    return _long_blocks(body[:MAX_TEXT])


@lru_cache(maxsize=1024)
def _blocks(body: bytes) -> bytes:
    blocks = (block for block in BLOCK_END.split(body) if len(block) >= LEAST_BLOCK)
    return pack(number for block in blocks for number in values_of_leaves([block.hex()]))


@lru_cache(maxsize=64)
def _long_blocks(body: bytes) -> bytes:
    return _blocks.__wrapped__(body)


def _of_text(text: str) -> bytes:
    if len(text) <= LONGEST_WORD * 20:
        return _text(text)
    return _long_text(text[:MAX_TEXT])


@lru_cache(maxsize=64)
def _long_text(text: str) -> bytes:
    """Read a long text once: many servers send one page to each caller whom they refuse."""
    return _text.__wrapped__(text)


@lru_cache(maxsize=4096)
def _text(text: str) -> bytes:
    return pack(chain(values_of_leaves(_leaves(text, 0)), islice(_booleans(text), MAX_WORDS)))


def _booleans(text: str) -> Iterator[int]:
    """Yield the booleans of a JSON text, each with the name of its member."""
    if text.lstrip()[:1] not in ("{", "[") or not ("true" in text or "false" in text) or not _is_json(text):
        return
    waiting: list[object] = [read_json(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
            yield from (
                value(f"{name} {member}".casefold(), Strength.NONE, Nature.DATUM)
                for name, member in node.items()
                if isinstance(member, bool)
            )


def _of_field(name: str, content: str) -> bytes:
    if name == "location":
        return _of_location(content)
    if name == "set-cookie":
        return _of_cookie(content)
    return b"" if name in VALIDATORS or is_of_no_resource(name, content) else _of_header(content)


@lru_cache(maxsize=4096)
def _of_location(content: str) -> bytes:
    """Return the values of a redirect's parameters (RFC 9110 §10.2.2), and of texts that are encoded in them."""
    parameters = unquoted(content.partition("?")[2]).split("&")
    written = (text for one in parameters for text in one.split("=", 1))
    return pack(values_of_leaves(leaf for text in written for leaf in _leaves(text, 1)))


@lru_cache(maxsize=4096)
def _of_header(content: str) -> bytes:
    return pack(values_of_leaves(_leaves(content, MAX_NESTING)))


@lru_cache(maxsize=4096)
def _of_cookie(content: str) -> bytes:
    """Return the values of a cookie's path, and of texts that are encoded in it (RFC 6265 §4.1); the cookie itself is a
    secret.
    """
    value = content.partition(";")[0]
    texts = (*_encoded_in(value.partition("=")[2]), *paths_of_cookie(content))
    return pack(values_of_leaves(leaf for text in texts for leaf in _leaves(text, 1)))


def _encoded_in(text: str) -> Iterator[str]:
    yield from decoded_texts(text)
    yield from decompressed_texts(text)


def _leaves(text: str, depth: int) -> Iterator[str]:
    """Yield the texts between names, tags and lines, and those that are encoded in them."""
    text = without_syntax(text)
    yield from numbers_with_commas(text)
    if "/" in text:
        yield from _identifiers_of_urls(text)
    if depth < MAX_NESTING:
        if len(text) >= LEAST_ENCODED:
            yield from _encoded_leaves(text, depth)
        if text.lstrip()[:1] in ("{", "[") and _is_json(text):
            yield from _json_leaves(read_json(text), depth + 1)
            return
        if "@" in text and "<" in text:
            text = MAILBOX.sub(r" \1 ", text)
        if "<" in text and TAG.search(text):
            yield from _markup_leaves(COMMENT.sub(" ", text), depth + 1)
            return
    for line in text.splitlines():
        yield from _line_leaves(line, depth)


def _identifiers_of_urls(text: str) -> Iterator[str]:
    """Yield the segments and parameters with digits of the URLs in a text."""
    for url in islice(URL.finditer(text), MOST_URLS):
        parts = (part for part in URL_DELIMITER.split(url[0]) if len(part) <= LONGEST_WORD)
        yield from (part for part in parts if any(map(str.isdigit, part)))


def _encoded_leaves(text: str, depth: int) -> Iterator[str]:
    """Yield the leaves of the texts and files that are encoded in a text."""
    for encoded in decoded_texts(text):
        yield from _leaves(encoded, depth + 1)
    yield from _compressed_leaves(text)


def _compressed_leaves(text: str) -> Iterator[str]:
    """Yield the leaves of the compressed texts and the blocks of the files that are encoded in a text."""
    for compressed in decompressed_texts(text):
        yield from _leaves(compressed, MAX_NESTING - 1)
    yield from (block.hex() for block in decoded_blocks(text))


def _markup_leaves(text: str, depth: int) -> Iterator[str]:
    """Yield the attribute values of tags, and the texts between them."""
    for tag in TAG.finditer(text):
        yield from (html.unescape(one or other) for one, other in QUOTED.findall(tag[0]))
    for part in TAG.split(text):
        if part.strip():
            yield from _leaves(html.unescape(part), depth)


def _line_leaves(line: str, depth: int) -> Iterator[str]:
    """Yield a line of text; what is in front of a JSON value, and the value's own."""
    start = line.find("{")
    if depth < MAX_NESTING and start >= 0 and line.rstrip().endswith(("}", "]")) and _is_json(line[start:]):
        yield line[:start]
        yield from _json_leaves(read_json(line[start:]), depth + 1)
    else:
        yield line


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_leaves(tree: object, depth: int) -> Iterator[str]:
    """Yield the strings and numbers of a JSON value in its order, without recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(reversed(node.values()))
            # A map has identifiers for names.
            yield from (name for name in node if any(map(str.isdigit, name)))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, str):
            yield from _leaves(node, depth)
        elif node is not None and not isinstance(node, bool):
            yield str(node)
