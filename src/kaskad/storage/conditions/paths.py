"""Compiles a path such as `cart.total` to SQL, for a decision row (`r`) or an event (`e`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaskad.domain.journeys.condition import SameAs, ValueType

PATH = re.compile(r"[a-z]+(\.[A-Za-z0-9_]+)+")
ORDER_FIELDS = {"order.id": "order_id", "order.items": "products"}
# the properties that `same` compares
ENTRY_ID_FIELDS = {"cart": "cart_id", "product": "product_id", "order": "order_id", "email": "email"}

STOCK = "(SELECT sum(units::numeric) FROM jsonb_each_text({0}.stock) AS s(store, units))"
IN_STOCK = f"coalesce({STOCK} > 0, true)"
CART = """LEFT JOIN LATERAL (
    SELECT k.items, k.total FROM cart k
     WHERE k.customer_id = r.customer_id AND k.cart_id = coalesce(r.entry->>'cart_id', k.cart_id)
     ORDER BY k.updated_at DESC, k.cart_id LIMIT 1) k ON true"""
PRODUCT = "LEFT JOIN product p ON p.id = r.entry->>'product_id'"
CUSTOMER = "JOIN customer c ON c.id = r.customer_id"

ORDERS = "FROM event o WHERE o.customer_id = r.customer_id AND o.name = 'order_completed' AND o.occurred_at <= r.at"

CART_ITEMS = "jsonb_array_elements(coalesce(k.items, '[]'::jsonb)) i"
# Each item of an order or a cart has its own values; missing ones come from the product in the catalogue.
ITEM_FIELDS = {
    "product_id": "i->>'product_id'",
    "sku": "i->>'sku'",
    "name": "coalesce(i->>'name', s0.attributes->>'name')",
    "category": "coalesce(i->>'category', s0.attributes->>'category')",
    "price": "as_number(i->>'price')",
    "quantity": "as_number(i->>'quantity')",
}
ITEM = re.compile(r"(order|cart)[.]items[.](\w+)")

# An empty cart and no cart are equal: no items, total 0. A product that was never reported as sold out is in stock.
BUILT_IN = {
    "enter": "r.entered_at",
    "cart.total": "coalesce(k.total, 0)",
    "cart.items": "coalesce(k.items, '[]'::jsonb)",
    "cart.items.in_stock": f"(SELECT count(*) FROM {CART_ITEMS} "
    f"LEFT JOIN product s0 ON s0.id = i->>'product_id' WHERE {IN_STOCK.format('s0')})",
    "product.id": "({product})",
    "product.stock": STOCK.format("p"),
    "product.in_stock": IN_STOCK.format("p"),
    "customer.locale": "c.locale",
    "customer.time_zone": "c.time_zone",
    "customer.orders": f"(SELECT count(*) {ORDERS})",
    "customer.revenue": f"(SELECT coalesce(sum(as_number(o.properties->>'total')), 0) {ORDERS})",
    "customer.last_order.at": f"(SELECT max(o.occurred_at) {ORDERS})",
}

CASTS = {
    ValueType.NUMBER: "as_number({})",
    ValueType.MONEY: "as_number({})",
    ValueType.TIME: "as_time({})",
    ValueType.DATE: "as_time({})",
    ValueType.BOOLEAN: "as_boolean({})",
    ValueType.TEXT: "({})",
}


@dataclass(frozen=True, slots=True)
class PathScope:
    """The scope of `order.*`, `product.*` and `area.*`: the entry itself, or the event that is checked."""

    about: str = "r.entry"
    entry: str = "r.entry"

    @property
    def product(self) -> str:
        """The id of the product in this scope."""
        return f"{self.about}->>'product_id'"


EVENT_SCOPE = PathScope(about="e.properties")  # in a `where`


def compile_path(path: str, kind: ValueType, scope: PathScope) -> str:
    """The SQL expression of a path, with its type; null if the value is not known."""
    value = _compile_value(path, kind, scope)
    if path.startswith("product.") and scope == EVENT_SCOPE and path != "product.id":  # `p` is the entry's product
        found = f"(SELECT {value} FROM product p WHERE p.id = {scope.product})"
        return f"coalesce({found}, true)" if path == "product.in_stock" else found
    return value


def _compile_value(path: str, kind: ValueType, scope: PathScope) -> str:
    if path in BUILT_IN:
        return BUILT_IN[path].replace("{product}", scope.product)
    if (found := ITEM.fullmatch(path)) and found[2] in ITEM_FIELDS:
        return _compile_items(found[1], ITEM_FIELDS[found[2]], scope)
    if not PATH.fullmatch(path):
        raise ValueError(f"'{path}' is no path")
    root, _, rest = path.partition(".")
    column, key = {
        "event": (scope.entry, rest),
        "area": (scope.about, f"area.{rest}"),
        "order": (scope.about, ORDER_FIELDS.get(path, rest)),
        "product": ("p.attributes", rest),
        "customer": ("c.attributes", rest),
    }[root]
    keys = "{" + ",".join(key.split(".")) + "}"
    if kind is ValueType.LIST:
        return f"({column} #> '{keys}')"
    return CASTS[kind].format(f"{column} #>> '{keys}'")


def _compile_items(root: str, value: str, scope: PathScope) -> str:
    """The values of the items of the cart or the order; unknown for an order that does not list its items."""
    things = f"{scope.about}->'products'"
    items = CART_ITEMS if root == "cart" else f"jsonb_array_elements({things}) i"
    several = (
        f"(SELECT coalesce(jsonb_agg(to_jsonb({value})) FILTER (WHERE ({value}) IS NOT NULL), '[]'::jsonb)"
        f" FROM {items} LEFT JOIN product s0 ON s0.id = i->>'product_id')"
    )
    return several if root == "cart" else f"CASE jsonb_typeof({things}) WHEN 'array' THEN {several} END"


def compile_same(same: SameAs | None) -> str:
    """Whether event `e` is about the entry's own cart, product, order or address.

    An order without a cart id counts for all carts: checkouts in stores have no carts.
    """
    match same:
        case None:
            return "true"
        case SameAs.CART:
            return (
                "(e.properties->>'cart_id' = r.entry->>'cart_id'"
                " OR (e.name = 'order_completed' AND nullif(e.properties->>'cart_id', '') IS NULL))"
            )
        case SameAs.PRODUCT:
            return (
                "(e.properties->>'product_id' = r.entry->>'product_id' OR e.properties->'products' @> "
                "jsonb_build_array(jsonb_build_object('product_id', r.entry->>'product_id')))"
            )
        case SameAs.ORDER:
            return "(e.properties->>'order_id' = r.entry->>'order_id')"
        case SameAs.EMAIL:
            return "(lower(e.properties->>'email') = lower(r.entry->>'email'))"
