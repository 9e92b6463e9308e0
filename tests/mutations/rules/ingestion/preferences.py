"""The preference centre and double opt-in: only a choice changes something, and it changes what it says."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PAGE = "integration/api/test_preferences.py::"
CONFIRM = "integration/api/test_confirm.py::"

MUTATIONS = (
    Mutation(
        "A box that the page did not show stays as it is",
        "api/preference_page.py",
        'return Save(channels, chosen["topic"], chosen["sender"], _read_locale(form))',
        "return Save(dict.fromkeys(Channel, False))",
        (PAGE + "test_what_is_no_choice_changes_nothing",),
    ),
    Mutation(
        "What is no form of the page changes nothing",
        "api/preference_page.py",
        "            return Leave(reason if reason in REASONS else None, comment)\n    return None",
        "            return Leave(reason if reason in REASONS else None, comment)\n    return Leave()",
        (PAGE + "test_what_is_no_choice_changes_nothing",),
    ),
    Mutation(
        "A test shows the page and changes nothing",
        "services/preferences/choosing.py",
        "[] if before.is_test else words_of_choice(choice, before, now=now)",
        "words_of_choice(choice, before, now=now)",
        (PAGE + "test_a_test_changes_nothing_whoever_asks",),
    ),
    Mutation(
        "Who leaves leaves for everybody at the address",
        "services/preferences/choosing.py",
        "if channel not in (None, target.channel.value):",
        "if channel != target.channel.value:",
        (PAGE + "test_leaving_everything_ends_all_marketing_and_keeps_why",),
    ),
    Mutation(
        "The same choice again changes nothing",
        "services/preferences/choices.py",
        "if name in before and before[name] != on}",
        "if name in before}",
        (PAGE + "test_each_choice_is_written_down_with_its_proof_and_only_once",),
    ),
    Mutation(
        "By an old address one can only take back",
        "services/preferences/choices.py",
        "if before.is_theirs or word[0] == WITHDRAWN]",
        "]",
        (PAGE + "test_by_an_old_address_one_can_only_take_back",),
    ),
    Mutation(
        "A pause is not begun twice",
        "services/preferences/choices.py",
        "same = abs(stands - until) < timedelta(days=1) if stands else choice.days == 0",
        "same = not stands and choice.days == 0",
        (PAGE + "test_a_pause_is_no_leaving",),
    ),
    Mutation(
        "A link for one thing does no other",
        "services/links.py",
        "kind.value.encode() + message.bytes",
        "message.bytes",
        (PAGE + "test_a_link_for_one_thing_does_no_other",),
    ),
    Mutation(
        "Asking for a confirmation confirms nothing",
        "api/routes/confirm.py",
        "    return render_page(200, choose_texts(request), Page.CONFIRM)",
        "    await confirm_address(runtime, message)\n    return render_page(200, choose_texts(request), Page.CONFIRM)",
        (CONFIRM + "test_asking_confirms_nothing",),
    ),
    Mutation(
        "Only the address that the customer has now is confirmed",
        "storage/sql/customers/confirm_addresses.sql",
        "AND k.channel = r.channel AND k.address_key = r.address",
        "AND k.channel = r.channel",
        (CONFIRM + "test_another_address_has_to_be_confirmed_again",),
    ),
    Mutation(
        "A source's word confirms no address",
        "services/ingestion/profiles.py",
        "for event in stored if source == consents.OWN_SOURCE else ():",
        "for event in stored if source else ():",
        (CONFIRM + "test_what_was_confirmed_is_known_where_the_events_are_repeated",),
    ),
    Mutation(
        "A confirmation grants nothing by itself",
        "services/preferences/confirming.py",
        "if entry.granted and entry.how != CONFIRMED and",
        "if entry.how != CONFIRMED and",
        (CONFIRM + "test_who_confirms_without_having_agreed_has_not_agreed",),
    ),
    Mutation(
        "A grant that the address confirmed lifts what was unsubscribed by it",
        "services/preferences/confirming.py",
        "if any(entry.topic is None for entry in granted):",
        "if not granted:",
        (CONFIRM + "test_a_grant_that_the_address_confirmed_lifts_what_was_unsubscribed_by_it",),
    ),
)
