"""A cart is changed only by whoever has seen it as it is."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CARTS = "integration/api/reading/test_carts.py::"

MUTATIONS = (
    Mutation(
        "A cart that has changed is not overwritten",
        "services/reading/cart_writing.py",
        "if not request.fits(cart):",
        "if request.fits(cart) is None:",
        (CARTS + "test_a_change_of_an_event_changes_the_tag", CARTS + "test_without_a_condition_nothing_is_written"),
    ),
    Mutation(
        "The cart is judged under its customer's lock",
        "services/reading/cart_writing.py",
        "forgotten = await enrollments.lock_customers(connection, [person.customer])",
        "forgotten = frozenset[int]()",
        (CARTS + "test_of_two_writers_with_one_tag_one_wins",),
    ),
    Mutation(
        "A change that changes nothing is a change",
        "services/reading/carts.py",
        'row["updated_at"].astimezone(UTC), row["change"]]',
        'row["updated_at"].astimezone(UTC)]',
        (CARTS + "test_of_two_writers_with_one_tag_one_wins",),
    ),
    Mutation(
        "Who has seen the cart after an order means a new one",
        "domain/cart.py",
        " and not is_said(said.get(REPLACES)) and contains(",
        " and contains(",
        (CARTS + "test_a_cart_told_after_an_order_by_somebody_who_saw_it_is_a_new_cart",),
    ),
    Mutation(
        "What is written last is the last word of its instant",
        "storage/reading/people.py",
        'f"~cart:{nanoseconds:020d}:{digest}"',
        'f"!cart:{nanoseconds:020d}:{digest}"',
        (CARTS + "test_writers_and_events_of_one_instant_leave_the_last_word",),
    ),
    Mutation(
        "A cart that cannot be read in full changes nothing",
        "services/reading/cart_writing.py",
        "if parsed.remarks or not parsed.events:",
        "if not parsed.events:",
        (CARTS + "test_a_cart_that_cannot_be_read_changes_nothing",),
    ),
    Mutation(
        "A key that everybody can read writes no cart",
        "api/writers.py",
        "if spec.public:",
        "if spec.public and not source:",
        (CARTS + "test_who_may_write_and_who_may_read",),
    ),
    Mutation(
        "No page of another origin gets an answer of the reading API",
        "api/cors.py",
        " and not path.startswith(CLOSED)",
        "",
        (CARTS + "test_no_page_of_another_origin_reads_or_writes",),
    ),
)
