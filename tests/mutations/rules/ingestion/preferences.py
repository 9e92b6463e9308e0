"""The preference centre and double opt-in: only a choice changes something, and it changes what it says."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PAGE = "integration/api/test_preferences.py::"
CHOICES = "integration/services/preferences/test_choosing.py::"
CONFIRM = "integration/api/test_confirm.py::"
CONFIRMING = "integration/services/preferences/test_confirming.py::"

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
        (CHOICES + "test_a_test_changes_nothing_whoever_asks",),
    ),
    Mutation(
        "Who leaves leaves for everybody at the address",
        "services/preferences/choosing.py",
        "if channel not in (None, target.channel.value):",
        "if channel != target.channel.value:",
        (CHOICES + "test_leaving_everything_ends_all_marketing_and_keeps_why",),
    ),
    Mutation(
        "The same choice again changes nothing",
        "services/preferences/choices.py",
        "if name in before and before[name] != on}",
        "if name in before}",
        (CHOICES + "test_each_choice_is_written_down_with_its_proof_and_only_once",),
    ),
    Mutation(
        "By an old address one can only take back",
        "services/preferences/choices.py",
        "if before.is_theirs or word[0] == WITHDRAWN]",
        "]",
        (CHOICES + "test_by_an_old_address_one_can_only_take_back",),
    ),
    Mutation(
        "A pause is not begun twice",
        "services/preferences/choices.py",
        "same = abs(stands - until) < timedelta(days=1) if stands else choice.days == 0",
        "same = not stands and choice.days == 0",
        (CHOICES + "test_a_pause_is_no_leaving",),
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
        "        if word.granted\n        and word.entry.how",
        "        if word.entry.how",
        (CONFIRM + "test_who_confirms_without_having_agreed_has_not_agreed",),
    ),
    Mutation(
        "A grant that the address confirmed lifts what was unsubscribed by it",
        "services/preferences/confirming.py",
        "if any(entry.topic is None and entry.sender is None for entry in granted):",
        "if not granted:",
        (CONFIRM + "test_a_grant_that_the_address_confirmed_lifts_what_was_unsubscribed_by_it",),
    ),
    Mutation(
        "A confirmation brings back nothing that was withdrawn since",
        "services/preferences/confirming.py",
        "        and standing_word(said, channel, word.topic, sender=word.sender) is word\n",
        "",
        (CONFIRMING + "test_a_grant_to_one_sender_stays_withdrawn",),
    ),
    Mutation(
        "A confirmation lifts no refusal of another channel or of a topic",
        "storage/sql/addresses/lift_unsubscribed.sql",
        " AND r.channel IN ('', a.channel) AND r.topic = ''",
        "",
        (CONFIRMING + "test_only_what_the_grant_is_about_is_lifted",),
    ),
    Mutation(
        "A grant to one sender lifts nothing for all",
        "services/preferences/confirming.py",
        "if any(entry.topic is None and entry.sender is None for entry in granted):",
        "if any(entry.topic is None for entry in granted):",
        (CONFIRMING + "test_a_grant_of_less_lifts_nothing",),
    ),
    Mutation(
        "Who leaves leaves nothing behind",
        "services/preferences/choices.py",
        "    if not before.has_left:\n        yield consents",
        "    if before.gets_marketing:\n        yield consents",
        (CHOICES + "test_who_leaves_leaves_nothing_behind",),
    ),
    Mutation(
        "A grant to one sender is no leaving",
        "services/preferences/state.py",
        "    return not any(word.granted for word in stands if word)",
        "    return True",
        (CHOICES + "test_who_leaves_leaves_nothing_behind",),
    ),
    Mutation(
        "A closed channel is not shown as chosen",
        "services/preferences/state.py",
        "channels={c: c in opened and send_policy.consents_to_marketing(said, c) for c in channels}",
        "channels={c: send_policy.consents_to_marketing(said, c) for c in closed if c in project.channels}",
        (CHOICES + "test_a_closed_channel_is_not_shown_as_chosen",),
    ),
    Mutation(
        "Who consents again can confirm again",
        "services/preferences/confirming.py",
        "    if is_new is None:\n        return None",
        "    if not is_new:\n        return is_new",
        (CONFIRMING + "test_who_unsubscribed_and_consented_again_can_confirm_again",),
    ),
)
