"""What in XML and HTML is data: also character data in CDATA sections, and no declaration."""

import pytest

from specdrift.body.pieces import pieces_of
from specdrift.body.values import echo_of

PLAIN = "<owner>Miriam 88120.25</owner>"


@pytest.mark.parametrize(
    "text",
    [
        "<owner><![CDATA[Miriam 88120.25]]></owner>",
        '<?xml version="1.0" encoding="UTF-8"?><owner>Miriam 88120.25</owner>',
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'><owner>Miriam 88120.25</owner>",
        '<owner xmlns="https://schemas.example/2026/owner">Miriam 88120.25</owner>',
        '<s:owner xmlns:s="https://schemas.example/2026/owner">Miriam 88120.25</s:owner>',
        "<owner xsi:schemaLocation='https://schemas.example owner-1.2.xsd'>Miriam 88120.25</owner>",
    ],
)
def test_syntax_is_no_data(text: str) -> None:
    """The same datum in any of them gives the same values and pieces."""
    assert echo_of([text]) == echo_of([PLAIN]) != frozenset()
    assert pieces_of(text, ()) == pieces_of(PLAIN, ())


@pytest.mark.parametrize(
    "text",
    [
        '<owner id="88120.25" xmlns="urn:a">Miriam</owner>',
        "<owner><![CDATA[<b>Miriam</b> 88120.25]]></owner>",
    ],
)
def test_attributes_and_markup_in_character_data_are_read(text: str) -> None:
    """Only declarations are left out."""
    words = {word for piece in pieces_of(text, ()) for word in piece.words}
    assert {"Miriam", "88120.25"} <= words
    assert echo_of(["Miriam"]) | echo_of(["88120.25"]) <= echo_of([text])
