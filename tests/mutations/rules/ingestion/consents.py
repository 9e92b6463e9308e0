"""Consents: what a grant and a withdrawal say, in the words of their sources."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CONSENTS = "unit/services/ingestion/test_consents.py::"
DOUBTS = "unit/services/ingestion/test_doubts.py::"
REFUSED = "integration/services/ingestion/test_consents.py::"

MUTATIONS = (
    Mutation(
        "A grant in which something says no grants nothing",
        "services/ingestion/consenting/unclear_grants.py",
        "consent_answers.is_no(value, words_of(key))",
        "consent_answers.is_no(None, words_of(key))",
        (DOUBTS + "test_a_grant_whose_own_words_say_no_grants_nothing",),
    ),
    Mutation(
        "An answer in a grant is a known yes or a doubt",
        "services/ingestion/consenting/unclear_grants.py",
        "if grant.strict and not consent_answers.is_yes(value):",
        "if grant.strict and consent_answers.is_nothing(value):",
        (DOUBTS + "test_a_grant_whose_own_words_say_no_grants_nothing",),
    ),
    Mutation(
        "Under the name of a no a yes is a no",
        "services/ingestion/consenting/unclear_grants.py",
        "elif consent_answers.denies(key):",
        "elif False:",
        (DOUBTS + "test_a_grant_whose_own_words_say_no_grants_nothing",),
    ),
    Mutation(
        "A text that was agreed to may speak of a no",
        "services/ingestion/consenting/consent_answers.py",
        "or about & PROOF:",
        "or not said:",
        (DOUBTS + "test_a_grant_beside_which_nothing_says_no_is_one",),
    ),
    Mutation(
        "A yes to one channel is no grant of every channel",
        "services/ingestion/consenting/consents.py",
        "narrower |= BY_CHANNEL",
        "narrower |= set()",
        (DOUBTS + "test_a_yes_to_less_than_everything_is_no_grant_of_everything",),
    ),
    Mutation(
        "A no to analytics in a context is no word about messages",
        "services/ingestion/consenting/unclear_grants.py",
        "return bool(said) and said <= HARMLESS",
        "return not said",
        (DOUBTS + "test_what_was_refused_beside_messages_is_no_word_about_them",),
    ),
    Mutation(
        "A word that nobody knows spoils a grant, whatever stands before it",
        "services/ingestion/consenting/consents.py",
        "or not all(word in every or word in known for word in words):",
        "or not any(word in every or word in known for word in words):",
        (CONSENTS + "test_a_grant_that_is_not_understood_grants_nothing",),
    ),
    Mutation(
        "Under two spellings all is taken back",
        "services/ingestion/consenting/consents.py",
        "for part in (value, more) for given",
        "for part in (value,) for given",
        (CONSENTS + "test_under_two_spellings_all_is_taken_back_and_nothing_granted",),
    ),
    Mutation(
        "Whoever wants no calls gets none of marketing",
        "services/ingestion/consenting/consents.py",
        "[*wide, *by_call]",
        "wide",
        (CONSENTS + "test_whoever_wants_no_calls_gets_none_of_marketing",),
    ),
    Mutation(
        "Words of consents are folded",
        "services/ingestion/consenting/consent_answers.py",
        "if character.isalnum() or character ==",
        "if character.isprintable() or character ==",
        (CONSENTS + "test_words_that_mean_one_thing_are_one_word", REFUSED + "test_a_withdrawal_in_any_words_is_one"),
    ),
    Mutation(
        "An unknown channel in a withdrawal is every channel",
        "services/ingestion/consenting/consents.py",
        "[None] if odd_channels or channels is None else channels",
        "[] if odd_channels else [None] if channels is None else channels",
        (
            CONSENTS + "test_a_withdrawal_that_is_not_understood_takes_back_the_widest",
            REFUSED + "test_a_withdrawal_in_any_words_is_one",
        ),
    ),
    Mutation(
        "An unknown topic in a withdrawal is every topic",
        "services/ingestion/consenting/consents.py",
        "[None] if odd_topics or about is None else about",
        "[] if odd_topics else [None] if about is None else about",
        (CONSENTS + "test_a_withdrawal_that_is_not_understood_takes_back_the_widest",),
    ),
    Mutation(
        "An unknown purpose in a withdrawal is every purpose",
        "services/ingestion/consenting/consents.py",
        "if odd_purposes or every_purpose:",
        "if every_purpose and not odd_purposes:",
        (CONSENTS + "test_a_withdrawal_that_is_not_understood_takes_back_the_widest",),
    ),
    Mutation(
        "A grant that is not understood grants nothing",
        "services/ingestion/consenting/consents.py",
        "if unclear and not withdrawn:",
        "if unclear and withdrawn is None:",
        (
            CONSENTS + "test_a_grant_that_is_not_understood_grants_nothing",
            REFUSED + "test_an_unclear_grant_grants_nothing_and_takes_nothing_back",
        ),
    ),
    Mutation(
        "An empty answer grants nothing",
        "services/ingestion/consenting/consents.py",
        "(*_written_twice(said), *_left_empty(said))",
        "_written_twice(said)",
        ("unit/services/ingestion/test_consents.py::test_an_empty_answer_grants_nothing_and_takes_back_the_widest",),
    ),
    Mutation(
        "A grant of one channel is none of every channel, whatever it calls it",
        "services/ingestion/consenting/narrower_grants.py",
        "(not named.channel and _is_channel(key, part))",
        "False",
        (
            "unit/services/ingestion/test_doubts.py"
            "::test_a_grant_that_names_its_channel_under_another_name_is_none_of_every_channel",
        ),
    ),
    Mutation(
        "A grant with limits that are not read grants nothing",
        "services/ingestion/consenting/narrower_grants.py",
        "(_limits(key, named) or ",
        "(",
        ("unit/services/ingestion/test_doubts.py::test_a_grant_with_limits_that_are_not_read_grants_nothing",),
    ),
)
