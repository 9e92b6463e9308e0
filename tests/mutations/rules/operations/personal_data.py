"""Whoever is forgotten is found nowhere, and gets nothing."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

FORGET = "integration/services/operations/test_personal_data.py::"
NAMING = "integration/services/test_naming.py::"
COUNTS = "integration/services/operations/test_forgotten_counts.py::"
EXPORTED = "integration/services/operations/test_exported_by_address.py::"
TRACES = "integration/services/operations/test_forgotten_traces.py::"

MUTATIONS = (
    Mutation(
        "Of orders only the money stays",
        "storage/sql/privacy/forget_events.sql",
        "'order_id', encode(sha256(convert_to(%(salt)s || (properties->>'order_id'), 'UTF8')), 'hex'),",
        "'order_id', properties->'order_id',",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
    ),
    Mutation(
        "An entry still knows its own event, which is no goal",
        "storage/sql/privacy/forget_enrollments.sql",
        "regexp_replace(entry_message_id, %(suffix)s || '$', '')",
        "n.id::text",
        (COUNTS + "test_goals_that_were_reached_stay_reached",),
    ),
    Mutation(
        "What goals ask for is counted still",
        "storage/people/personal_data.py",
        "sorted({*ORDER_EVENTS, *await _goal_events(connection)})",
        "sorted(ORDER_EVENTS)",
        (COUNTS + "test_goals_that_were_reached_stay_reached",),
    ),
    Mutation(
        "Who was forgotten enters nothing by what is kept",
        "services/decisions/fanout.py",
        "for customer in sorted(set(standing.values()))",
        "for customer in people",
        (COUNTS + "test_who_was_forgotten_enters_nothing_by_an_event_that_is_kept",),
    ),
    Mutation(
        "Nobody is given an event that may be about somebody else",
        "services/operations/personal_data.py",
        "names = narrow(await mentions.list_ids(connection, members), own)",
        "names = wide(await mentions.list_ids(connection, members), known)",
        (EXPORTED + "test_rejected_events_of_the_customer_and_of_nobody_else",),
    ),
    Mutation(
        "With another suppression key nothing is given out",
        "services/operations/personal_data.py",
        "await verify_key(connection, deps.address_hasher)\n",
        "pass\n",
        (EXPORTED + "test_with_another_key_nothing_is_given_out_rather_than_half_of_it",),
    ),
    Mutation(
        "Messages lose their address",
        "storage/sql/privacy/forget_messages.sql",
        "address = NULL, detail = NULL",
        "detail = NULL",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
    ),
    Mutation(
        "Rejected events of the customer go",
        "services/operations/personal_data.py",
        "await mentions.forget_rejected(connection, names)",
        "0",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
    ),
    Mutation(
        "A rejected event names the person by a number, too",
        "domain/addresses/mentions.py",
        "patterns += [_number(number) for number in numbers if len(number) >= MIN_NUMBER]",
        "patterns += []",
        (TRACES + "test_rejected_events_go_however_they_name_the_person",),
    ),
    Mutation(
        "A rejected event names the person by a telephone number in any spelling",
        "domain/addresses/mentions.py",
        "if len(form) > _LONG), _phones(addresses))",
        "if len(form) > _LONG))",
        (TRACES + "test_rejected_events_go_however_they_name_the_person",),
    ),
    Mutation(
        "Alerts keep no word about the person",
        "services/operations/personal_data.py",
        "await mentions.forget_texts(connection, names, members)",
        "0",
        (TRACES + "test_alerts_and_failures_keep_no_word_about_the_person",),
    ),
    Mutation(
        "What the customer was sent at an address names them no more",
        "storage/sql/addresses/anonymize_address_touches.sql",
        "SET customer_id = 0, message_id = gen_random_uuid()",
        "SET message_id = gen_random_uuid()",
        (TRACES + "test_no_number_leads_back_from_an_address",),
    ),
    Mutation(
        "A refusal of who was forgotten names nobody",
        "services/operations/personal_data.py",
        '"message_id": str(uuid4())}',
        '"message_id": f"{SOURCE}-{customer}"}',
        (TRACES + "test_no_number_leads_back_from_an_address",),
    ),
    Mutation(
        "What the customer was written to at before goes as well",
        "storage/sql/addresses/written_addresses.sql",
        "AND mode = 'live' AND address <> ''",
        "AND false",
        (TRACES + "test_earlier_addresses_go_too",),
    ),
    Mutation(
        "Addresses that nobody has any more go",
        "services/operations/retention.py",
        "await addresses.delete_unused(connection, unheld)",
        "pass",
        (TRACES + "test_an_address_that_nobody_has_any_more_is_not_kept_in_plain",),
    ),
    Mutation(
        "Who has the address of somebody forgotten keeps their own word",
        "services/operations/personal_data.py",
        "left = set(theirs) - await addresses.list_held(connection, theirs, members)",
        "left = set(theirs)",
        (TRACES + "test_somebody_else_with_the_address_keeps_their_consent",),
    ),
    Mutation(
        "An address that nobody else has is refused when its customer is forgotten",
        "services/operations/personal_data.py",
        "left = set(theirs) - await addresses.list_held(connection, theirs, members)",
        "left = set[Address]()",
        (FORGET + "test_the_address_gets_no_marketing_again_before_somebody_asks_for_it",),
    ),
    Mutation(
        "Nobody is forgotten while a message is on its way",
        "services/operations/personal_data.py",
        "if await personal_data.count_busy(connection, members):",
        "if not members:",
        (FORGET + "test_nobody_is_forgotten_while_a_message_is_on_its_way",),
    ),
    Mutation(
        "An event that waited for the lock begins a new customer",
        "services/ingestion/ingest.py",
        "if await enrollments.lock_customers(connection, [*planned.concerned, *holders]) & planned.concerned:",
        "if await enrollments.lock_customers(connection, [*planned.concerned, *holders]) & set():",
        (FORGET + "test_an_event_that_waited_for_the_lock_is_about_a_new_customer_too",),
    ),
    Mutation(
        "An id of several customers is not guessed",
        "services/naming.py",
        "*(await people.list_kinds(connection, named) if any_kind else ())",
        "*(await people.list_kinds(connection, named) if any_kind else ())[:1]",
        (
            FORGET + "test_an_id_of_several_customers_is_not_guessed",
            NAMING + "test_of_several_nobody_is_taken_and_their_ids_are_told",
        ),
    ),
    Mutation(
        "A no by an address alone goes with whoever has the address",
        "services/operations/personal_data.py",
        "await mentions.forget_withdrawals(connection, names)",
        "0",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
    ),
    Mutation(
        "An address names whoever has it, in any spelling, everywhere",
        "services/naming.py",
        "return await people.find_people(connection, kind, sorted(spellings), addresses=keyed)",
        "return await people.find_people(connection, kind, [value])",
        (NAMING + "test_any_spelling_names_the_customer_everywhere",),
    ),
    Mutation(
        "A key that only triggers is told nobody's ids",
        "api/routes/journeys.py",
        "raise SeveralPeople(error.named) from None",
        "raise",
        ("integration/api/test_personal_data.py::test_a_key_that_only_triggers_is_told_nobodys_ids",),
    ),
    Mutation(
        "Nobody is asked about whom nobody knows",
        "cli/operations/forget.py",
        "found = run_with_runtime(project, lambda runtime: _find(runtime, customer))",
        "found = customer",
        ("integration/cli/test_personal_data.py::test_nobody_is_asked_about_whom_nobody_knows",),
    ),
)
