"""What providers answer: how much of it is read, whom it speaks of, and that one odd answer spoils no other."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

HTTP = "contract/test_http.py::"
WORDS = "contract/test_http_words.py::test_whom_an_answer_speaks_of"
ODD = "contract/test_http_odd_answers.py::"
NONE = "contract/test_http_none_taken.py::test_a_success_that_took_no_message_is_not_read_as_sent"
MISREAD = "contract/test_http_misread.py::"
UNFIT = "integration/services/delivery/test_unavailable_providers.py::"
BATCH = "integration/services/delivery/test_odd_answers.py::"
OUTCOME = "contract/test_http_outcome_words.py::test_whether_a_message_went"
ADDRESSEE = "contract/test_http_addressee_words.py::test_whom_a_refusal_speaks_of"

MUTATIONS = (
    Mutation(
        "A packed answer is never unpacked beyond what is read",
        "channels/transport.py",
        "unpacking.decompress(body, MAX_BODY + 1)",
        "unpacking.decompress(body)",
        (ODD + "test_a_bomb_is_never_unpacked",),
    ),
    Mutation(
        "No more of an answer is read than a little",
        "channels/transport.py",
        "body, whole = await _read(answer.content)",
        "body, whole = await answer.read(), True",
        (ODD + "test_an_odd_answer_means_no_more_than_it_says",),
    ),
    Mutation(
        "What is read of an answer in part tells nothing",
        "channels/http_response.py",
        "if not answer.whole:",
        "if False:",
        (ODD + "test_an_odd_answer_means_no_more_than_it_says",),
    ),
    Mutation(
        "What providers say is cleaned before it is stored",
        "domain/cleaning.py",
        '_UNFIT.sub("\\ufffd", str(text)[: 8 * longest])',
        "str(text)[: 8 * longest]",
        (HTTP + "test_what_an_answer_means", ODD + "test_all_text_of_an_answer_is_cleaned"),
    ),
    Mutation(
        "One odd answer spoils no other of its batch",
        "services/delivery/settlement.py",
        "is_theirs=lambda error: not is_outage(error)",
        "is_theirs=lambda error: False",
        (BATCH + "test_what_cannot_be_written_down_spoils_no_other",),
    ),
    Mutation(
        "What is too large for the database is no outage",
        "services/failures/enrollment_failures.py",
        " or (isinstance(said, Error) and is_data_error(said))",
        "",
        (BATCH + "test_what_is_too_large_for_the_database_spoils_no_other",),
    ),
    Mutation(
        "An outage that cannot be noted keeps no message from settling",
        "services/delivery/circuit_breaker.py",
        "if not is_data_error(error):",
        "if True:",
        (BATCH + "test_a_failure_that_is_too_large_for_the_database_keeps_no_message_from_settling",),
    ),
    Mutation(
        "A redirect is a fault of the address that is configured",
        "channels/http.py",
        "if 300 <= answer.status < 400:",
        "if 300 <= answer.status < 300:",
        (HTTP + "test_what_an_answer_means",),
    ),
    Mutation(
        "A fault of the account burns no recipient",
        "channels/http.py",
        "ours = blamed is ErrorSubject.ACCOUNT or",
        "ours =",
        (WORDS,),
    ),
    Mutation(
        "What speaks of the recipient is no fault of the account",
        "channels/http.py",
        "(ours and not about_them)",
        "ours",
        (WORDS,),
    ),
    Mutation(
        "A recipient who refused is written to no more",
        "channels/http.py",
        "for_good=blamed in _ENDS",
        "for_good=False",
        (WORDS,),
    ),
    Mutation(
        "A success that says error is none",
        "channels/http_response.py",
        "if says_error(answer.document):",
        "if False:",
        (WORDS,),
    ),
    Mutation(
        "What may have gone already is never taken for a refusal",
        "channels/http.py",
        "if blamed is ErrorSubject.REPEATED or",
        "if",
        (OUTCOME,),
    ),
    Mutation(
        "What came too fast is sent later and harms nobody",
        "channels/http.py",
        "(blamed is ErrorSubject.TOO_FAST and answer.status not in _ALWAYS_ACCOUNT)",
        "False",
        (ADDRESSEE,),
    ),
    Mutation(
        "Whoever is not let in is told nothing about recipients",
        "channels/http.py",
        "blamed is ErrorSubject.GONE and answer.status != 401",
        "blamed is ErrorSubject.GONE",
        (ADDRESSEE,),
    ),
    Mutation(
        "A complaint that a provider remembers is for good",
        "channels/http.py",
        " or answer.names(_COMPLAINED, under=_REASONS)",
        "",
        (ADDRESSEE,),
    ),
    Mutation(
        "A list of what was refused is read by its name",
        "channels/http_response.py",
        "                yield name\n",
        "                pass\n",
        (ADDRESSEE,),
    ),
    Mutation(
        "A success that tells what nobody understands is none",
        "channels/http_response.py",
        "return False if classify_error_text(answer.words) in _PLAIN else None",
        "pass",
        (OUTCOME,),
    ),
    Mutation(
        "An answer in doubt is refused only where it plainly is",
        "channels/http_response.py",
        "return False if classify_error_text(answer.words) in _PLAIN else None",
        "return False",
        (OUTCOME,),
    ),
    Mutation(
        "A number that tells nobody anything is told with its words",
        "channels/http.py",
        "if isinstance(first, int):",
        "if first is None:",
        (HTTP + "test_what_an_answer_means",),
    ),
    Mutation(
        "A 404 of a wrong address kills no contact",
        "channels/http.py",
        "answer.status == 404 and not misplaced",
        "answer.status == 404",
        (HTTP + "test_what_an_answer_means",),
    ),
    Mutation(
        "What success is said to be has to hold",
        "channels/http_response.py",
        "return all(_contains(get_at_path(",
        "return any(_contains(get_at_path(",
        ("contract/test_http_success.py::test_an_answer_is_success_as_it_was_said",),
    ),
    Mutation(
        "What an answer begins with stands at its beginning",
        "channels/http_response.py",
        "return answer.text.lstrip().casefold().startswith(",
        "return any(start in answer.text.casefold() for start in ",
        ("contract/test_http_success.py::test_an_answer_is_success_as_it_was_said",),
    ),
    Mutation(
        "A success of no path at all is an error at its line",
        "config/project_files/provider_success.py",
        'if record.has("json") and record.at("json").value == {}:',
        "if False:",
        ("unit/config/test_broken.py::test_what_is_said_of_a_broken_file",),
    ),
    Mutation(
        "Where the status alone decides, the body does not",
        "channels/http_response.py",
        'if success is not None and success.body == "any":',
        "if success is not None and not success:",
        ("contract/test_http_success.py::test_an_answer_is_success_as_it_was_said",),
    ),
    Mutation(
        "An adapter that is not there is an error at its line",
        "services/projects/loading.py",
        "check_project(root, adapters=AdapterCatalog())",
        "check_project(root)",
        ("unit/config/project_files/test_adapters.py::test_it_is_an_error_at_its_line_and_nowhere_else",),
    ),
    Mutation(
        "A provider that cannot be called is passed over",
        "services/delivery/circuit_breaker.py",
        "if not isinstance(providers.get(name), UnavailableProvider)",
        "if True",
        (UNFIT + "test_the_next_provider_carries_and_it_is_shown_and_said_once",),
    ),
    Mutation(
        "Where no provider can be called, the next channel takes the message",
        "services/delivery/circuit_breaker.py",
        "gone = down | unfit",
        "gone = down",
        (UNFIT + "test_where_there_is_no_other_the_next_channel_takes_it",),
    ),
    Mutation(
        "A channel whose first provider cannot be called is told to whoever asks for the house's health",
        "services/health.py",
        "elif spec.providers and (why :=",
        "elif not spec.providers and (why :=",
        (
            "integration/api/test_health.py::"
            "test_a_channel_whose_first_provider_cannot_be_called_is_named_without_addresses",
        ),
    ),
    Mutation(
        "Publishing pins no address",
        "config/project_files/providers.py",
        "    return written\n",
        "    return address or written\n",
        (UNFIT + "test_publishing_from_another_shell_changes_nothing_for_a_running_stack",),
    ),
    Mutation(
        "Receipts without a secret to prove them with are forged",
        "channels/unavailable.py",
        "if not self.secret:",
        "if False:",
        (UNFIT + "test_its_receipts_are_read_where_its_secret_is_known",),
    ),
    Mutation(
        "What broke at the provider may have gone",
        "channels/http.py",
        " or (blamed is ErrorSubject.NOBODY and is_broken(answer.words))",
        "",
        (MISREAD + "test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone",),
    ),
    Mutation(
        "Why an address was refused is read beside it",
        "channels/http_response.py",
        "yield from (why for why in each.values() if isinstance(why, str))",
        "pass",
        (NONE,),
    ),
)
