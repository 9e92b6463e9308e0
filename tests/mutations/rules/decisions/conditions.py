"""What `same` means, and that what came with an entry stays with it."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ITEMS = "integration/services/decisions/test_items.py::"
PROBLEMS = "unit/config/journey_files/test_condition_problems.py::test_condition"
LOOKED_AT = "integration/services/decisions/test_condition_scopes.py::"
EVERY = "integration/services/decisions/test_every_condition.py::"
MEANINGS = "integration/services/decisions/test_meanings.py::"
SAME = (MEANINGS + "test_same_compares_with_the_entrys_own", MEANINGS + "test_what_is_waited_for_is_the_entrys_own_too")

MUTATIONS = (
    Mutation(
        "What came with the entry is what the entry kept",
        "storage/conditions/paths.py",
        '"event": (scope.entry, rest),',
        '"event": ("c.attributes", rest),',
        (MEANINGS + "test_what_came_with_the_entry_is_frozen_and_all_else_is_read_when_deciding",),
    ),
    Mutation(
        "The same order is the entry's own",
        "storage/conditions/paths.py",
        "(e.properties->>'order_id' = r.entry->>'order_id')",
        "(e.properties->>'order_id' <> '')",
        SAME,
    ),
    Mutation(
        "The same address is the entry's own",
        "storage/conditions/paths.py",
        "(lower(e.properties->>'email') = lower(r.entry->>'email'))",
        "(lower(e.properties->>'email') <> '')",
        SAME,
    ),
    Mutation(
        "The same product is the entry's own",
        "storage/conditions/paths.py",
        "(e.properties->>'product_id' = r.entry->>'product_id' OR",
        "(e.properties->>'product_id' <> '' OR",
        SAME,
    ),
    Mutation(
        "The same cart is the entry's own",
        "storage/conditions/paths.py",
        "(e.properties->>'cart_id' = r.entry->>'cart_id'",
        "(e.properties->>'cart_id' <> ''",
        SAME,
    ),
    Mutation(
        "In a where, the product is that of the event that is looked at",
        "storage/conditions/paths.py",
        'if path.startswith("product.") and scope == EVENT_SCOPE and path != "product.id":',
        "if False:",
        (LOOKED_AT + "test_in_a_segment", EVERY + "test_in_a_segment"),
    ),
    Mutation(
        "In a where, the area is that of the event that is looked at",
        "storage/conditions/paths.py",
        '"area": (scope.about, f"area.{rest}"),',
        '"area": (scope.entry, f"area.{rest}"),',
        (LOOKED_AT + "test_in_a_segment",),
    ),
    Mutation(
        "What only looks like a path is a text, where a text is asked",
        "config/journey_files/comparisons.py",
        "if isinstance(node.value, dict) and kind in (ValueType.TEXT, ValueType.LIST):",
        "if isinstance(node.value, dict):",
        (PROBLEMS,),
    ),
    Mutation(
        "Points have names that the database can look up",
        "config/journey_files/vocabulary.py",
        "path.startswith(POINTS_PREFIX) and PATH.fullmatch(path)",
        "path.startswith(POINTS_PREFIX)",
        (PROBLEMS,),
    ),
    Mutation(
        "A date may be worked out of what the customer did",
        "storage/entrance_scans.py",
        "CROSS JOIN LATERAL (SELECT c.id AS customer_id, %(now)s::timestamptz AS at) r",
        "",
        (EVERY + "test_as_a_date",),
    ),
    Mutation(
        "What more than a hundred conditions saw can be kept",
        "storage/conditions/trace.py",
        'f"to_jsonb(ARRAY[{seen}]::jsonb[])"',
        'f"jsonb_build_array({seen})"',
        (EVERY + "test_in_every_place_of_a_journey",),
    ),
    Mutation(
        "What an event never says is not asked of it",
        "config/journey_files/conditions.py",
        "if trouble := scope.never_known_reason(path):",
        "if trouble := None:",
        (PROBLEMS,),
    ),
    Mutation(
        "What nobody told to be sold out is in stock",
        "storage/conditions/paths.py",
        'IN_STOCK = f"coalesce({STOCK} > 0, true)"',
        'IN_STOCK = f"coalesce({STOCK} > 0, false)"',
        (
            ITEMS + "test_what_a_cart_holds",
            ITEMS + "test_the_shipped_abandoned_cart_works_without_a_stock_feed",
            ITEMS + "test_a_product_is_in_stock_unless_it_is_told_to_be_sold_out",
        ),
    ),
    Mutation(
        "A product that no catalogue has is in stock in a where too",
        "storage/conditions/paths.py",
        'return f"coalesce({found}, true)" if path == "product.in_stock" else found',
        "return found",
        (ITEMS + "test_a_product_is_in_stock_unless_it_is_told_to_be_sold_out",),
    ),
    Mutation(
        "What a thing of an order is, the catalogue may know",
        "storage/conditions/paths.py",
        "coalesce(it->>'category', s0.attributes->>'category')",
        "it->>'category'",
        (ITEMS + "test_what_an_order_holds",),
    ),
    Mutation(
        "Of an order that does not tell what is in it nothing is known",
        "storage/conditions/paths.py",
        "WHEN 'array' THEN {several} END",
        "WHEN 'array' THEN {several} ELSE '[]' END",
        (ITEMS + "test_what_an_order_holds",),
    ),
    Mutation(
        "A list may hold numbers",
        "storage/conditions/compiler.py",
        "OR coalesce({several} @> to_jsonb(as_number({value})), false))",
        "OR false)",
        (ITEMS + "test_what_an_order_holds",),
    ),
    Mutation(
        "A list of things is asked by what its things say",
        "config/journey_files/comparisons.py",
        "if path in ITEM_LISTS and op is not Op.KNOWN:",
        "if False:",
        (PROBLEMS,),
    ),
    Mutation(
        "What a list holds is compared with its like",
        "config/journey_files/comparisons.py",
        "if op is Op.CONTAINS and (held := list_item_type(path)):",
        "if held := None:",
        (PROBLEMS,),
    ),
    Mutation(
        "Nothing lies between the highest and the lowest",
        "config/journey_files/comparisons.py",
        "if _is_more(lowest, highest, kind):",
        "if False:",
        (PROBLEMS,),
    ),
)
