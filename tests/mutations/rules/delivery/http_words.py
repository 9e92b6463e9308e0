"""What the words of an HTTP answer mean, also those that come with a status of success."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

NONE = "contract/test_http_none_taken.py::test_a_success_that_took_no_message_is_not_read_as_sent"
MISREAD = "contract/test_http_misread.py::"
OUTCOME = "contract/test_http_outcome_words.py::test_whether_a_message_went"
ADDRESSEE = "contract/test_http_addressee_words.py::test_whom_a_refusal_speaks_of"

MUTATIONS = (
    Mutation(
        "A success whose status says that it was not sent is none",
        "channels/verdicts.py",
        'or (first == "not" and',
        'or (first == "never" and',
        (OUTCOME,),
    ),
    Mutation(
        "A code of an error is an error, however it is shortened",
        "channels/verdicts.py",
        "errordescription err errcode errno fault exception",
        "errordescription fault exception",
        (OUTCOME,),
    ),
    Mutation(
        "What is said of the shop's own number is said of no recipient",
        "channels/error_classification.py",
        "(not own and",
        "(",
        (ADDRESSEE,),
    ),
    Mutation(
        "A list that the sender stands on is no wish of the recipient's",
        "channels/error_classification.py",
        "tables.OPTED_OUT, tables.OWN_LISTED)",
        "tables.OPTED_OUT, _NONE)",
        (MISREAD + "test_what_is_said_of_the_shops_own_ends_no_contact",),
    ),
    Mutation(
        "Words about keys end no contact",
        "channels/error_classification.py",
        "tables.GONE, tables.KEYS)",
        "tables.GONE, _NONE)",
        (MISREAD + "test_what_is_said_of_the_shops_own_ends_no_contact",),
    ),
    Mutation(
        "Only the subscription of a device is the recipient's",
        "channels/http_words.py",
        "|(?:push|device|browser) subscription|device|chat)",
        "|subscription|device|chat)",
        (MISREAD + "test_what_is_said_of_the_shops_own_ends_no_contact",),
    ),
    Mutation(
        "What stands twice in the request was not sent twice",
        "channels/error_classification.py",
        "tables.REPEATED, tables.DOUBLED)",
        "tables.REPEATED, _NONE)",
        (
            MISREAD + "test_a_part_of_the_request_that_stands_twice_means_that_nothing_went",
            MISREAD + "test_a_header_that_stands_twice_means_that_no_letter_went",
        ),
    ),
    Mutation(
        "An originator is the sender",
        "channels/http_words.py",
        "(?:sender|originator|",
        "(?:sender|",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "A right that is denied is the shop's",
        "channels/http_words.py",
        "(?:access|permission) denied",
        "(?:access|permission) never",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "A limit of calls is one of the pace",
        "channels/http_words.py",
        "(?:exceeded|reached|hit)",
        "(?:never)",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "Whoever answers STOP has said no",
        "channels/http_words.py",
        "stop (?:message|keyword|",
        "stop (?:",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "An address that stands twice in the request was not sent to",
        "channels/http_words.py",
        "duplicate instance of",
        "duplicate instances of",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "A success that counts its one recipient as refused is none",
        "channels/verdicts.py",
        "(counts_refused(name) and",
        "(False and",
        (NONE,),
    ),
    Mutation(
        "A plain word beside an id outweighs the id",
        "channels/verdicts.py",
        "return _is_settled(fields) and any(",
        "return False and any(",
        (NONE,),
    ),
    Mutation(
        "A state that is unknown says no no",
        "channels/verdicts.py",
        '(_NOT_SO - {"unknown"})',
        "_NOT_SO",
        (NONE,),
    ),
    Mutation(
        "An id of noughts is none",
        "channels/verdicts.py",
        "(folded(name) in _IDS and not _is_nothing(value)) or",
        "(folded(name) in _IDS and bool(value)) or",
        (NONE,),
    ),
    Mutation(
        "Recipients who are suppressed are written to no more",
        "channels/http_words.py",
        "all suppressed",
        "none suppressed",
        (NONE,),
    ),
    Mutation(
        "A success whose words say no is in doubt",
        "channels/verdicts.py",
        "if name in _TOLD for text in _texts(value)):",
        "if name in _STATES for text in _texts(value)):",
        (MISREAD + "test_words_of_a_success_that_say_no_are_not_read_as_sent",),
    ),
    Mutation(
        "What tells that no error was made says that it went",
        "channels/verdicts.py",
        'rest = _ALL_WELL.sub(" ", normalize_text(text))',
        "rest = normalize_text(text)",
        (MISREAD + "test_words_of_a_success_that_say_no_are_not_read_as_sent",),
    ),
)
