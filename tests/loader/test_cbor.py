"""Bodies in CBOR: the examples of RFC 8949 (Appendix A), read off there."""

from __future__ import annotations

import pytest

from specdrift.loader.values.cbor import encoded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-1, "20"),
        (-1000, "3903e7"),
        (1.1, "fb3ff199999999999a"),
        (False, "f4"),
        (None, "f6"),
        ("", "60"),
        ("\u00fc", "62c3bc"),
        ([], "80"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        ([*range(1, 26)], "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ],
    ids=str,
)
def test_the_examples_of_the_standard(value: object, expected: str) -> None:
    """Octets in hexadecimal."""
    assert encoded(value).hex() == expected
