"""The name of a probe is unique."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request, TlsRange

AWKWARD = st.text(alphabet="/|~01 -a", max_size=6)
"""The separators of names, and their escaped forms."""
Parts = tuple[str, str, str, str, int]
PARTS = st.tuples(AWKWARD, AWKWARD, AWKWARD, AWKWARD.filter(bool), st.integers(1, 3))


def named(parts: Parts) -> str:
    """Return the name of a probe with this check, path, identity, variant and attempt."""
    check, path, identity, variant, attempt = parts
    probe = Probe(
        check=check,
        operation=OperationKey(path=f"/{path}", method="GET"),
        identity=identity,
        connection=Connection(
            endpoint=Endpoint(host="api.test", port=443, server_name="api.test"), tls=TlsRange.ANY
        ),
        request=Request(method="GET", target="/"),
        phase=Phase.MAIN,
        variant=variant,
        attempt=attempt,
    )
    return probe.id


@given(PARTS, PARTS)
def test_two_probes_have_two_names(one: Parts, other: Parts) -> None:
    """Also where paths differ only in separators of names."""
    assert (named(one) == named(other)) is (one == other)


def test_a_slash_and_a_bar_make_two_names() -> None:
    """A pair that had one name in an earlier version."""
    assert named(("certificate", "a/b", "alice", "v", 1)) != named(("certificate", "a|b", "alice", "v", 1))
