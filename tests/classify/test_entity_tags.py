"""Entity tags that frameworks make of the body of a refusal, and tags that have something else."""

import pytest

from specdrift.classify.explanation.vocabulary import is_a_digest_of
from tests.classify.exchanges import answer

REFUSAL = answer(403, '{"error":"no"}')


@pytest.mark.parametrize(
    "tag",
    [
        "14-2043954512",
        "e-79d44550",
        "79d44550",
        "y0z49y",
    ],
)
def test_a_checksum_of_the_body_with_its_length_is_explained(tag: str) -> None:
    """CRC-32 as a decimal and a hexadecimal number, beside the length or alone; FNV-1a as Fastify writes it."""
    assert is_a_digest_of(REFUSAL, tag)


@pytest.mark.parametrize("tag", ["e-00000000", "e", "14", "79d44550-48213", "vogel-79d44550", "e-79d44551"])
def test_what_else_stands_in_a_tag_is_not(tag: str) -> None:
    """A checksum of something else, a number or a name."""
    assert not is_a_digest_of(REFUSAL, tag)
