"""Two customers who are one person: what either has counts for both, and a wrong merge is undone."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

MERGING = "integration/services/identities/test_merging.py::"
CARTS = "integration/services/identities/test_merged_carts.py::"
SENDING = "integration/services/identities/test_merges_while_sending.py::"
SPLITTING = "integration/services/identities/test_splitting.py::"
TRACES = "integration/services/identities/test_traces_of_merges.py::"
SQL = "storage/sql/merging/"

MUTATIONS = (
    Mutation(
        "What waits to be sent is decided again for the person",
        SQL + "hand_back_messages.sql",
        "AND m.status IN ('queued', 'claimed')",
        "AND m.status IN ('queued') AND false",
        (MERGING + "test_what_was_queued_is_decided_again",),
    ),
    Mutation(
        "A merge makes what waits inside a journey due",
        SQL + "join_customers.sql",
        "UPDATE enrollment SET due_at = least(due_at, %(now)s)",
        "UPDATE enrollment SET due_at = due_at",
        (MERGING + "test_whoever_waits_inside_leaves_at_once_if_the_other_bought",),
    ),
    Mutation(
        "Of two entries under one key the one that has sent more stays",
        SQL + "end_doubled_enrollments.sql",
        "ORDER BY l.sent DESC,",
        "ORDER BY l.sent,",
        (MERGING + "test_of_two_entries_the_one_that_has_sent_stays",),
    ),
    Mutation(
        "What either was told to stop counts for both",
        "storage/people/merges.py",
        '("event", "message", "enrollment", "consent")',
        '("event", "message", "enrollment")',
        (MERGING + "test_a_no_under_one_is_a_no_of_the_other",),
    ),
    Mutation(
        "Of two addresses the later word stands",
        SQL + "move_contacts.sql",
        "IN ((true, false, true), (true, false, false), (true, true, true), (false, false, true))",
        "IN ((true, false, true), (true, false, false))",
        (MERGING + "test_the_later_word_about_an_address_stands",),
    ),
    Mutation(
        "No public source brings an address in place of one that another source told",
        SQL + "move_contacts.sql",
        "IN ((true, false, true), (true, false, false), (true, true, true), (false, false, true))",
        "IN ((true, false, true), (true, false, false), (true, true, true), (false, false, true), (false, true, true))",
        (MERGING + "test_a_stranger_brings_no_address_of_their_own",),
    ),
    Mutation(
        "The devices of both are the person's",
        "services/identities/merging.py",
        "await devices.choose(connection, pairs)",
        "await devices.choose(connection, [])",
        (MERGING + "test_the_device_that_is_left_is_the_one_that_is_reached",),
    ),
    Mutation(
        "The lines of both carts are united",
        "domain/cart.py",
        "state.items = {**others, **lines}",
        "state.items = lines",
        (CARTS + "test_the_lines_of_both_carts_are_united",),
    ),
    Mutation(
        "A snapshot says what is in the cart of whoever was one by then",
        "domain/cart.py",
        "spoken_of = {change.origin, *change.knows}",
        "spoken_of = {change.origin}",
        (CARTS + "test_a_snapshot_after_the_merge_says_what_is_in_the_cart",),
    ),
    Mutation(
        "What is being sent is settled where it is now",
        "services/delivery/provider_calls.py",
        "await enrollments.follow_and_lock(connection, [send.held.customer for send, _ in outcomes])",
        "dict.fromkeys(await enrollments.lock_customers(connection, [send.held.customer for send, _ in outcomes]), 0)",
        (SENDING + "test_the_outcome_waits_for_who_stands",),
    ),
    Mutation(
        "Who was merged meanwhile is not locked in place of who stands",
        "storage/enrollments.py",
        'if any(row["merged"] for row in rows):\n        raise MergeRace\n    return',
        "return",
        (SENDING + "test_whoever_waited_for_the_lock_looks_again_who_stands",),
    ),
    Mutation(
        "Whoever was outside as either customer stays outside",
        "domain/decisions/experiment.py",
        'return _is_outside("control_group", {customer, *members}, share)',
        'return _is_outside("control_group", {customer}, share)',
        (MERGING + "test_whoever_was_outside_as_either_stays_outside",),
    ),
    Mutation(
        "What was sent to an address is the person's own",
        "storage/sql/addresses/address_touches.sql",
        "standing_customer(coalesce(m.customer_id, t.customer_id)) AS customer_id",
        "t.customer_id",
        (MERGING + "test_what_was_sent_to_the_address_is_the_persons_own",),
    ),
    Mutation(
        "A record of a merge names nobody who was forgotten",
        "storage/people/personal_data.py",
        '        ("customer_merge", query("forget_merges")),\n',
        "",
        (MERGING + "test_a_forgotten_person_is_found_in_no_record_of_a_merge",),
    ),
    Mutation(
        "Nor does a record of somebody who was one person with them once",
        "storage/sql/privacy/forget_merges.sql",
        "UNION ALL SELECT m.standing FROM customer_merge m WHERE m.merged = n.id) o),",
        "UNION ALL SELECT m.standing FROM customer_merge m WHERE m.merged = n.id) o WHERE false),",
        (TRACES + "test_a_value_in_somebody_elses_record_is_forgotten_too",),
    ),
    Mutation(
        "The event about a merge names nobody who is somebody else after a split",
        "services/identities/merging.py",
        '"kinds": [join.by[0], join.identity[0]]',
        '"kinds": [list(join.by), list(join.identity)]',
        (TRACES + "test_whoever_parted_and_is_forgotten_is_in_no_record_of_the_others",),
    ),
    Mutation(
        "Whoever stood for two between keeps nothing of the profile of the one who parted",
        "storage/people/splits.py",
        "WHERE id = ANY(%(told_of)s) AND merged_into IS NOT NULL AND profile_version IS NOT NULL",
        "WHERE false",
        (TRACES + "test_whoever_parted_and_is_forgotten_is_in_no_record_of_the_others",),
    ),
    Mutation(
        "What is written down about a merge is given out",
        "storage/people/personal_data.py",
        'return found | {"customer_merge": [row["row"] for row in await cursor.fetchall()]}',
        'return found | {"customer_merge": []}',
        (TRACES + "test_a_join_is_given_out_to_whom_it_is_about",),
    ),
    Mutation(
        "What is written down about a merge is kept no longer than decisions",
        "services/operations/retention.py",
        "        await merges.forget_states(connection, now - keep.decisions.longest)\n",
        "",
        (TRACES + "test_how_both_were_is_kept_as_long_as_decisions",),
    ),
    Mutation(
        "Who told of a line is forgotten with the line",
        "domain/cart.py",
        "for key, origin in state.origins.items() if key in state.items}",
        "for key, origin in state.origins.items()}",
        ("unit/domain/test_cart_replaced.py::test_who_told_of_a_line_is_forgotten_with_the_line",),
    ),
    Mutation(
        "What was sent while two were one counts for both",
        "storage/people/splits.py",
        '("hand_back_messages", "share_touches", "share_refusals", "share_orders")',
        '("hand_back_messages", "share_refusals", "share_orders")',
        (SPLITTING + "test_what_was_sent_meanwhile_counts_for_both",),
    ),
    Mutation(
        "What an entry sent goes back with it",
        "storage/people/splits.py",
        'await connection.execute(query("follow_enrollments"), {"standing": [merge.merged], "merged": [holder]})',
        "pass",
        (SPLITTING + "test_what_was_sent_meanwhile_counts_for_both",),
    ),
    Mutation(
        "A no that was told while two were one is a no of both",
        "storage/people/splits.py",
        '("hand_back_messages", "share_touches", "share_refusals", "share_orders")',
        '("hand_back_messages", "share_touches", "share_orders")',
        (SPLITTING + "test_a_no_told_while_one_is_a_no_of_both",),
    ),
    Mutation(
        "A no counts for whoever was one person with who said it, and for nobody else",
        SQL + "share_refusals.sql",
        "AND (c.id > s.last_consent OR c.at > s.at)",
        "AND c.id > 0",
        (SPLITTING + "test_a_no_told_to_a_chain_counts_for_whoever_was_in_it",),
    ),
    Mutation(
        "What was bought while two were one is in no cart of either",
        "storage/people/splits.py",
        '("hand_back_messages", "share_touches", "share_refusals", "share_orders")',
        '("hand_back_messages", "share_touches", "share_refusals")',
        (SPLITTING + "test_what_was_bought_while_one_is_in_no_cart_of_either",),
    ),
    Mutation(
        "What counts for two who were one counts once when they are one again",
        "storage/people/merges.py",
        '    "drop_shared_orders",\n',
        "",
        (SPLITTING + "test_what_was_bought_while_one_is_in_no_cart_of_either",),
    ),
    Mutation(
        "An address that was taken back while two were one is back for neither",
        "storage/people/splits.py",
        "parted = take_back(kept, parted, taken_back, since=merge.at)",
        "pass",
        (
            SPLITTING + "test_an_address_taken_back_while_one_is_back_for_neither",
            SPLITTING + "test_devices_taken_back_while_one_are_back_for_neither",
        ),
    ),
    Mutation(
        "An address that died while two were one is dead for both",
        "storage/people/parting.py",
        "left, gone = _close(left, closed), _close(gone, closed)",
        "pass",
        (SPLITTING + "test_an_address_that_died_meanwhile_is_dead_for_both",),
    ),
    Mutation(
        "What was told since the merge stays with the other one",
        "storage/people/parting.py",
        "return bool(about and row[about] and row[about] == theirs[about] and",
        "return bool(about and row[about] and",
        (SPLITTING + "test_what_was_told_since_stays_with_the_other",),
    ),
    Mutation(
        "Who was never refused for a measurement is no toss of it",
        "storage/sql/customers/people.sql",
        "AND n.status = 'refused'\n           AND n.reason IN ('holdout', 'control_group')) AS assigned",
        ") || (SELECT jsonb_agg(jsonb_build_array('', m)) FROM unnest(c.members) AS m) AS assigned",
        (MERGING + "test_nobody_is_the_more_outside_the_more_visitors_they_were",),
    ),
    Mutation(
        "An address that is told again is of whom it was",
        "storage/people/parting.py",
        "return bool(about and row[about] and row[about] == theirs[about] and",
        "return bool(False and about and row[about] and row[about] == theirs[about] and",
        (SPLITTING + "test_an_address_told_again_goes_with_whose_it_was",),
    ),
    Mutation(
        "Whoever parts takes their addresses out of what later merges wrote down",
        "storage/people/parting.py",
        "person = _without(kept, merge.person, theirs=theirs, own=own)",
        "person = merge.person",
        (SPLITTING + "test_nobody_keeps_the_mailbox_of_who_was_joined_first",),
    ),
    Mutation(
        "A split parts no more than the id that is named",
        "services/identities/splitting.py",
        "return min(brought, key=lambda merge: merge.id)",
        "return max(brought, key=lambda merge: merge.id)",
        (SPLITTING + "test_only_the_innermost_join_is_undone",),
    ),
)
