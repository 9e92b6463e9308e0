"""Who enters: by items, segments, dates, the clock, and what happens to products."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ITEMS = "integration/services/decisions/entries/test_item_entries.py::"
SEGMENT = "integration/services/decisions/entries/test_segment_triggers.py::"
DATE = "integration/services/decisions/entries/test_date_triggers.py::"
SCHEDULE = "integration/services/decisions/entries/test_schedule_triggers.py::"
PRODUCTS = "integration/services/decisions/entries/test_product_triggers.py::"
FAILING = "integration/services/decisions/entries/test_failing_scans.py::"
MOMENTS = "unit/domain/decisions/test_date_moments.py::"

MUTATIONS = (
    Mutation(
        "Values of paths are joined unambiguously",
        "storage/conditions/entry_keys.py",
        "jsonb_build_array({', '.join(parts)})::text",
        "concat_ws(',', {', '.join(parts)})",
        (ITEMS + "test_several_values_are_joined_unambiguously",),
    ),
    Mutation(
        "What an entry is once for is joined unambiguously",
        "storage/conditions/entry_keys.py",
        "return json.dumps(known, ensure_ascii=False)",
        'return ",".join(known)',
        (ITEMS + "test_several_values_are_joined_unambiguously",),
    ),
    Mutation(
        "Each item's quiet time is its own",
        "storage/conditions/entry_queries.py",
        "WHERE w.holds AND {same})",
        "WHERE w.holds)",
        (ITEMS + "test_of_the_same_item_in_quiet_time_the_last_delivery_counts",),
    ),
    Mutation(
        "Who was in the segment at the last look has not come in",
        "services/decisions/entrance_scanner.py",
        "chunk.size, only_new_in=only_new_in",
        "chunk.size",
        (SEGMENT + "test_who_is_inside_at_the_first_look_and_whoever_comes_later",),
    ),
    Mutation(
        "Of whom it is unknown whether they are inside, nothing changes",
        "storage/entrance_scans.py",
        "j.inside IS FALSE",
        "j.inside IS NOT TRUE",
        (SEGMENT + "test_of_whom_it_is_unknown_nothing_changes",),
    ),
    Mutation(
        "A date is read again when it is due",
        "domain/decisions/engine.py",
        "return Reason.DATE_CHANGED",
        "pass",
        (DATE + "test_a_date_that_was_changed_does_not_send",),
    ),
    Mutation(
        "Who moves hears at the hour of the new zone",
        "domain/decisions/engine.py",
        "return _date_trigger_time(enter, enrollment, facts) or enrollment.entered_at",
        "return enrollment.entered_at",
        (DATE + "test_who_moves_to_the_west_hears_at_ten_there",),
    ),
    Mutation(
        "Which occurrence it is does not depend on the zone",
        "domain/decisions/date_triggers.py",
        "else _instant(value).isoformat()",
        "else value",
        (MOMENTS + "test_when_a_date_lets_in",),
    ),
    Mutation(
        "What is more than a day old lets nobody in by its date",
        "services/decisions/entrance_scanner.py",
        "since = max(chunk.since, chunk.now - LATE_AFTER, chunk.imported_at or chunk.since)",
        "since = max(chunk.since, chunk.imported_at or chunk.since)",
        (DATE + "test_who_appears_between_two_looks_is_not_missed",),
    ),
    Mutation(
        "What ticked in a pause has ticked",
        "services/decisions/entrance_scanner.py",
        "if paused or chunk.at < chunk.now - LATE_AFTER:",
        "if chunk.at < chunk.now - LATE_AFTER:",
        (SCHEDULE + "test_what_ticked_in_a_pause_has_ticked",),
    ),
    Mutation(
        "A price counts below the one at which the product was added",
        "storage/sql/entrances/expand_fanout.sql",
        "(%(below)s::numeric IS NULL OR w.price > %(below)s::numeric)",
        "(true OR %(below)s::numeric IS NULL)",
        (PRODUCTS + "test_whose_price_it_falls_below",),
    ),
    Mutation(
        "Whose favourite it is no more is not told",
        "services/decisions/fanout.py",
        '"taken_back": WITHDRAWING_EVENTS.get(audience.kind)',
        '"taken_back": None',
        (PRODUCTS + "test_whose_favourite_it_is_no_more",),
    ),
    Mutation(
        "Stock is low once, as it falls",
        "services/ingestion/products.py",
        "0 < stock <= few < old_stock",
        "0 < stock <= few",
        (PRODUCTS + "test_when_stock_is_low",),
    ),
    Mutation(
        "A look that fails stops no other",
        "services/decisions/entrance_scanner.py",
        "if look is None or not puts_off or not is_statement_failure(error):",
        "if True or look is None or not puts_off or not is_statement_failure(error):",
        (FAILING + "test_a_look_that_fails_stops_no_other_entrance",),
    ),
    Mutation(
        "An outage puts off no look",
        "services/failures/enrollment_failures.py",
        "return state in RESOURCE_LIMIT_STATES or not is_outage(said)",
        "return True",
        (FAILING + "test_an_outage_is_nobodys_fault",),
    ),
    Mutation(
        "A look that takes longer than it may is at fault itself",
        "services/failures/enrollment_failures.py",
        "return state in RESOURCE_LIMIT_STATES or not is_outage(said)",
        "return not is_outage(said)",
        (FAILING + "test_in_a_later_chunk_those_before_have_entered_once",),
    ),
    Mutation(
        "A look that takes more memory than there is is at fault itself",
        "services/failures/enrollment_failures.py",
        'frozenset({"53200", "53400", "57014"})',
        'frozenset({"57014"})',
        (FAILING + "test_in_a_later_chunk_those_before_have_entered_once",),
    ),
    Mutation(
        "Too many connections are no fault of a look",
        "services/failures/enrollment_failures.py",
        'frozenset({"53200", "53400", "57014"})',
        'frozenset({"53200", "53300", "53400", "57014"})',
        (FAILING + "test_an_outage_is_nobodys_fault",),
    ),
    Mutation(
        "A look is put off for longer each time",
        "storage/sql/entrances/postpone_entrance_scan.sql",
        "2 ^ least(l.faults, 10)",
        "1",
        (FAILING + "test_it_is_put_off_for_twice_as_long_each_time_up_to_an_hour",),
    ),
    Mutation(
        "What somebody else has looked at meanwhile is not put off",
        "storage/sql/entrances/postpone_entrance_scan.sql",
        " AND l.faults = %(faults)s AND l.due_at = %(due_at)s AND l.after_customer = %(after)s",
        "",
        (FAILING + "test_what_somebody_else_has_done_meanwhile_is_not_put_off",),
    ),
    Mutation(
        "An hour that has struck is not lost when its look fails",
        "storage/sql/entrances/postpone_entrance_scan.sql",
        "SET at = coalesce(l.at, %(at)s), faults",
        "SET faults",
        (FAILING + "test_an_hour_that_has_struck_is_not_lost",),
    ),
    Mutation(
        "A look that works again is told anew the next time",
        "services/decisions/entrance_scanner.py",
        "if look.faults and came is not None:",
        "if False:",
        (FAILING + "test_a_look_that_works_again_clears_it_and_the_next_fault_is_told_anew",),
    ),
    Mutation(
        "What is published anew is tried at once",
        "storage/sql/entrances/schedule_entrance_scan.sql",
        "    OR (l.faults > 0 AND l.due_at > %(now)s)\n",
        "",
        (FAILING + "test_a_look_that_works_again_clears_it_and_the_next_fault_is_told_anew",),
    ),
)
