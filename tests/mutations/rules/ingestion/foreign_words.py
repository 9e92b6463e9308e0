"""A no in the words of others: in lists, settings, answers and messages that came in."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

AGREEING = "unit/services/ingestion/test_agreeing_words.py::"
REFUSING = "unit/services/ingestion/test_refusals.py::"
FOREIGN_WORDS = "integration/services/ingestion/test_foreign_refusals.py::"
FOREIGN = "services/ingestion/refusals/refusal_words.py"
FOREIGN_TESTS = "unit/services/ingestion/test_foreign_refusals.py::"

MUTATIONS = (
    Mutation(
        "A no in a list of subscriptions is heard",
        FOREIGN,
        "            yield from _listed(name, value, depth)\n",
        "            yield from ()\n",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A subscription in a list is one of its own channel",
        FOREIGN,
        "name.said | _channel_of(value)",
        "name.said",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A topic is answered under any name",
        FOREIGN,
        "    if said & of.SUBSCRIBING and said & of.TOPICS and",
        "    if False and",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A clear no is one under any name",
        FOREIGN,
        "word in of.NOT_SUBSCRIBED and",
        "False and",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "The shop's own plan is no subscription of messages",
        FOREIGN,
        "(word in of.NOT_SUBSCRIBED and not name.said & of.OTHER_THINGS)",
        "word in of.NOT_SUBSCRIBED",
        (FOREIGN_TESTS + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "Leave that is not given is a no",
        FOREIGN,
        "beside = of.SPOKEN | of.ALLOWING | of.AGREEING",
        "beside = of.SPOKEN | of.AGREEING",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A profile that says no stays one, whatever else is wrong in it",
        "services/ingestion/segment_events.py",
        "if kind == IDENTIFY and (raw",
        "if not kind and (raw",
        (REFUSING + "test_a_profile_that_says_no_keeps_all_that_is_right_in_it",),
    ),
    Mutation(
        "What was understood is taken back, no more",
        "services/ingestion/segment_events.py",
        "words = no.words[0] if said is None",
        "words = said if said is None",
        (REFUSING + "test_answers_with_something_wrong_beside_take_back_each_what_it_says",),
    ),
    Mutation(
        "Each of several answers counts of the customer",
        "services/ingestion/refusals/refusal_events.py",
        " and place == 0 else",
        "  else",
        (FOREIGN_WORDS + "test_each_of_several_answers_counts_although_something_is_wrong_beside_them",),
    ),
    Mutation(
        "A standing no is written no more often than twice",
        "storage/sql/customers/write_refusals.sql",
        "AND NOT w.texts[1] AS is_again",
        "AND w.texts[1] AS is_again",
        (FOREIGN_WORDS + "test_a_standing_no_is_kept_as_its_first_and_its_last",),
    ),
    Mutation(
        "A no under the id of another event counts",
        "services/ingestion/refusals/lost_ids.py",
        "    if not missing:",
        "    if missing or not missing:",
        ("integration/services/ingestion/test_lost_ids.py::test_a_no_under_the_id_of_another_event_counts",),
    ),
    Mutation(
        "A no under the id of another event of its request is not that one's",
        "services/ingestion/refusals/lost_ids.py",
        "event.refusal is not None and other != event",
        "False",
        ("integration/services/ingestion/test_lost_ids.py::test_a_no_under_the_id_of_another_event_counts",),
    ),
    Mutation(
        "What stands in place of an id is none",
        "services/ingestion/message_ids.py",
        " or (isinstance(said, str) and is_placeholder(said)):",
        ":",
        ("unit/services/ingestion/test_placeholder_ids.py::test_a_placeholder_is_no_id",),
    ),
    Mutation(
        "A grant that says no in clear words is a withdrawal",
        "services/ingestion/refusals/refusal_events.py",
        "return None if denied is None else",
        "return None if not denied or denied else",
        (REFUSING + "test_a_grant_that_says_no_in_clear_words_takes_back_what_it_names",),
    ),
    Mutation(
        "A complaint about an e-mail closes no number",
        "services/ingestion/refusals/refusal_events.py",
        "return (Channel.EMAIL,) if Channel.EMAIL in reached else",
        "return () if Channel.EMAIL in reached else",
        (REFUSING + "test_a_complaint_closes_the_channel_that_it_is_about",),
    ),
    Mutation(
        "Whoever asks to be erased gets no advertisements",
        FOREIGN,
        "    if bars(said) or erases(said):",
        "    if bars(said):",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A no in changed settings is heard",
        "services/ingestion/refusals/reported_noes.py",
        "    if not said & of.CHANGED:",
        "    if said & of.CHANGED:",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A message that came in and says STOP is STOP",
        "services/ingestion/refusals/refusal_events.py",
        "refusal_words.stops(said) or reported_noes.stops(said, own)",
        "refusal_words.stops(said)",
        (REFUSING + "test_a_message_that_came_in_and_says_stop_closes_the_number",),
    ),
    Mutation(
        "A no dated by a clock that is not set counts as of now",
        "services/ingestion/segment_events.py",
        "at < EARLIEST_NO",
        "at is None",
        (REFUSING + "test_a_no_that_a_clock_dated_which_is_not_set_counts_as_of_now",),
    ),
    Mutation(
        "A withdrawal with a misspelt key withdraws the widest",
        "services/ingestion/consenting/consents.py",
        "misspelt = _misspelt(said) if withdrawn else {}",
        "misspelt: dict[str, str] = {}",
        (AGREEING + "test_a_misspelt_key_withdraws_the_widest_and_is_told",),
    ),
    Mutation(
        "Who does not agree says no",
        FOREIGN,
        "beside = of.SPOKEN | of.ALLOWING | of.AGREEING",
        "beside = of.SPOKEN | of.ALLOWING",
        (AGREEING + "test_who_does_not_agree_says_no",),
    ),
)
