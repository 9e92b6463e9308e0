"""Compiles a path such as `cart.total` to SQL, for a decision row (`r`) or an event (`e`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaskad.domain.cart import MIXED, ORDERED
from kaskad.domain.journeys.condition import SameAs, ValueType
from kaskad.storage.conditions.money import compile_amount

PATH = re.compile(r"[a-z]+(\.[A-Za-z0-9_]+)+")
ORDER_FIELDS = {"order.id": "order_id", "order.items": "products"}
# the properties that `same` compares
ENTRY_ID_FIELDS = {"cart": "cart_id", "product": "product_id", "order": "order_id", "email": "email"}

STOCK = "(SELECT sum(units::numeric) FROM jsonb_each_text({0}.stock) AS s(store, units))"
IN_STOCK = f"coalesce({STOCK} > 0, true)"
CART = """LEFT JOIN LATERAL (
    SELECT k.items, k.total, k.currency FROM cart k
     WHERE k.customer_id = r.customer_id AND k.cart_id = coalesce(r.entry->>'cart_id', k.cart_id)
     ORDER BY k.updated_at DESC, k.cart_id LIMIT 1) k ON true"""
PRODUCT = "LEFT JOIN product p ON p.id = r.entry->>'product_id'"
CUSTOMER = "JOIN customer c ON c.id = r.customer_id"

ORDERS = "FROM standing_orders(r.customer_id, r.at) o"
ORDER_TOTAL = compile_amount("as_number(o.properties->>'total')", "o.properties->>'currency'")
# An order without a total counts nothing; one with a total that cannot be read or converted makes the sum unknown.
REVENUE = (
    "(SELECT CASE WHEN bool_and(w.amount IS NOT NULL OR coalesce(o.properties->>'total', '') = '') IS NOT FALSE"
    f" THEN coalesce(sum(w.amount), 0) END {ORDERS} CROSS JOIN LATERAL (SELECT {ORDER_TOTAL} AS amount) w)"
)

CART_ITEMS = "jsonb_array_elements(coalesce(k.items, '[]'::jsonb)) it"
# Each item of an order or a cart has its own values; missing ones come from the product in the catalogue.
ITEM_FIELDS = {
    "product_id": "it->>'product_id'",
    "sku": "it->>'sku'",
    "name": "coalesce(it->>'name', s0.attributes->>'name')",
    "category": "coalesce(it->>'category', s0.attributes->>'category')",
    "price": compile_amount("as_number(it->>'price')", "coalesce(it->>'currency', {about}->>'currency')"),
    "quantity": "as_number(it->>'quantity')",
}
ITEM = re.compile(r"(order|cart)[.]items[.](\w+)")

# Lines in several currencies are added up by the shop's rates; a line that nobody ever priced counts nothing.
ITEM_PRICE = compile_amount("as_number(it->>'price')", "it->>'currency'")
MIXED_TOTAL = (
    "(SELECT CASE WHEN bool_and(NOT it ? 'spoiled' AND (w.amount IS NOT NULL OR it->>'price' IS NULL))"
    f" THEN sum(w.amount * as_number(it->>'quantity')) END FROM {CART_ITEMS} CROSS JOIN LATERAL ("
    f"SELECT {ITEM_PRICE} AS amount) w)"
)
# An empty cart and no cart are equal: no items, total 0. A product that was never reported as sold out is in stock.
BUILT_IN = {
    "enter": "r.entered_at",
    "cart.items": "coalesce(k.items, '[]'::jsonb)",
    "cart.items.in_stock": f"(SELECT count(*) FROM {CART_ITEMS} "
    f"LEFT JOIN product s0 ON s0.id = it->>'product_id' WHERE {IN_STOCK.format('s0')})",
    "product.id": "({product})",
    "product.stock": STOCK.format("p"),
    "product.in_stock": IN_STOCK.format("p"),
    "customer.locale": "c.locale",
    "customer.time_zone": "c.time_zone",
    "customer.orders": f"(SELECT count(*) {ORDERS})",
    "customer.revenue": REVENUE,
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
    return _of_product(path, _compile_value(path, kind, scope), scope)


def compile_money(path: str, scope: PathScope, target: str | None = None) -> str:
    """The amount at a path in the shop's currency, or in `target`: a placeholder; null without a rate."""
    return _of_product(path, _compile_money(path, scope, target), scope)


def is_standing(event: str) -> bool:
    """Whether the event counts only while it stands: an order that was cancelled or returned was not bought."""
    return event == ORDERED


def compile_events(event: str, at: str = "r.at") -> str:
    """The events of the customer of row `r`: all, or the orders that stand at that time."""
    return f"standing_orders(r.customer_id, {at})" if is_standing(event) else "event"


def _of_product(path: str, value: str, scope: PathScope) -> str:
    if path.startswith("product.") and scope == EVENT_SCOPE and path != "product.id":  # `p` is the entry's product
        found = f"(SELECT {value} FROM product p WHERE p.id = {scope.product})"
        return f"coalesce({found}, true)" if path == "product.in_stock" else found
    return value


def _compile_money(path: str, scope: PathScope, target: str | None) -> str:
    if path == "cart.total":
        of_one = compile_amount("k.total", "k.currency", target)
        of_several = compile_amount(MIXED_TOTAL, None, target)
        return f"CASE WHEN k.items IS NULL THEN 0 WHEN k.currency = '{MIXED}' THEN {of_several} ELSE {of_one} END"
    root = path.partition(".")[0]
    currency = {
        "event": f"{scope.entry}->>'currency'",
        "order": f"{scope.about}->>'currency'",
        "product": "p.attributes->>'currency'",
    }.get(root)
    return compile_amount(_compile_value(path, ValueType.NUMBER, scope), currency, target)


def _compile_value(path: str, kind: ValueType, scope: PathScope) -> str:
    if kind is ValueType.MONEY or path == "cart.total":
        return _compile_money(path, scope, None)
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
    value = value.replace("{about}", scope.about if root == "order" else "NULL::jsonb")
    items = CART_ITEMS if root == "cart" else f"jsonb_array_elements({things}) it"
    several = (
        f"(SELECT coalesce(jsonb_agg(to_jsonb({value})) FILTER (WHERE ({value}) IS NOT NULL), '[]'::jsonb)"
        f" FROM {items} LEFT JOIN product s0 ON s0.id = it->>'product_id')"
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
