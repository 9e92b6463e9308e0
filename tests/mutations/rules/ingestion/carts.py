"""Carts and orders: lines told apart, totals that are known or unknown, what was bought taken out of every cart."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

LINES = "unit/domain/test_cart_lines.py::"
CARTS = "integration/services/ingestion/test_carts.py::"
CART, LINE = "domain/cart.py", "domain/cart_lines.py"

MUTATIONS = (
    Mutation(
        "Two sizes of a product are two lines",
        LINE,
        'return ("item", self.product_id, self.sku or self.variant, self.twin)',
        'return ("item", self.product_id, self.twin)',
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "The second of two that is sold for less is a line of its own",
        LINE,
        "return line if same else replace(line, twin=",
        "return line if True else replace(line, twin=",
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "A total of less than nothing is unknown",
        CART,
        "return None if total < 0 else min(total, MAX_AMOUNT)",
        "return max(-MAX_AMOUNT, min(total, MAX_AMOUNT))",
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "Equal lines of a snapshot add up",
        LINE,
        "items[line.key].add(line) if line.key in items else line\n    return items",
        "line\n    return items",
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "A price that cannot be read makes the total unknown",
        CART,
        "if any(line.spoiled for line in lines) or (unknown and state.was_told):",
        "if unknown and state.was_told:",
        (
            LINES + "test_what_it_is_worth",
            CARTS + "test_a_cart_of_a_price_that_cannot_be_read_reminds_nobody",
        ),
    ),
    Mutation(
        "A snapshot's total counts where lines have no prices",
        CART,
        "if state.told and (unknown or not lines or state.unread):",
        "if state.told and not lines:",
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "A total that cannot be followed is unknown",
        CART,
        "or (unknown and state.was_told):",
        "or False:",
        (LINES + "test_what_it_is_worth",),
    ),
    Mutation(
        "Lines in two currencies do not add up",
        CART,
        "if len(currencies) > 1:",
        "if len(currencies) > 2:",
        (LINES + "test_it_has_its_currency",),
    ),
    Mutation(
        "An order takes what was bought out of carts that it does not name",
        CART,
        "took = [_take(state, line, line.quantity) for line in order.lines]",
        "took = [_take(state, line, line.quantity) for line in order.lines if cart in order.carts]",
        (LINES + "test_an_order_takes_what_was_bought",),
    ),
    Mutation(
        "An order is applied once, whichever sources tell it",
        CART,
        'str(said.get("order_id") or change.message_id)',
        "change.message_id",
        (LINES + "test_an_order_takes_what_was_bought",),
    ),
    Mutation(
        "A cart that an app sends again after an order is no new cart",
        CART,
        "if lines and not state.unread and not is_said(said.get(REPLACES)) and contains(state.before, lines.values()):",
        "if False:",
        (
            LINES + "test_a_cart_that_is_sent_again_after_an_order",
            CARTS + "test_nobody_is_reminded_of_a_cart_that_the_app_sends_again",
        ),
    ),
    Mutation(
        "What an app knows to be gone is new when it comes back",
        CART,
        "state.before = common(state.before, lines.values())",
        "pass",
        (LINES + "test_what_the_app_knows_to_be_gone_is_new_when_it_comes_back",),
    ),
    Mutation(
        "Who orders has all carts computed again",
        "storage/sql/events/cart_changes.sql",
        "OR e.customer_id = ANY(%(buyers)s)",
        "",
        (CARTS + "test_carts_are_the_same_in_every_order_of_arrival",),
    ),
    Mutation(
        "A cart event that turns out to be none is renamed",
        "storage/sql/events/derive_events.sql",
        "'cart_emptied', 'cart_unchanged')",
        "'cart_emptied')",
        (CARTS + "test_an_event_that_was_raised_and_taken_back_is_raised_again",),
    ),
    Mutation(
        "Stock that cannot be read changes nothing",
        "services/ingestion/products.py",
        "if stock is not None:",
        "stock = stock or Decimal(0)\n        if stock is not None:",
        (CARTS + "test_stock_may_be_a_fraction_and_what_cannot_be_read_changes_nothing",),
    ),
    Mutation(
        "A price in another currency is no lower price",
        "services/ingestion/products.py",
        "and old_price.currency == price.currency",
        "",
        (CARTS + "test_another_currency_is_no_lower_price",),
    ),
    Mutation(
        "An entry whose own event turns out to be none ends",
        "storage/conditions/version_queries.py",
        "again = [UNCHANGED] if by_cart else []",
        "again: list[str] = []",
        (CARTS + "test_whoever_entered_by_a_cart_that_was_only_sent_again_leaves",),
    ),
    Mutation(
        "A snapshot whose lines could not be read empties nothing",
        "domain/cart.py",
        'state.unread = "products" in change.spoiled',
        "state.unread = False",
        ("unit/domain/test_cart_lines.py::test_a_snapshot_whose_lines_could_not_be_read_empties_nothing",),
    ),
    Mutation(
        "A removal of nobody knows how much takes nothing for granted",
        "domain/cart.py",
        'elif "quantity" in line.spoiled:',
        "elif change.name == ORDERED:",
        ("unit/domain/test_cart_lines.py::test_a_removal_of_nobody_knows_how_much_takes_nothing_for_granted",),
    ),
)
