"""The denial that an answer fits is looked for once for what decides it."""

from itertools import product

from specdrift.body.values import echo_of
from specdrift.classify.denials import Denial, KnownDenials, kind_of
from specdrift.model.exchange.values import unpack
from tests.classify.exchanges import answer

ANSWERS = [
    answer(status, text, fields=[("location", place)] if place else [])
    for status, text, place in product(
        (401, 403), ("denied", '{"error": "denied"}', '{"message": "denied"}', "denied: 4711"), ("", "/login")
    )
]
DENIALS = tuple(Denial(kind_of(http), echo_of(("denied",)), operations=2) for http in ANSWERS[:9])
STEADY = (echo_of(("denied",)), echo_of(("denied", "invoice 4711 of Acme Ltd, 120.50 EUR")))


def test_each_answer_gets_the_first_denial_that_it_fits_whatever_was_asked_before() -> None:
    """Status, kind of body, structure, target, values and what stays in repetitions all tell answers apart."""
    known = KnownDenials(DENIALS)
    cases = list(product(ANSWERS, STEADY))
    found = [known.fitting(http, steady) for http, steady in (*cases, *reversed(cases))]
    expected = [next((d for d in DENIALS if d.fits(http, steady)), None) for http, steady in cases]
    assert found == [*expected, *reversed(expected)]
    assert {each is None for each in expected} == {True, False}
    assert all(unpack(http.values) for http in ANSWERS)
