"""What a call's end means: sent, refused, not processed, or not known."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PROVIDERS = "contract/test_providers.py::"

MUTATIONS = (
    Mutation(
        "A domain in letters of its own is nobody else's",
        "domain/hostname.py",
        'idna.encode(label, uts46=True).decode("ascii")',
        'label.encode("idna").decode("ascii")',
        ("contract/test_mime.py::test_a_domain_in_letters_of_its_own_goes_as_ascii",),
    ),
    Mutation(
        "A connection lost after DATA leaves it unknown",
        "channels/smtp_response.py",
        'return Unknown(f"after DATA had begun',
        'return Retry(f"after DATA had begun',
        (PROVIDERS + "test_lost_after_it_was_taken_is_unknown_and_a_look_up_heals_it",),
    ),
    Mutation(
        "An answer that does not come leaves it unknown",
        "channels/http.py",
        'return Unknown(f"{type(answer)',
        'return Retry(f"{type(answer)',
        (PROVIDERS + "test_a_server_slower_than_the_time_out_leaves_it_unknown",),
    ),
    Mutation(
        "A fault of the server that does not say 'not processed' leaves it unknown",
        "channels/http.py",
        "return Unknown(_why(answer), outage",
        "return Retry(_why(answer), outage",
        ("contract/test_http.py::test_what_an_answer_means",),
    ),
    Mutation(
        "Whom no connection reached may be tried again",
        "channels/http.py",
        "if isinstance(answer, NOT_SENT):",
        "if isinstance(answer, ()):",
        (PROVIDERS + "test_after_a_refused_connection_it_may_be_sent_again",),
    ),
    Mutation(
        "A look-up at a wrong address claims nothing",
        "channels/http.py",
        'case 404, "unknown":',
        "case 404, _:",
        (PROVIDERS + "test_a_look_up_at_a_wrong_address_claims_nothing",),
    ),
    Mutation(
        "Every call carries the message's own key",
        "channels/http.py",
        '"Idempotency-Key": str(message.id)}',
        '"Idempotency-Key": str(id(message))}',
        (PROVIDERS + "test_the_same_key_twice_is_processed_once_and_told_apart",),
    ),
    Mutation(
        "Every mail carries the message's own id",
        "channels/mime.py",
        '"Message-ID: <{message.id}@',
        '"Message-ID: <{id(message)}@',
        ("contract/test_mime.py::test_a_message_can_be_read_as_it_was_meant",),
    ),
)
