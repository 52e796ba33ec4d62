"""Value types that name parts of answers."""

import re

from specdrift.config.value_types.plain import (
    TEXTS,
    ConversionContext,
    Mismatch,
    ValueType,
    expect_texts,
    split_commas,
)

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
"""The name of a header field (RFC 9110 §5.1), in lower case."""
READ = frozenset(
    {
        *(
            "allow",
            "alt-svc",
            "connection",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
        ),
        *(
            "link",
            "location",
            "proxy-authenticate",
            "retry-after",
            "set-cookie",
            "transfer-encoding",
            "upgrade",
        ),
        "www-authenticate",
    }
)
"""Fields by which answers are understood."""


def _fields(value: object, _: ConversionContext) -> frozenset[str]:
    names = frozenset(name.lower() for name in expect_texts(value))
    for name in sorted(names):
        if not TOKEN.fullmatch(name):
            raise Mismatch(f'names of header fields; "{name}" is none')
        if name in READ:
            raise Mismatch(f"header fields that hold no data; {name} says how an answer is read")
    return names


def _members(value: object, _: ConversionContext) -> tuple[str, ...]:
    paths = expect_texts(value)
    for path in paths:
        if not all(path.split(".")) or path.endswith("*"):
            raise Mismatch(f'paths of JSON members, such as "meta.route"; "{path}" is none')
    return paths


FIELDS = ValueType(
    what="the name of a header field or a list of them",
    schema=TEXTS.schema,
    convert=_fields,
    from_text=split_commas,
    render=sorted,
    metavar="FIELD",
    many=True,
)

MEMBERS = ValueType(
    what='the path of a JSON member, such as "meta.route", or a list of them',
    schema=TEXTS.schema,
    convert=_members,
    from_text=split_commas,
    render=list,
    metavar="MEMBER",
    many=True,
)
