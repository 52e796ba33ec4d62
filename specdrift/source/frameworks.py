"""The frameworks whose services can be read. Imported only when a source is read: each brings a parser."""

from specdrift.source.axum.adapter import FRAMEWORK as AXUM
from specdrift.source.protocol import Framework

FRAMEWORKS: tuple[Framework, ...] = (AXUM,)
