"""Properties by their types: read into one form, or spoiled by name and told."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

TRAITS = "unit/services/ingestion/test_typed_traits.py::"
TYPES = "unit/services/ingestion/test_property_types.py::"
MISREAD = "unit/services/ingestion/test_misread_values.py::"
INSTANTS = "unit/domain/test_instants.py::"
CONTEXT = "unit/services/ingestion/test_event_context.py::"
STORED = "integration/services/ingestion/test_typed_events.py::"
DATES = "integration/services/decisions/entries/test_date_triggers.py::"

MUTATIONS = (
    Mutation(
        "What stands in place of an order's id is no order",
        "services/ingestion/property_types.py",
        "return _read_id(key, value) if kind is ValueType.TEXT and value is not None and _is_id(key) else value",
        "return value",
        (
            TYPES + "test_an_id_is_trimmed_and_what_stands_in_place_of_one_is_spoiled",
            TYPES + "test_the_ids_of_a_line_are_trimmed_and_a_label_or_a_place_may_be_any",
        ),
    ),
    Mutation(
        "Nobody is born today in a hundred years",
        "services/ingestion/property_types.py",
        'OLDEST_BIRTHDAY < day <= f"{today}"',
        "True",
        (TRAITS + "test_nobody_is_born_before_their_grandparents_or_after_today",),
    ),
    Mutation(
        "No number spoils its property alone",
        "services/ingestion/event_limits.py",
        "        if isinstance(value, str) and not number.is_finite():\n            return\n",
        "",
        ("unit/services/ingestion/test_bounds.py::test_what_only_looks_odd_is_taken",),
    ),
    Mutation(
        "The code of no currency is none",
        "domain/values/amounts.py",
        "frozenset(list_currencies()) - _NO_MONEY",
        "frozenset(list_currencies())",
        (TYPES + "test_money_in_no_sure_currency_is_spoiled",),
    ),
    Mutation(
        "A time zone that is none changes nothing",
        "services/ingestion/property_types.py",
        "_set_trait(typed, key, read_zone(said))",
        "_set_trait(typed, key, read_zone(said) or said)",
        (TRAITS + "test_a_time_zone_that_is_none_changes_nothing_and_is_told",),
    ),
    Mutation(
        "Minutes as JavaScript counts them are no offset",
        "domain/values/zones.py",
        r"(?P<hours>\d{1,2}(?!\d)|\d\d(?=\d\d))",
        r"(?P<hours>\d{1,2})",
        ("unit/domain/test_zones.py::test_what_is_no_zone_is_not_guessed",),
    ),
    Mutation(
        "What cannot be read is left out",
        "services/ingestion/property_types.py",
        "        place.pop(key, None)\n",
        "",
        (TYPES + "test_what_cannot_be_read_spoils_itself_alone_and_is_told",),
    ),
    Mutation(
        "What cannot be read is named",
        "services/ingestion/property_types.py",
        "self._spoiled.setdefault(prefix + key, said)",
        "pass",
        (
            TYPES + "test_what_cannot_be_read_spoils_itself_alone_and_is_told",
            MISREAD + "test_what_has_none_or_two_is_unknown_and_told",
        ),
    ),
    Mutation(
        "A source is told what could not be read",
        "services/ingestion/segment_events.py",
        "yield RejectionCode.SPOILED, event.unread",
        "yield from ()",
        (TYPES + "test_what_cannot_be_read_spoils_itself_alone_and_is_told",),
    ),
    Mutation(
        "What is spoiled is stored",
        "storage/sql/events/insert_events.sql",
        "SELECT message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled, origin",
        "SELECT message_id, customer_id, name, source, occurred_at, received_at, properties, NULL, origin",
        (STORED + "test_what_is_spoiled_is_stored_beside_what_could_be_read",),
    ),
    Mutation(
        "A line says what is spoiled in it",
        "services/ingestion/property_types.py",
        "place[SPOILED] = sorted({*place.get(SPOILED, ()), key})",
        "pass",
        (TYPES + "test_a_spoiled_value_of_a_line_spoils_itself_alone",),
    ),
    Mutation(
        "A negative quantity is rejected",
        "services/ingestion/property_types.py",
        "if QUANTITY in self._kinds and is_negative(values.get(QUANTITY)):",
        "if False:",
        (
            TYPES + "test_nobody_knows_what_a_negative_quantity_means",
            MISREAD + "test_what_means_nothing_is_rejected_and_the_rest_is_stored",
        ),
    ),
    Mutation(
        "A negative quantity of a line is spoiled",
        "services/ingestion/property_types.py",
        "if is_negative(line.get(QUANTITY)):",
        "if False:",
        (TYPES + "test_a_spoiled_value_of_a_line_spoils_itself_alone",),
    ),
    Mutation(
        "Beside a currency that is none no amount is known",
        "services/ingestion/property_types.py",
        "if currency == UNREADABLE:",
        "if currency == UNREADABLE and currency:",
        (TYPES + "test_money_in_no_sure_currency_is_spoiled",),
    ),
    Mutation(
        "Amounts in several currencies are not guessed",
        "services/ingestion/property_types.py",
        "if len(named) > 1:",
        "if len(named) > 9:",
        (TYPES + "test_one_foreign_currency_of_lines_is_that_of_the_event_and_several_are_none",),
    ),
    Mutation(
        "Keys in lines are in snake case",
        "services/ingestion/property_types.py",
        "line, prefix = snake_keys(item),",
        "line, prefix = dict(item),",
        (TYPES + "test_lines_are_read_as_what_stands_outside_of_them",),
    ),
    Mutation(
        "Consents are read by their own readers",
        "services/ingestion/event_vocabulary.py",
        "kinds |= {name: {} for name in UNTYPED_EVENTS}",
        "pass",
        (TYPES + "test_consents_are_read_by_readers_of_their_own",),
    ),
    Mutation(
        "An address is no value of a type",
        "services/ingestion/event_vocabulary.py",
        " if key not in TRAIT_CHANNELS",
        "",
        (TRAITS + "test_a_spoiled_trait_is_left_out_and_told_and_an_address_is_read_elsewhere",),
    ),
    Mutation(
        "The formats of a source are read exactly",
        "domain/values/instants.py",
        "if read.format(each) == text:",
        "if read:",
        (INSTANTS + "test_what_names_no_instant_is_not_guessed",),
    ),
    Mutation(
        "The formats of a source are in its own zone",
        "services/ingestion/event_vocabulary.py",
        "zone=(spec.time_zone if spec else None) or shop.time_zone,",
        'zone="UTC",',
        (TYPES + "test_the_marks_and_times_of_a_source_are_its_own",),
    ),
    Mutation(
        "A small number is no instant",
        "domain/values/instants.py",
        "UNITS = ((10**8, timedelta(seconds=1)),",
        "UNITS = ((0, timedelta(seconds=1)),",
        (INSTANTS + "test_what_names_no_instant_is_not_guessed",),
    ),
    Mutation(
        "The day of an instant is the customer's own",
        "domain/values/instants.py",
        "day_of(read, zone, dialect.shop_zone)",
        "day_of(read, dialect.shop_zone)",
        (INSTANTS + "test_the_day_of_an_instant_is_the_customers_own",),
    ),
    Mutation(
        "The day of a birthday is by the zone of the profile",
        "services/ingestion/ingest.py",
        "day_of(instant, zone, shop.time_zone)",
        "day_of(instant, shop.time_zone)",
        (STORED + "test_a_birthday_told_as_an_instant_is_the_day_where_the_customer_is",),
    ),
    Mutation(
        "A birthday without a year is kept",
        "storage/entrance_scans.py",
        "WHEN '--' THEN 3 ELSE 6 END",
        "WHEN '--' THEN 6 ELSE 6 END",
        (DATES + "test_at_ten_on_everybodys_own_clock",),
    ),
    Mutation(
        "A page is an event",
        "services/ingestion/event_context.py",
        '"page": "page_viewed", ',
        "",
        (CONTEXT + "test_a_page_is_an_event_with_its_address_and_its_campaign",),
    ),
    Mutation(
        "The traits of a group are not its members'",
        "services/ingestion/segment_events.py",
        'own = {} if called else get_object(raw, "traits")',
        'own = get_object(raw, "traits")',
        (CONTEXT + "test_a_screen_a_group_and_an_alias_are_events",),
    ),
    Mutation(
        "Every event keeps its context",
        "services/ingestion/ingest.py",
        "properties.setdefault(CONTEXT, kept)",
        "pass",
        (
            STORED + "test_the_context_of_an_event_can_be_asked",
            STORED + "test_every_event_keeps_its_context_a_profile_too",
        ),
    ),
    Mutation(
        "An address of the context is never cut",
        "services/ingestion/event_context.py",
        "if text and len(text) <= _longest(key)}",
        "if text}",
        (CONTEXT + "test_what_is_kept_is_bounded",),
    ),
    Mutation(
        "Another library makes no other event",
        "services/ingestion/message_ids.py",
        " if key not in SENDER_KEYS}",
        "}",
        (CONTEXT + "test_whatever_sends_an_event_again_it_is_the_same",),
    ),
    Mutation(
        "What was said in place of a spoiled value is explained",
        "services/explaining/event_texts.py",
        'f"{text}{_describe_spoiled(row)}"',
        "text",
        (STORED + "test_the_history_says_what_could_not_be_read",),
    ),
)
