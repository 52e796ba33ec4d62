"""The products in examples/real: their folders, what they need, and the findings that were looked up by hand."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from msgspec import Struct

from tests.servers.process import ROOT, SYSTEM_PATH

FOLDER = ROOT / "examples" / "real"
CACHE = ROOT / "build" / "real"
"""What the scripts download is kept here between runs, in a folder for each product."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Why the findings of a rule are true, in one sentence: what curl or openssl shows."""

    rule: str
    why: str


class Product(Struct, frozen=True, kw_only=True):
    """One folder of examples/real; ``programs`` are commands and the Debian packages that install them."""

    name: str
    title: str
    about: str
    document: str
    programs: dict[str, str]
    explanations: tuple[Explanation, ...]

    @property
    def folder(self) -> Path:
        """The folder with its scripts and configurations."""
        return FOLDER / self.name

    @property
    def configuration_lines(self) -> int:
        """Number of lines of specdrift.toml, without empty ones and comments."""
        lines = (self.folder / "specdrift.toml").read_text(encoding="utf-8").splitlines()
        return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)

    def missing(self) -> str | None:
        """Return a sentence about a program that this machine lacks, else None."""
        for program, package in self.programs.items():
            if shutil.which(program, path=SYSTEM_PATH) is None:
                return f"{program} is not installed (Debian package {package})"
        return None


def load(name: str) -> Product:
    """Read `product.toml` of a folder of examples/real."""
    values = tomllib.loads((FOLDER / name / "product.toml").read_text(encoding="utf-8"))
    return Product(
        name=name,
        title=values["title"],
        about=values["about"],
        document=values["document"],
        programs=values.get("programs", {}),
        explanations=tuple(Explanation(**each) for each in values.get("findings", ())),
    )


PRODUCTS: tuple[Product, ...] = tuple(
    load(path.parent.name) for path in sorted(FOLDER.glob("*/product.toml"))
)
