"""Rules about the document itself (``specdrift lint``)."""

from specdrift.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
