"""What `same` means, and that what came with an entry stays with it."""

from __future__ import annotations

from mutation import Mutation

MEANINGS = "integration/test_meanings.py::"
SAME = (MEANINGS + "test_same_compares_with_the_entrys_own", MEANINGS + "test_what_is_waited_for_is_the_entrys_own_too")

MUTATIONS = (
    Mutation(
        "What came with the entry is what the entry kept",
        "storage/paths.py",
        '"event": (scope.entry, rest),',
        '"event": ("c.attributes", rest),',
        (MEANINGS + "test_what_came_with_the_entry_is_frozen_and_all_else_is_read_when_deciding",),
    ),
    Mutation(
        "The same order is the entry's own",
        "storage/paths.py",
        "(e.properties->>'order_id' = r.entry->>'order_id')",
        "(e.properties->>'order_id' <> '')",
        SAME,
    ),
    Mutation(
        "The same address is the entry's own",
        "storage/paths.py",
        "(lower(e.properties->>'email') = lower(r.entry->>'email'))",
        "(lower(e.properties->>'email') <> '')",
        SAME,
    ),
    Mutation(
        "The same product is the entry's own",
        "storage/paths.py",
        "(e.properties->>'product_id' = r.entry->>'product_id' OR",
        "(e.properties->>'product_id' <> '' OR",
        SAME,
    ),
    Mutation(
        "The same cart is the entry's own",
        "storage/paths.py",
        "(e.properties->>'cart_id' = r.entry->>'cart_id'",
        "(e.properties->>'cart_id' <> ''",
        SAME,
    ),
)
