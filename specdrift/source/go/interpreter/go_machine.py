"""Makes a machine that evaluates Go."""

from specdrift.source.go.interpreter.go_expressions import evaluated
from specdrift.source.go.interpreter.go_statements import executed
from specdrift.source.go.interpreter.machine import Machine, Purpose, Syntax
from specdrift.source.go.language.go_packages import PackageIndex

SYNTAX = Syntax(evaluated, executed)


def machine_for(index: PackageIndex, purpose: Purpose, program: str) -> Machine:
    """Return a machine for a program."""
    return Machine(index, purpose, program, SYNTAX)
