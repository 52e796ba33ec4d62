"""Joins older documents that became one."""

from collections.abc import Sequence

from msgspec.structs import replace

from specdrift.model.contract.contract import Contract


def joined(contracts: Sequence[Contract]) -> Contract:
    """Return the first document, and the operations of the others whose path and id it lacks."""
    first, *others = contracts
    operations = list(first.operations)
    keys = {operation.key for operation in operations}
    names = {operation.operation_id for operation in operations} - {""}
    for contract in others:
        for operation in contract.operations:
            if operation.key not in keys and operation.operation_id not in names:
                operations.append(operation)
                keys.add(operation.key)
                names |= {operation.operation_id} - {""}
    schemes = tuple(dict.fromkeys(scheme for contract in contracts for scheme in contract.schemes))
    unread = tuple(dict.fromkeys(one for contract in contracts for one in contract.unread))
    servers = tuple(dict.fromkeys(one for contract in contracts for one in contract.unread_servers))
    return replace(
        first, operations=tuple(operations), schemes=schemes, unread=unread, unread_servers=servers
    )
