"""What a drift or a refusal rests on, for people: values of the resource, the server's denial, repetitions."""

from msgspec import Struct


class Evidence(Struct, frozen=True, kw_only=True):
    """Why a drift or a consistent operation has its confidence. Values are masked."""

    shared: tuple[str, ...] = ()
    """Values of the resource that the answer carries, at most a few, masked, with their members: ``iban: DE…``."""
    share: int = 0
    """Part of the resource that the answer carries, by weight, in percent."""
    denial_status: int = 0
    """Status with which the server refuses callers on other operations; 0 if no denial was learned."""
    denial_operations: int = 0
    """Number of operations that returned this denial."""
    attempts: int = 0
    """Exchanges of this caller that show it."""
    recognisable: bool = False
    """The resource has enough values of its own to look for."""
    learned: tuple[str, ...] = ()
    """The learned values of the request: ``itemId = 7, learned from GET /items``."""
