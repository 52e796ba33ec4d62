"""Reads the texts of ZIP archives, and of the office documents that are some. Pure."""

import html
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from specdrift.body.binary.reader import NotReadError

MAX_TEXT = 256 * 1024
"""Bytes of all members together that are unpacked."""
MAX_MEMBERS = 200
LOCAL_HEADER, ENCRYPTED = 30, 1
"""Bytes before the name of a member; the flag of an encrypted one."""
OFFICE = ("openxmlformats", "opendocument")
"""Parts of the media types of office documents."""
SAID = re.compile(
    r"xl/(?:sharedStrings|worksheets/[^/]{1,80})\.xml|word/(?:document|header\d|footer\d)\.xml"
    r"|ppt/slides/[^/]{1,80}\.xml|content\.xml"
)
"""The members that have what an office document says (ISO/IEC 29500, 26300); the rest is how it looks."""


TEXT = re.compile(r">([^<>]+)<")
"""Between tags."""


def read_archive(body: bytes) -> object:
    """Return the texts of the members by name. Raises ``NotReadError``."""
    return dict(_texts(body, lambda _: True))


def read_office(body: bytes) -> object:
    """Return the texts that a document says. Raises ``NotReadError``."""
    parts = _texts(body, lambda member: SAID.fullmatch(member.filename) is not None)
    return [html.unescape(text) for _, part in parts for text in TEXT.findall(part)]


def _texts(body: bytes, wanted: Callable[[ZipInfo], bool]) -> Iterator[tuple[str, str]]:
    left = MAX_TEXT
    try:
        members = ZipFile(BytesIO(body)).infolist()
        if len(members) > MAX_MEMBERS:
            raise NotReadError("more members than are read")
        for member in filter(wanted, members):
            content = _unpacked(body, member, left + 1)
            left -= len(content)
            if left < 0:
                raise NotReadError("more than is unpacked")
            yield member.filename, _as_text(content)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise NotReadError(str(error)) from error  # broken or cut off


def _unpacked(body: bytes, member: ZipInfo, most: int) -> bytes:
    """Return the content of a member, or its beginning: its stated size may be wrong (APPNOTE.TXT §4.3.7)."""
    header = body[member.header_offset :][:LOCAL_HEADER]
    if len(header) < LOCAL_HEADER or member.flag_bits & ENCRYPTED:
        raise NotReadError("encrypted, or broken")
    start = member.header_offset + LOCAL_HEADER + sum(struct.unpack("<HH", header[-4:]))
    packed = body[start : start + member.compress_size]
    if member.compress_type == ZIP_STORED:
        return packed[:most]
    if member.compress_type != ZIP_DEFLATED:
        raise NotReadError("another compression")
    return zlib.decompressobj(wbits=-15).decompress(packed, most)


def _as_text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.hex()
