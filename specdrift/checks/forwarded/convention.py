"""The headers of one product, and a short way to write them down."""

from msgspec import Struct

from specdrift.checks.forwarded.formats import Format


class Field(Struct, frozen=True):
    """A header field."""

    name: str
    format: Format
    """Encodes its value."""


class Convention(Struct, frozen=True):
    """The headers of one product."""

    stack: str
    """Product or products."""
    fields: tuple[Field, ...]
    names_identity: bool = True
    """The headers identify the client; False if they only state an address or a protocol."""
    in_every_form: bool = True
    """They are also sent twice, joined, or with other separators; False for names that no product sets."""


def convention(stack: str, *fields: tuple[Format, str], in_every_form: bool = True) -> Convention:
    """Several names of one format are separated by spaces."""
    every = tuple(Field(name, form) for form, names in fields for name in names.split())
    return Convention(stack, every, in_every_form=in_every_form)
