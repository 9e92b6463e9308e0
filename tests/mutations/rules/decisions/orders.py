"""Orders that stand, and money in its currency."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ORDERS = "integration/services/decisions/test_orders_that_stand.py::"
STANDING = "integration/storage/test_standing_orders.py::"
MONEY = "integration/services/decisions/test_money.py::"
SCHEMA = "storage/migrations/versions/0018_returns.py"

MUTATIONS = (
    Mutation(
        "A condition asks for orders that stand",
        "storage/conditions/paths.py",
        "return event == ORDERED",
        "return False",
        (ORDERS + "test_every_condition_about_orders_asks_for_those_that_stand",),
    ),
    Mutation(
        "A goal is reached by what still stands now",
        "storage/conditions/version_queries.py",
        'compile_events(goal.when, "%(now)s")',
        "compile_events(goal.when)",
        (ORDERS + "test_a_goal_is_reached_by_what_still_stands_now",),
    ),
    Mutation(
        "The same order of two sources counts once",
        SCHEMA,
        "AND (d.occurred_at, d.message_id, d.id) < (e.occurred_at, e.message_id, e.id))",
        "AND false)",
        (STANDING + "test_what_stands",),
    ),
    Mutation(
        "A return that two sources tell counts once",
        SCHEMA,
        "row_number() OVER (PARTITION BY r.source, r.properties->'products'",
        "row_number() OVER (PARTITION BY r.properties->'products'",
        (STANDING + "test_a_return_that_two_sources_tell_counts_once",),
    ),
    Mutation(
        "A partial return takes back its own lines alone",
        SCHEMA,
        "due := due - took;",
        "due := due;",
        (STANDING + "test_what_stands",),
    ),
    Mutation(
        "An order stands until it was undone",
        SCHEMA,
        "AND x.name = 'order_cancelled' AND x.occurred_at <= at)",
        "AND x.name = 'order_cancelled')",
        (STANDING + "test_it_is_as_of_its_time",),
    ),
    Mutation(
        "An order that a second source tells lets nobody in again",
        "services/ingestion/triggers.py",
        "event.id not in repeated and ",
        "",
        (ORDERS + "test_an_order_that_a_second_source_tells_lets_nobody_in_again",),
    ),
    Mutation(
        "An order worth less than nothing lets nobody in",
        "services/ingestion/triggers.py",
        "return event.name == ORDERED and NEGATIVE_TOTAL in event.properties",
        "return False",
        (ORDERS + "test_an_order_worth_less_than_nothing_lets_nobody_in",),
    ),
    Mutation(
        "A status that means a cancellation cancels",
        "services/ingestion/segment_events.py",
        "events += [*_meant(event), event]",
        "events += [event]",
        (ORDERS + "test_whoever_cancels_or_returns_is_not_asked_how_it_was",),
    ),
    Mutation(
        "A status that is not known to cancel cancels nothing",
        "services/ingestion/order_words.py",
        "EVENT_OF_STATUS.get(_simplify(word))",
        'EVENT_OF_STATUS.get(_simplify(word).rpartition(" ")[2])',
        ("unit/services/ingestion/test_order_words.py::test_other_words_undo_nothing",),
    ),
    Mutation(
        "A cart that names no lines stays as it is",
        "domain/cart.py",
        "if _says_nothing(change, shop):",
        "if False:",
        ("integration/services/ingestion/test_carts.py::test_a_snapshot_without_lines_changes_nothing",),
    ),
    Mutation(
        "What came back is an amount, whatever its sign",
        SCHEMA,
        "money := abs(as_number(back->>'total'));",
        "money := as_number(back->>'total');",
        (STANDING + "test_what_stands",),
    ),
    Mutation(
        "Money back in another currency counts by the rates",
        SCHEMA,
        "IF money IS NULL OR total IS NULL OR money * rate >= total THEN",
        "IF money IS NULL OR total IS NULL OR rate <> 1 OR money * rate >= total THEN",
        (STANDING + "test_what_stands",),
    ),
    Mutation(
        "One refund counts once",
        SCHEMA,
        "SELECT DISTINCT ON (i.refund, CASE WHEN i.refund IS NULL THEN x.id END)",
        "SELECT",
        (STANDING + "test_what_stands",),
    ),
    Mutation(
        "The entry's own order may be cancelled by an earlier clock",
        "storage/conditions/version_queries.py",
        "    if not undone:\n",
        "    if undone or not undone:\n",
        (ORDERS + "test_a_cancellation_that_comes_before_the_order_counts_whatever_its_clock",),
    ),
    Mutation(
        "Money of another currency is converted",
        "storage/conditions/money.py",
        'in_shop = f"({amount} * {compile_rate(currency)})" if currency else f"({amount})"',
        'in_shop = f"({amount})"',
        (MONEY + "test_money_is_judged_by_the_rates_or_is_unknown",),
    ),
    Mutation(
        "What is in the same currency needs no rate",
        "storage/conditions/money.py",
        "WHEN upper({currency}) = {target} THEN {amount}",
        "WHEN false THEN {amount}",
        (MONEY + "test_what_is_in_the_same_currency_needs_no_rate",),
    ),
    Mutation(
        "Rates are not pinned",
        "storage/publishing/versions.py",
        "rates = %(rates)s",
        "rates = rates",
        (MONEY + "test_rates_are_not_pinned",),
    ),
    Mutation(
        "Money is shown in its own currency",
        "content/rendering/filters.py",
        'currency or getattr(amount, "currency", None) or now.currency',
        "currency or now.currency",
        ("unit/content/test_render.py::test_money",),
    ),
    Mutation(
        "An order whose total could not be read makes the revenue unknown",
        SCHEMA,
        "WHEN 'total' = ANY(e.spoiled) OR",
        "WHEN",
        ("integration/storage/test_standing_orders.py::test_what_stands",),
    ),
    Mutation(
        "A return that could not be read takes back nothing for certain",
        SCHEMA,
        "coalesce(x.spoiled && '{total,products}', false) AS unread",
        "false AS unread",
        ("integration/storage/test_standing_orders.py::test_what_stands",),
    ),
)
