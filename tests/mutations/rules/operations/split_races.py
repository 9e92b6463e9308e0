"""Who is meant after a lock was waited for."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

RACES = "integration/services/identities/test_split_races.py::"
ENTRANTS = "integration/services/decisions/entries/test_merged_entrants.py::"

MUTATIONS = (
    Mutation(
        "A split gives back from who has it under the lock",
        "services/identities/splitting.py",
        "if await _find(connection, named, deps.catalogue.project) != (owner, merges, merge):",
        "if False:",
        (RACES + "test_a_split_that_waits_for_another_gives_back_from_who_has_it_then",),
    ),
    Mutation(
        "Nobody is erased in place of who was split off meanwhile",
        "services/operations/personal_data.py",
        "if again.customer != customer:",
        "if False:",
        (RACES + "test_who_was_split_off_meanwhile_is_forgotten_and_nobody_else",),
    ),
    Mutation(
        "An export is of one instant",
        "services/operations/personal_data.py",
        "await read_as_of_now(connection)",
        "pass",
        (RACES + "test_an_export_is_of_one_instant",),
    ),
    Mutation(
        "Nobody is enrolled in place of who was split off meanwhile",
        "services/decisions/manual_enrollment.py",
        "if again.customer != found:",
        "if False:",
        (RACES + "test_who_was_split_off_meanwhile_is_enrolled",),
    ),
    Mutation(
        "A choice is that of whose message it is under the lock",
        "services/preferences/state.py",
        "if found is None or (found.customer, key_of(found)) != (target.customer, address):",
        "if False:",
        (RACES + "test_a_choice_is_that_of_whose_message_it_is_by_then",),
    ),
    Mutation(
        "A receipt is applied under the lock of whose message it is",
        "services/ingestion/receipts.py",
        "if any(target.customer != known[id_].customer for id_, target in standing.items()):",
        "if False:",
        (RACES + "test_a_receipt_is_applied_under_the_lock_of_whose_message_it_is_by_then",),
    ),
    Mutation(
        "Who was followed to is looked at again under the lock",
        "storage/enrollments.py",
        "if merged and await _follow(connection, merged) != merged:",
        "if False:",
        (RACES + "test_whoever_follows_a_merge_that_is_split_meanwhile_follows_anew",),
    ),
    Mutation(
        "A fan-out that meets a merge goes on",
        "services/decisions/fanout.py",
        "return await run_in_transaction(deps.database, work)",
        "async with deps.database.transaction() as connection:\n        return await work(connection)",
        (ENTRANTS + "test_a_fan_out_that_meets_a_merge_goes_on",),
    ),
    Mutation(
        "A look at an entrance that meets a merge goes on",
        "services/decisions/entrance_scanner.py",
        "return await run_in_transaction(deps.database, work)",
        "async with deps.database.transaction() as connection:\n            return await work(connection)",
        (ENTRANTS + "test_a_scan_that_meets_a_merge_goes_on",),
    ),
)
