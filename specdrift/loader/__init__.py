"""Reads an OpenAPI document: what each operation promises, and where it says so."""

from specdrift.loader.loading import load
from specdrift.loader.matching.matching import Matcher
from specdrift.loader.operations.operations import Bodies
from specdrift.loader.validation import validate_document

__all__ = ["Bodies", "Matcher", "load", "validate_document"]
