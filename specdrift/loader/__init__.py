"""Reads an OpenAPI document: operations, their security requirements, and the source location of each."""

from specdrift.loader.loading import load
from specdrift.loader.matching.matcher import Matcher
from specdrift.loader.operations.operations import Bodies

__all__ = ["Bodies", "Matcher", "load"]
