"""One person is read as one, by whoever may, page by page."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CUSTOMERS = "integration/api/reading/test_customers.py::"
STOCK = "integration/api/reading/test_stock.py::"

MUTATIONS = (
    Mutation(
        "A page begins exactly where the last one ended",
        "storage/sql/reading/person_timeline.sql",
        "(at, id) < (%(before)s, %(before_id)s))",
        "at < %(before)s OR %(before_id)s IS NULL)",
        (CUSTOMERS + "test_pages_neither_repeat_nor_skip_while_events_arrive",),
    ),
    Mutation(
        "The history is that of all members",
        "storage/sql/reading/person_timeline.sql",
        "WHERE e.customer_id = ANY(%(members)s) AND e.occurred_at <= %(at)s",
        "WHERE e.customer_id = (%(members)s)[1] AND e.occurred_at <= %(at)s",
        (CUSTOMERS + "test_all_members_are_one_person",),
    ),
    Mutation(
        "Who was known before a merge is followed to who stands",
        "storage/sql/merging/follow_customers.sql",
        "standing_customer(id) AS standing",
        "id AS standing",
        ("integration/services/identities/test_merges_while_sending.py::test_the_outcome_waits_for_who_stands",),
    ),
    Mutation(
        "Who was forgotten is not known",
        "storage/sql/reading/find_person.sql",
        "c.forgotten_at IS NULL AND ",
        "",
        (CUSTOMERS + "test_who_was_forgotten_is_404",),
    ),
    Mutation(
        "Of several people with one address none is shown",
        "services/naming.py",
        "if len(found) > 1:",
        "if len(found) > 9:",
        (CUSTOMERS + "test_a_name_of_several_people_is_nobodys",),
    ),
    Mutation(
        "What a merge wrote of rows is shown to nobody",
        "services/reading/timeline.py",
        "{} if engines or row.name == MERGED else plain(dict(row.attributes))",
        "plain(dict(row.attributes))",
        (CUSTOMERS + "test_no_number_of_a_row_is_anywhere",),
    ),
    Mutation(
        "A test is no message to the customer",
        "storage/sql/reading/person_timeline.sql",
        " AND m.mode = 'live' AND t.at",
        " AND t.at",
        (CUSTOMERS + "test_what_became_of_a_message_is_in_the_history",),
    ),
    Mutation(
        "Of two words at one place the later counts, whichever member said it",
        "storage/sql/reading/person_consents.sql",
        "WHERE customer_id = ANY(%(members)s)",
        "WHERE customer_id = %(customer)s",
        (CUSTOMERS + "test_all_members_are_one_person",),
    ),
    Mutation(
        "What nobody told of is unknown, not zero",
        "services/reading/stock.py",
        "total=plain(sum(units, Decimal(0))) if units else None",
        "total=plain(sum(units, Decimal(0)))",
        (STOCK + "test_stock_is_told_by_store_with_its_time",),
    ),
)
