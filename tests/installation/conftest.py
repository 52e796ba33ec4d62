"""The script `./dev` as a module."""

from tests.packaging.conftest import dev

__all__ = ["dev"]
