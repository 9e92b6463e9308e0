"""Whoever is forgotten is found nowhere, and gets nothing."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

FORGET = "integration/services/operations/test_personal_data.py::"

MUTATIONS = (
    Mutation(
        "Of orders only the money stays",
        "storage/sql/privacy/forget_orders.sql",
        "'order_id', encode(sha256(convert_to(%(salt)s || (properties->>'order_id'), 'UTF8')), 'hex'),",
        "'order_id', properties->'order_id',",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
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
        "storage/people/personal_data.py",
        '(await connection.execute(query("forget_rejected"), {"words": words})).rowcount if words else 0',
        "0",
        (FORGET + "test_nothing_of_a_forgotten_customer_is_found",),
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
        "if await enrollments.lock_customers(connection, [*resolved, *holders]) & set(resolved):",
        "if await enrollments.lock_customers(connection, [*resolved, *holders]) & set():",
        (FORGET + "test_an_event_that_waited_for_the_lock_is_about_a_new_customer_too",),
    ),
    Mutation(
        "An id of several customers is not guessed",
        "services/operations/personal_data.py",
        "if len({owner.customer for owner in owners}) > 1:",
        "if not owners:",
        (FORGET + "test_an_id_of_several_customers_is_not_guessed",),
    ),
)
