"""Attributes: the latest word about each stands, and outlives its event; the members of a person have one profile."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ROWS = "integration/storage/people/test_attributes.py::"
TOLD = "integration/services/ingestion/test_attributes.py::"
BEFORE = "integration/storage/test_attribute_migration.py::"
WRITE = "storage/sql/customers/write_attributes.sql"
DERIVE = "storage/sql/customers/derive_profiles.sql"
READ = "storage/sql/customers/read_attributes.sql"
ATTRIBUTES = "storage/people/attributes.py"

MUTATIONS = (
    Mutation(
        "The latest word about an attribute stands, whenever it arrives",
        WRITE,
        "OR (t.at, t.message_id, coalesce(t.source, '')) > (k.at, k.message_id, coalesce(k.source, ''))",
        "OR true",
        (ROWS + "test_the_order_of_arrival_does_not_matter",),
    ),
    Mutation(
        "Of several words in one request the latest stands",
        ATTRIBUTES,
        'key=lambda row: (row["at"], row["message_id"], row["source"] or "")',
        'key=lambda row: ""',
        (TOLD + "test_several_words_in_one_request_count_by_their_times",),
    ),
    Mutation(
        "An attribute that was taken back stays away",
        WRITE,
        """CROSS JOIN LATERAL jsonb_each(r."values") AS a)""",
        """CROSS JOIN LATERAL jsonb_each(r."values") AS a WHERE a.value <> 'null')""",
        (
            ROWS + "test_what_was_taken_back_stays_away",
            TOLD + "test_what_was_taken_back_does_not_come_back_with_an_older_word",
        ),
    ),
    Mutation(
        "A word that changes no value is later than those before it",
        WRITE,
        "k.customer_id = l.customer_id AND k.name = l.name),",
        "k.customer_id = l.customer_id AND k.name = l.name AND k.value <> l.value),",
        (ROWS + "test_who_changed_is_told_and_only_they_are_written",),
    ),
    Mutation(
        "A profile keeps what its event no longer says",
        WRITE,
        "(c.attributes || s.given) - s.taken AS new",
        "s.given AS new",
        (TOLD + "test_what_was_said_outlives_its_event",),
    ),
    Mutation(
        "The members of a person have one profile",
        DERIVE,
        "coalesce(c.members, ARRAY[c.id]) AS members",
        "ARRAY[c.id] AS members",
        (ROWS + "test_the_members_of_a_person_have_one_profile",),
    ),
    Mutation(
        "Of the words of several members the latest counts",
        DERIVE,
        "ORDER BY m.id, a.name, a.at DESC,",
        "ORDER BY m.id, a.name, a.at,",
        (ROWS + "test_the_members_of_a_person_have_one_profile",),
    ),
    Mutation(
        "What is said of somebody who was merged is known of who stands",
        WRITE,
        "(members IS NOT NULL OR merged_into IS NOT NULL OR profile_version IS NULL)",
        "(members IS NOT NULL OR profile_version IS NULL)",
        (ROWS + "test_who_was_merged_twice_is_followed_to_who_stands",),
    ),
    Mutation(
        "A profile of the version before is kept when its first row is written",
        DERIVE,
        "m.profile_version IS NULL AS unread",
        "false AS unread",
        (
            BEFORE + "test_the_first_word_brings_all_that_is_known_with_who_said_it",
            BEFORE + "test_whoever_has_no_events_keeps_the_profile",
        ),
    ),
    Mutation(
        "What the version before writes meanwhile counts",
        "storage/migrations/versions/0021_attributes.py",
        "BEGIN NEW.profile_version := NULL; RETURN NEW; END",
        "BEGIN RETURN NEW; END",
        (BEFORE + "test_what_the_version_before_writes_meanwhile_counts",),
    ),
    Mutation(
        "What an event says is known by that event, not by the profile",
        READ,
        "WHERE NOT EXISTS (SELECT FROM told t WHERE t.id = p.id AND t.name = a.key)),",
        "),",
        (BEFORE + "test_the_first_word_brings_all_that_is_known_with_who_said_it",),
    ),
    Mutation(
        "The attributes of a forgotten customer are deleted",
        "storage/people/personal_data.py",
        '    "identity",\n    "attribute",\n',
        '    "identity",\n',
        (TOLD + "test_nothing_of_a_forgotten_customer_is_left_in_a_dump",),
    ),
    Mutation(
        "A simulation knows what no event says any more",
        "services/simulation/recorded_history.py",
        'query("history_attributes"), {"since": since}',
        'query("history_attributes"), {"since": datetime.min}',
        (TOLD + "test_a_simulation_knows_what_no_event_says_any_more",),
    ),
)
