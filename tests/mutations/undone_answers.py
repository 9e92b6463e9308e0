"""What providers answer: how much of it is read, whom it speaks of, and that one odd answer spoils no other."""

from __future__ import annotations

from mutation import Mutation

HTTP = "contract/test_http.py::"
WORDS = "contract/test_http_words.py::test_whom_an_answer_speaks_of"
ODD = "contract/test_http_odd_answers.py::"
SMTP = "contract/test_smtp_words.py::test_whom_an_answer_speaks_of"
UNFIT = "integration/test_unfit_providers.py::"
BATCH = "integration/test_odd_answers.py::"

MUTATIONS = (
    Mutation(
        "A packed answer is never unpacked beyond what is read",
        "channels/transport.py",
        "unpacking.decompress(body, MOST + 1)",
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
        "channels/answers.py",
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
        "services/sending/settling.py",
        "if is_outage(error):",
        "if error:",
        (BATCH + "test_what_cannot_be_written_down_spoils_no_other",),
    ),
    Mutation(
        "What is too large for the database is no outage",
        "services/mending/faults.py",
        " or (isinstance(said, Error) and is_of_the_data(said))",
        "",
        (BATCH + "test_what_is_too_large_for_the_database_spoils_no_other",),
    ),
    Mutation(
        "An outage that cannot be noted keeps no message from settling",
        "services/sending/outages.py",
        "if not is_of_the_data(error):",
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
        "ours = blamed is Blame.ACCOUNT or",
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
        "for_good=blamed is Blame.REFUSED",
        "for_good=False",
        (WORDS,),
    ),
    Mutation(
        "A success that says error is none",
        "channels/answers.py",
        "if says_error(answer.document):",
        "if False:",
        (WORDS,),
    ),
    Mutation(
        "A success whose status says that it was not sent is none",
        "channels/answers.py",
        'or (first == "not" and',
        'or (first == "never" and',
        (WORDS,),
    ),
    Mutation(
        "A code of an error is an error, however it is shortened",
        "channels/answers.py",
        "errordescription err errcode errno fault exception",
        "errordescription fault exception",
        (WORDS,),
    ),
    Mutation(
        "A 404 of a wrong address kills no contact",
        "channels/http.py",
        "answer.status == 404 and not misplaced",
        "answer.status == 404",
        (HTTP + "test_what_an_answer_means",),
    ),
    Mutation(
        "A plain 550 that knows nobody ends the contact",
        "channels/smtp_answers.py",
        "if code in _MAILBOX and",
        "if False and",
        (SMTP,),
    ),
    Mutation(
        "A closed mailbox ends the contact, at whatever point it is told",
        "channels/smtp_answers.py",
        "or enhanced in {(2, 1), (4, 4)}",
        "or False",
        (SMTP,),
    ),
    Mutation(
        "A number that speaks of something else kills no mailbox",
        "channels/smtp_answers.py",
        "and not _says_otherwise(enhanced) and",
        "and",
        (SMTP,),
    ),
    Mutation(
        "A mail server that speaks of the account burns no recipient",
        "channels/smtp_answers.py",
        "    if ours:\n",
        "    if False:\n",
        (SMTP,),
    ),
    Mutation(
        "A number about addresses kills nobody where the words speak of who sends",
        "channels/smtp_answers.py",
        "    if not ours:\n",
        "    if True:\n",
        (SMTP,),
    ),
    Mutation(
        "Words about the recipient count when a mail server speaks of an account",
        "channels/smtp_answers.py",
        'else _EITHERS.sub(" ", said)) is Blame.ACCOUNT',
        "else said) is Blame.ACCOUNT",
        (SMTP,),
    ),
    Mutation(
        "No more of a mail server's words is looked into than the start",
        "channels/smtp_answers.py",
        "said = plain(text[:MOST_WORDS])",
        "said = plain(text)",
        ("contract/test_smtp_words.py::test_no_more_of_an_answer_is_looked_into_than_its_start",),
    ),
    Mutation(
        "What MAIL is told speaks of the sender",
        "channels/smtp_answers.py",
        "if stage is Stage.MAIL:",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "What success is said to be has to hold",
        "channels/answers.py",
        "return all(_holds(at(",
        "return any(_holds(at(",
        ("contract/test_http_success.py::test_an_answer_is_success_as_it_was_said",),
    ),
    Mutation(
        "Where the status alone decides, the body does not",
        "channels/answers.py",
        'if success is not None and success.body == "any":',
        "if success is not None and not success:",
        ("contract/test_http_success.py::test_an_answer_is_success_as_it_was_said",),
    ),
    Mutation(
        "An adapter that is not there is an error at its line",
        "services/authoring/workshop.py",
        "check(root, adapters=Known())",
        "check(root)",
        ("unit/config/test_config_adapters.py::test_it_is_an_error_at_its_line_and_nowhere_else",),
    ),
    Mutation(
        "A provider that cannot be called is passed over",
        "services/sending/outages.py",
        "if not isinstance(providers.get(name), Unfit)",
        "if True",
        (UNFIT + "test_the_next_provider_carries_and_it_is_shown_and_said_once",),
    ),
    Mutation(
        "Where no provider can be called, the next channel takes the message",
        "services/sending/outages.py",
        "gone = down | unfit",
        "gone = down",
        (UNFIT + "test_where_there_is_no_other_the_next_channel_takes_it",),
    ),
    Mutation(
        "A channel whose first provider cannot be called is told to whoever asks for the house's health",
        "services/condition.py",
        "elif spec.providers and (why :=",
        "elif not spec.providers and (why :=",
        (
            "integration/api/test_api_health.py::"
            "test_a_channel_whose_first_provider_cannot_be_called_is_named_without_addresses",
        ),
    ),
    Mutation(
        "Publishing pins no address",
        "config/carriers.py",
        "    return written\n",
        "    return address or written\n",
        (UNFIT + "test_publishing_from_another_shell_changes_nothing_for_a_running_house",),
    ),
    Mutation(
        "Receipts without a secret to prove them with are forged",
        "channels/unfit.py",
        "if not self.secret:",
        "if False:",
        (UNFIT + "test_its_receipts_are_read_where_its_secret_is_known",),
    ),
)
