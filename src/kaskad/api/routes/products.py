"""One product, for a clerk or a page: which store has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from kaskad.api.dependencies import TheRuntime, require
from kaskad.api.problems import document_errors
from kaskad.api.reading_examples import STOCK, describe
from kaskad.domain.api_key import Scope
from kaskad.services.reading.stock import ProductStock, load_stock

Product = Annotated[str, Path(min_length=1, max_length=500, description="The `product_id`, as events name it.")]


def router() -> APIRouter:
    """The route `/v1/products/…/stock`."""
    routes = APIRouter(prefix="/v1/products", tags=["Products"], dependencies=[Depends(require(Scope.READ))])
    routes.get(
        "/{product:path}/stock",
        summary="Which store has a product",
        description="By store, each with when it was told. A store that told nothing is not listed; asked for by name, "
        "its `units` are null: unknown, not zero.",
        operation_id="product_stock",
        responses={200: describe(STOCK), **document_errors(401, 403, 404, 422, 503)},
    )(_stock)
    return routes


async def _stock(
    product: Product,
    runtime: TheRuntime,
    *,
    store: Annotated[str | None, Query(min_length=1, max_length=200, description="This store alone.")] = None,
) -> ProductStock:
    return await load_stock(runtime, product, store)
