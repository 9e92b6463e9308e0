"""What mail servers answer: whom their words speak of, and what becomes of the message."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

SMTP = "contract/test_smtp_words.py::test_whom_an_answer_speaks_of"

MUTATIONS = (
    Mutation(
        "A plain 550 that knows nobody ends the contact",
        "channels/smtp_response.py",
        "(code in _MAILBOX and",
        "(False and",
        (SMTP,),
    ),
    Mutation(
        "A closed mailbox ends the contact, at whatever point it is told",
        "channels/smtp_response.py",
        "or enhanced in {(2, 1), (4, 4)}",
        "or False",
        (SMTP,),
    ),
    Mutation(
        "A number that speaks of something else kills no mailbox",
        "channels/smtp_response.py",
        "return not _is_other_subject(enhanced) and",
        "return",
        (SMTP,),
    ),
    Mutation(
        "A mail server that has the letter already is not refusing it",
        "channels/smtp_response.py",
        "if classify_error_text(_said(answer.text)) is ErrorSubject.REPEATED:",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "A mailbox that gets too much at once is not dead",
        "channels/smtp_response.py",
        "(not ours and words.TOO_FAST.search(said))",
        "False",
        (SMTP,),
    ),
    Mutation(
        "A host that asks to come again kills nobody",
        "channels/smtp_response.py",
        "if words.GREY.search(said) or",
        "if",
        (SMTP,),
    ),
    Mutation(
        "A recipient who does not want it stops no other's mail",
        "channels/smtp_response.py",
        "if words.BY_THEM.search(said):",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "A group that takes letters of some alone stops no other's mail",
        "channels/smtp_response.py",
        "if enhanced in _CHOOSERS:",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "A sender that is shut out burns no recipient",
        "channels/smtp_response.py",
        "if enhanced in _SHUT_OUT or code == _TAKES_NONE:",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "The plainest of words outweigh a number of rights in general",
        "channels/smtp_response.py",
        "return words.PLAINLY_NOBODY.search(said) is not None",
        "return False",
        (SMTP,),
    ),
    Mutation(
        "A mail server that speaks of the account burns no recipient",
        "channels/smtp_response.py",
        "    if ours:\n",
        "    if False:\n",
        (SMTP,),
    ),
    Mutation(
        "A number about addresses kills nobody where the words speak of who sends",
        "channels/smtp_response.py",
        "    if not ours:\n",
        "    if True:\n",
        (SMTP,),
    ),
    Mutation(
        "Words about the recipient count when a mail server speaks of an account",
        "channels/smtp_response.py",
        'words.EITHERS.sub(" ", said))',
        "said)",
        (SMTP,),
    ),
    Mutation(
        "No more of a mail server's words is looked into than the start",
        "channels/smtp_response.py",
        "return normalize_text(text[:MAX_CHARACTERS])",
        "return normalize_text(text)",
        ("contract/test_smtp_words.py::test_no_more_of_an_answer_is_looked_into_than_its_start",),
    ),
    Mutation(
        "What MAIL is told speaks of the sender",
        "channels/smtp_response.py",
        "if stage is SmtpStage.MAIL:",
        "if False:",
        (SMTP,),
    ),
    Mutation(
        "A server that does not know other letters is not asked to carry them",
        "channels/smtp.py",
        'if not prepared.is_ascii and not line.supports_extension("smtputf8"):',
        "if prepared.is_ascii and not prepared.recipient:",
        ("contract/test_smtp.py::test_a_mailbox_in_other_letters_is_refused_where_the_server_does_not_know_them",),
    ),
)
