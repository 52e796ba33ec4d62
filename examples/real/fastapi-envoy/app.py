"""Orders of customers. Envoy in front of it decides who may call what, and names the caller's certificate."""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

app = FastAPI(title="Orders", version="1.0.0")


class Order(BaseModel):
    """What a customer orders."""

    article: str
    amount: int = 1


class StoredOrder(Order):
    """An order with its number."""

    id: int


ORDERS = {
    7001: StoredOrder(id=7001, article="lamp", amount=2),
    7002: StoredOrder(id=7002, article="chair"),
}


def caller(x_forwarded_client_cert: Annotated[str, Header(include_in_schema=False)] = "") -> str:
    """Return the subject of the certificate that Envoy verified."""
    subject = [part for part in x_forwarded_client_cert.split(";") if part.startswith("Subject=")]
    if not subject:
        raise HTTPException(401, "no client certificate")
    return subject[0].removeprefix("Subject=").strip('"')


Caller = Annotated[str, Depends(caller)]


def order(order_id: int) -> StoredOrder:
    """Return an order, or end with 404."""
    if order_id not in ORDERS:
        raise HTTPException(404, "no such order")
    return ORDERS[order_id]


@app.get("/health")
def health() -> dict[str, str]:
    """Say that it runs."""
    return {"status": "up"}


@app.get("/me")
def me(subject: Caller) -> dict[str, str]:
    """Name the caller."""
    return {"subject": subject}


@app.get("/orders")
def orders(_: Caller, article: str | None = None) -> list[StoredOrder]:
    """List orders."""
    return [each for each in ORDERS.values() if article in (None, each.article)]


@app.post("/orders", status_code=201)
def create_order(new: Order, _: Caller) -> StoredOrder:
    """Place an order."""
    stored = StoredOrder(id=max(ORDERS, default=7000) + 1, **new.model_dump())
    ORDERS[stored.id] = stored
    return stored


@app.get("/orders/{order_id}")
def one_order(found: Annotated[StoredOrder, Depends(order)], _: Caller) -> StoredOrder:
    """Return one order."""
    return found


@app.put("/orders/{order_id}")
def replace_order(new: Order, found: Annotated[StoredOrder, Depends(order)], _: Caller) -> StoredOrder:
    """Replace one order."""
    ORDERS[found.id] = StoredOrder(id=found.id, **new.model_dump())
    return ORDERS[found.id]


@app.delete("/orders/{order_id}", status_code=204)
def delete_order(found: Annotated[StoredOrder, Depends(order)], _: Caller) -> None:
    """Delete one order."""
    del ORDERS[found.id]


@app.get("/admin/customers")
def customers(_: Caller) -> list[str]:
    """List the customers."""
    return ["spiffe://clients.example/alice", "spiffe://clients.example/bob"]


@app.delete("/admin/orders", status_code=204)
def delete_orders(_: Caller) -> None:
    """Delete all orders."""
    ORDERS.clear()
