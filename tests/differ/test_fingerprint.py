"""Names of drifts that stay the same from run to run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.operation import OperationKey
from tests.differ.drift_builders import ITEM

words = st.text("ab/ \0", max_size=4).map(lambda word: word.replace("\0", ""))
parts = st.tuples(
    words, st.none() | st.builds(OperationKey, path=words, method=words), st.lists(words, max_size=3)
)


def test_a_fingerprint_is_the_same_for_ever() -> None:
    """Baselines hold it: a change of this value invalidates all of them."""
    assert fingerprint("mtls-not-enforced", ITEM, "anonymous", "", "") == "0aa38a931b8f174f"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", None, "b", "c"), ("a", None, "bc")),
        (("a", None, "b", ""), ("a", None, "", "b")),
        (("a", None), ("a", ITEM)),
    ],
)
def test_neighbouring_parts_do_not_run_together(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """What is said by two parts is not said by one."""
    assert fingerprint(*one) != fingerprint(*other)  # type: ignore[arg-type]


@given(one=parts, other=parts)
def test_different_parts_have_different_fingerprints(
    one: tuple[str, OperationKey | None, list[str]], other: tuple[str, OperationKey | None, list[str]]
) -> None:
    """Equal parts have one, of sixteen hexadecimal digits."""
    names = [fingerprint(rule, operation, *subjects) for rule, operation, subjects in (one, other)]
    same = [(rule, str(operation or ""), subjects) for rule, operation, subjects in (one, other)]
    assert (names[0] == names[1]) == (same[0] == same[1])
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)
