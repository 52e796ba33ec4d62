"""Reads an OpenAPI document: operations, their security requirements, and the source location of each."""

from specdrift.loader.configured_parts import ConfiguredParts
from specdrift.loader.contract_loader import load
from specdrift.loader.matching.matcher import Matcher
from specdrift.loader.operations.operation_reader import Bodies

__all__ = ["Bodies", "ConfiguredParts", "Matcher", "load"]
