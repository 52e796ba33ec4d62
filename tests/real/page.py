"""The page docs/real-systems.md: a row for each product, and why its findings are true."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tests.real.products import PRODUCTS, Product
from tests.servers.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.real.run import Checked

DOCUMENT = ROOT / "docs" / "real-systems.md"
READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Safe methods (RFC 9110 §9.2.1)."""
INTRODUCTION = """# See what specdrift finds on real products

Written by `./dev real --write`. It starts each product on loopback, with the configuration that [its
folder](../examples/real) has, and checks it with the real command and the `specdrift.toml` beside it. `./dev real NAME`
installs the product's Debian package if it is missing, and checks that product only; `./dev real NAME --hold` leaves it
running.

- **decided**: operations with a verdict, of all operations of the document. Reading ones have a safe method (GET, HEAD,
  OPTIONS). Only these are sent; of others at most the head, without the body (`unsafe-methods = "headers"`).
- **findings**: each was looked up by hand; the sentences below say why it is true.
- **time**: of the check, on two cores. **lines**: of `specdrift.toml`, without comments and empty lines. None has
  values of parameters: what is in paths was learned from the products' own answers.
"""
HEADER = (
    "| product | operations | decided, reading | decided, writing | findings | time | lines |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table. ``unexplained`` are findings without a sentence in product.toml; ``absent`` the
    reverse.
    """

    name: str
    line: str
    unexplained: tuple[str, ...]
    absent: tuple[str, ...] = ()


def row_of(product: Product, checked: Checked) -> Row:
    """Build the row of a product from its result."""
    found = Counter(drift["rule"] for drift in checked.result["drifts"])
    cells = [
        f"[{checked.version}](#{product.name})",
        str(len(checked.result["operations"])),
        _decided(checked.result["operations"], reading=True),
        _decided(checked.result["operations"], reading=False),
        ", ".join(f"{count} {rule}" for rule, count in sorted(found.items())) or "none",
        f"{checked.seconds:.0f} s",
        str(product.configuration_lines),
    ]
    explained = {each.rule for each in product.explanations}
    problem = [f"problem: {checked.result['problem']}"] if checked.result.get("problem") else []
    return Row(
        name=product.name,
        line="| " + " | ".join(cells) + " |",
        unexplained=(
            *problem,
            *(f"{found[rule]} {rule}" for rule in sorted({*found} - explained)),
        ),
        absent=tuple(sorted(explained - {*found})),
    )


def _decided(operations: Sequence[dict[str, Any]], *, reading: bool) -> str:
    """Return how many of the reading, or of the other operations are decided."""
    verdicts = [each["verdict"] for each in operations if (each["method"] in READING) is reading]
    decided = sum(verdict != "undecided" for verdict in verdicts)
    return f"{decided} of {len(verdicts)}" if verdicts else "none"


def document(rows: Sequence[Row], *, before: str = "") -> str:
    """Build docs/real-systems.md. Products that were not run keep their line of the page ``before``."""
    lines = {product.name: line for product in PRODUCTS if (line := _kept(product, before))}
    lines |= {row.name: row.line for row in rows}
    table = [*HEADER, *(lines[product.name] for product in PRODUCTS if product.name in lines)]
    sections = [text for product in PRODUCTS if product.name in lines for text in _section(product)]
    return "\n".join([INTRODUCTION, *table, *sections]) + "\n"


def _kept(product: Product, before: str) -> str | None:
    return next((line for line in before.splitlines() if f"](#{product.name}) |" in line), None)


def _section(product: Product) -> Iterator[str]:
    yield f"\n## {product.name}\n"
    yield f"[{product.title}](../examples/real/{product.name}): {product.about} Document: {product.document}"
    if product.explanations:
        yield ""
    for each in product.explanations:
        yield f"- [`{each.rule}`](rules.md#{each.rule}): {each.why}"
