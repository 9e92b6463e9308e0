"""Two customers who are one person: what either has counts for both, and a wrong merge is undone."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

MERGING = "integration/services/identities/test_merging.py::"
SENDING = "integration/services/identities/test_merges_while_sending.py::"
SPLITTING = "integration/services/identities/test_splitting.py::"
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
        (MERGING + "test_the_lines_of_both_carts_are_united",),
    ),
    Mutation(
        "A snapshot says what is in the cart of whoever was one by then",
        "domain/cart.py",
        "spoken_of = {change.origin, *change.knows}",
        "spoken_of = {change.origin}",
        (MERGING + "test_a_snapshot_after_the_merge_says_what_is_in_the_cart",),
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
        "UPDATE customer_merge SET state = NULL, named = '[]'",
        "UPDATE customer_merge SET split_by = NULL",
        (MERGING + "test_a_forgotten_person_is_found_in_no_record_of_a_merge",),
    ),
    Mutation(
        "What was sent while two were one counts for both",
        "storage/people/splits.py",
        'await connection.execute(query("share_touches"), params)',
        "pass",
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
        "An address that died while two were one is dead for both",
        "storage/people/splits.py",
        "UPDATE {table} k SET state = 'dead' FROM died d",
        "UPDATE {table} k SET state = k.state FROM died d",
        (SPLITTING + "test_an_address_that_died_meanwhile_is_dead_for_both",),
    ),
    Mutation(
        "What was told since the merge stays with the other one",
        "storage/people/splits.py",
        'AND {same} AND {marked}",',
        'AND {same}",',
        (SPLITTING + "test_what_was_told_since_stays_with_the_other",),
    ),
    Mutation(
        "Who was never refused for a measurement is no toss of it",
        "storage/sql/customers/people.sql",
        "AND n.status = 'refused'\n           AND n.reason IN ('holdout', 'control_group')) AS assigned",
        ") || (SELECT jsonb_agg(jsonb_build_array('', m)) FROM unnest(c.members) AS m) AS assigned",
        (MERGING + "test_nobody_is_the_more_outside_the_more_visitors_they_were",),
    ),
)
