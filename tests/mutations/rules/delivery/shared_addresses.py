"""The address is the second mutex, and one mailbox gets one message."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

SHARED = "integration/services/delivery/test_shared_addresses.py::"
RACES = "integration/services/delivery/test_shared_address_races.py::"
UNIT = "unit/domain/decisions/test_shared_address.py::"
CHECK = "services/delivery/send_check.py"
RULE = "domain/decisions/shared_address.py"
WAITS = RACES + "test_while_one_stands_between_lock_and_look_the_other_waits"

MUTATIONS = (
    Mutation(
        "The check locks the address: no address lock",
        "storage/sql/addresses/lock_for_sending.sql",
        " FOR NO KEY UPDATE OF a SKIP LOCKED",
        "",
        (WAITS,),
    ),
    Mutation(
        "A message whose address is busy waits",
        CHECK,
        "ours = [message for message in mine if not shared.is_busy(message)]",
        "ours = mine",
        (WAITS,),
    ),
    Mutation(
        "A check waits for nobody's address",
        "storage/sql/addresses/lock_for_sending.sql",
        " SKIP LOCKED",
        "",
        (WAITS,),
    ),
    Mutation(
        "Customers are locked before addresses",
        CHECK,
        (
            "        locked = await messages.lock_for_send_check(connection, held)\n"
            "        mine = [message for message in held if message.id in locked]\n"
            "        shared = await SharedAddresses.lock(deps, connection, mine)\n"
        ),
        (
            "        shared = await SharedAddresses.lock(deps, connection, held)\n"
            "        locked = await messages.lock_for_send_check(connection, held)\n"
            "        mine = [message for message in held if message.id in locked]\n"
        ),
        (
            "integration/services/delivery/test_send_check_order.py::test_the_address_is_read_once_its_customer_is_locked",
        ),
    ),
    Mutation(
        "What was sent to an address is read after the lock",
        CHECK,
        "    await shared.read_touches(connection, ours, instants)\n",
        "",
        (SHARED + "test_a_number_and_a_device_are_addresses_too", WAITS),
    ),
    Mutation(
        "Two of one micro-batch to one address are folded",
        CHECK,
        "shared.add(message, seen.instants.of(message.customer))",
        "pass",
        (SHARED + "test_of_one_micro_batch_the_first_goes",),
    ),
    Mutation(
        "What goes to an address is stored with its hash",
        CHECK,
        "await addresses.write_touches(connection,",
        "await addresses.write_touches(connection, [] and",
        (WAITS,),
    ),
    Mutation(
        "What failed for good was not sent",
        "storage/sql/addresses/address_touches.sql",
        "WHERE m.id IS NULL OR m.status",
        "WHERE coalesce(true, false) OR m.status",
        (SHARED + "test_what_the_provider_refused_was_not_sent",),
    ),
    Mutation(
        "What may have been sent counts",
        "storage/sql/addresses/address_touches.sql",
        " OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL)",
        "",
        (SHARED + "test_what_may_have_been_sent_counts",),
    ),
    Mutation(
        "A transactional message always goes",
        RULE,
        "    if own.purpose is Purpose.TRANSACTIONAL:\n        return None\n",
        "",
        (UNIT + "test_what_another_customer_with_the_address_was_sent",),
    ),
    Mutation(
        "What a customer gets twice is no shared address",
        RULE,
        "if touch.customer != own.customer]",
        "]",
        (UNIT + "test_what_another_customer_with_the_address_was_sent",),
    ),
    Mutation(
        "The same message counts for as long as `again_after`, within limits",
        RULE,
        "min(max(again.as_timedelta, BETWEEN_MESSAGES), LONGEST)",
        "again.as_timedelta",
        (UNIT + "test_how_long_the_same_message_counts",),
    ),
    Mutation(
        "Another advertisement is held until there has been some time",
        CHECK,
        "return verdict if isinstance(verdict, Defer) else Defer(now, verdict.reason)",
        "return Defer(now, verdict.reason)",
        (SHARED + "test_another_advertisement_is_held_and_goes_three_hours_later",),
    ),
    Mutation(
        "What an address had once ends the step in every channel",
        "domain/decisions/cascade_action.py",
        "shared = any(attempt.reason is Reason.SAME_ADDRESS for attempt in attempts)",
        "shared = False",
        (UNIT + "test_the_step_ends_and_no_other_channel_takes_it",),
    ),
    Mutation(
        "An address from before it had a row gets one by the check",
        "storage/people/addresses.py",
        "if contact.key and not contact.hash",
        "if not contact",
        (SHARED + "test_an_address_that_was_told_before_it_had_a_row_is_a_mutex_too",),
    ),
    Mutation(
        "Whoever gets an address waits for the check of it",
        "services/ingestion/ingest.py",
        "[*fresh, *refused, *theirs]",
        "[*refused, *theirs]",
        (RACES + "test_a_new_holder_waits_for_the_look_and_nobody_else_does",),
    ),
    Mutation(
        "In a simulation customers with one address move in order of time",
        "services/simulation/shared_mailboxes.py",
        "if at > first and customer in waiting",
        "if at > first and not customer",
        ("integration/services/simulation/test_shared_mailboxes.py::test_it_decides_what_the_live_engine_decides",),
    ),
    Mutation(
        "In a simulation a number is one however it is written",
        "services/simulation/simulator.py",
        "SharedMailboxes(owners, people, self._runtime.catalogue.project.shop.home)",
        "SharedMailboxes(owners, people, None)",
        ("integration/services/simulation/test_shared_mailboxes.py::test_it_decides_what_the_live_engine_decides",),
    ),
)
