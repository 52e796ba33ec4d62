"""Guards with many conditions, and functions that insert many types, are evaluated in a bounded number of steps."""

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Node

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FALSE,
    MOST_ALTERNATIVES,
    OWN,
    TRUE,
    UNKNOWN,
    Atom,
    Holding,
    Present,
    Value,
    holding,
    some,
    widened,
)
from specdrift.source.rust import syntax
from tests.source.crates import reading, served

FIELDS = 40
CERTS = """
#[derive(Clone)]
struct PeerCerts(Option<Vec<u8>>);
#[derive(Clone, Default)]
struct Facts { cert: Option<Vec<u8>>, FIELDS }
async fn data() {}
async fn guard(req: Request, next: Next) -> Response {
    let mut facts = Facts { cert: req.extensions().get::<PeerCerts>().and_then(|p| p.0.clone()), ..Default::default() };
    SETS
    CHECK
    next.run(req).await
}
"""
DENY = "return StatusCode::UNAUTHORIZED.into_response();"
CHECKS = {
    "rejects": (f"if facts.cert.is_none() {{ {DENY} }}", Guarding.CERTIFICATE),
    "may pass": (f"if facts.cert.is_none() && !facts.f7 {{ {DENY} }}", Guarding.UNKNOWN),
}


@pytest.mark.parametrize(("check", "expected"), CHECKS.values(), ids=CHECKS)
def test_a_guard_that_sets_many_fields_by_conditions_is_evaluated(
    tmp_path: Path, check: str, expected: Guarding
) -> None:
    """Each condition doubled what the variable may be: a service took minutes and 1.5 GB."""
    fields = " ".join(f"f{n}: bool," for n in range(FIELDS))
    sets = " ".join(f"if local(&req, {n}) {{ facts.f{n} = true; }}" for n in range(FIELDS))
    more = CERTS.replace("FIELDS", fields).replace("SETS", sets).replace("CHECK", check)
    began = time.process_time()
    (route,) = reading(
        tmp_path, served('Router::new().route("/orders", get(data)).layer(from_fn(guard))', more)
    ).view.routes
    assert time.process_time() - began < 5
    assert route.guard is expected


ATOMS = st.sampled_from([UNKNOWN, ABSENT, TRUE, FALSE, OWN])
STRUCTS = st.lists(st.tuples(ATOMS, ATOMS, ATOMS), max_size=3 * MOST_ALTERNATIVES)


@given(STRUCTS)
def test_a_value_with_many_alternatives_still_has_each_of_them(parts: list[tuple[Atom, ...]]) -> None:
    """What a guard may be given without a certificate is never forgotten; few alternatives stay as they are."""
    names = ("cert", "name", "admin")
    value: Value = {holding("Facts", {n: {a} for n, a in zip(names, one, strict=True)}) for one in parts}
    value = value | {ABSENT, some({TRUE})}
    found = widened(value)
    structs = [one for one in found if isinstance(one, Holding)]
    assert found == value if len(value) <= MOST_ALTERNATIVES else len(structs) <= MOST_ALTERNATIVES
    assert {ABSENT, Present(frozenset({TRUE}))} <= found
    for one in value:
        if isinstance(one, Holding):
            assert any(_includes(other, one) for other in structs)


def _includes(one: Holding, other: Holding) -> bool:
    wide = dict(one.fields)
    return all(held <= wide[name] for name, held in other.fields)


def test_a_field_that_some_alternatives_have_not_is_unknown_in_their_sum() -> None:
    """And variants of an enum remain apart."""
    every = {holding("Facts", {f"f{n}": {TRUE}}) for n in range(MOST_ALTERNATIVES + 1)}
    (found,) = widened(every)
    assert isinstance(found, Holding)
    assert all(held == {TRUE, UNKNOWN} for _, held in found.fields)
    variants = {holding("Access", {}, f"V{n}") for n in range(MOST_ALTERNATIVES + 1)}
    assert widened(variants) == variants


TYPES = 12
CASES = 3
INSERTING = """
STRUCTS
async fn data() {}
async fn insert(mut req: Request, next: Next) -> Response {
    let cert = req.extensions().get::<CertificateDer>().cloned();
    INSERTS next.run(req).await
}
async fn guard(req: Request, next: Next) -> Response { READS next.run(req).await }
"""


def test_a_function_that_inserts_many_types_is_evaluated_once_in_each_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was evaluated again for each type that a guard reads; now once for each case that the guard is judged in."""
    evaluated = Counter[str]()
    function = AbsentCase._function

    def counting(case: AbsentCase, code: Node, *rest: object) -> object:
        evaluated[syntax.text(syntax.field(code, "name"))] += 1
        return function(case, code, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(AbsentCase, "_function", counting)
    names = [f"T{n}" for n in range(TYPES)]
    more = (
        INSERTING.replace(
            "STRUCTS", " ".join(f"#[derive(Clone)] struct {n}(Option<Vec<u8>>);" for n in names)
        )
        .replace("INSERTS", " ".join(f"req.extensions_mut().insert({n}(peer_cert(&req)));" for n in names))
        .replace(
            "READS",
            " ".join(f"if req.extensions().get::<{n}>().is_none() {{ {DENY} }}" for n in names),
        )
    )
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard)).layer(from_fn(insert))'
    (route,) = reading(tmp_path, served(app, more)).view.routes
    assert route.guard is not Guarding.CERTIFICATE
    assert evaluated["guard"] == 1
    assert 1 <= evaluated["insert"] <= CASES
