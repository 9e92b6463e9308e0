"""Who is one person: what joins, what does not, and what a public source may say."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

RESOLVER = "unit/domain/identities/test_resolver.py::"
MODEL = "unit/domain/identities/test_resolver_model.py::"
READER = "unit/services/ingestion/test_identity_reader.py::"
JOINING = "integration/services/identities/test_joining.py::"
STORMS = "integration/services/identities/test_storms.py::"

MUTATIONS = (
    Mutation(
        "Two who have user ids of their own stay two",
        "domain/identities/joining.py",
        "if person.user is not None and owner.user is not None:",
        "if person.user is None and owner.user is None and False:",
        (RESOLVER + "test_two_users_stay_two_and_the_weaker_identity_goes_to_whoever_spoke_last",),
    ),
    Mutation(
        "An alias does not make two users one",
        "domain/identities/joining.py",
        "        return Verdict.USER_IDS\n",
        "        return Verdict.JOIN\n",
        (RESOLVER + "test_an_alias_does_not_make_two_users_one",),
    ),
    Mutation(
        "A stranger cannot claim who is known",
        "domain/identities/joining.py",
        "    return meeting.owner.is_bare\n",
        "    return True\n",
        (
            RESOLVER + "test_a_stranger_cannot_claim_who_is_known",
            JOINING + "test_only_a_source_that_is_not_public_joins_by_an_address",
        ),
    ),
    Mutation(
        "What was claimed in advance gives way to another source's word",
        "domain/identities/joining.py",
        "if meeting.tie.public and not public:",
        "if False:",
        (RESOLVER + "test_a_stranger_cannot_claim_in_advance_what_another_source_tells_of_somebody_known",),
    ),
    Mutation(
        "A claim captures nobody who is new when the till speaks of them",
        "domain/identities/joining.py",
        "if meeting.tie.public and not public:",
        "if meeting.tie.public and not public and not person.is_bare:",
        (
            RESOLVER + "test_a_claim_captures_nobody_of_whom_another_source_speaks_new_or_known",
            JOINING + "test_a_claim_makes_nobody_of_the_consents_of_whom_the_till_registers",
        ),
    ),
    Mutation(
        "What two strangers claim is neither one's",
        "domain/identities/resolver.py",
        "elif not person.id and not unknown and not unsure:",
        "elif not person.id and not unknown:",
        (RESOLVER + "test_what_two_strangers_claim_is_neither_ones_once_another_source_names_both",),
    ),
    Mutation(
        "A stranger takes over nobody who is known by an address without a contact",
        "domain/identities/people.py",
        "return self.user is None and not self.contact and not reached",
        "return self.user is None and not self.contact",
        (
            RESOLVER + "test_a_stranger_takes_over_nobody_who_is_known_by_an_address_without_a_contact",
            JOINING + "test_a_stranger_takes_over_no_order_under_an_address",
        ),
    ),
    Mutation(
        "A public word joins nobody with a second card",
        "domain/identities/joining.py",
        "    if meeting.person.cards & meeting.owner.cards:\n        return False\n",
        "",
        (
            RESOLVER + "test_a_stranger_gets_no_second_card",
            JOINING + "test_a_stranger_takes_over_no_card_after_another",
        ),
    ),
    Mutation(
        "A stranger claims no second card in advance",
        "domain/identities/resolver.py",
        "person.counts[kind, False] or kind in person.cards or",
        "person.counts[kind, False] or",
        (RESOLVER + "test_a_stranger_gets_no_second_card",),
    ),
    Mutation(
        "A claim does not lead to whoever else is known",
        "domain/identities/resolver.py",
        "if not speaker.public and len(named) > 1:",
        "if False:",
        (RESOLVER + "test_a_claim_does_not_lead_to_whoever_else_is_known",),
    ),
    Mutation(
        "A public source hands over devices between users and no card",
        "domain/identities/joining.py",
        "    if meeting.speaker.public and kind not in DEVICE_KINDS:\n        return Verdict.PUBLIC\n",
        "",
        (RESOLVER + "test_a_public_source_hands_over_devices_between_users_but_no_card",),
    ),
    Mutation(
        "A public source adds no address to somebody known by another source",
        "domain/identities/resolver.py",
        "if claim and (person.counts[kind, False] or kind in person.cards or not event.own):",
        "if False:",
        (
            RESOLVER + "test_a_public_source_adds_no_address_beside_one_that_another_source_told",
            RESOLVER + "test_a_public_source_adds_nothing_to_somebody_known_by_a_claim_alone",
        ),
    ),
    Mutation(
        "Claims do not bar what other sources say",
        "domain/identities/people.py",
        "(self.counts[kind, True] if public else 0)",
        "self.counts[kind, True]",
        (RESOLVER + "test_claims_do_not_bar_what_other_sources_say",),
    ),
    Mutation(
        "A shared card or number joins no more than one may have",
        "domain/identities/joining.py",
        "one + other > most:",
        "one + other > 10 * most:",
        (
            RESOLVER + "test_a_card_of_a_family_joins_no_more_than_one_may_have",
            RESOLVER + "test_a_number_of_the_shop_joins_no_more_cards_than_one_may_have",
        ),
    ),
    Mutation(
        "Ever new devices do not grow for ever",
        "domain/identities/resolver.py",
        "while most is not None and person.counts[kind, False] > most:",
        "while False:",
        (RESOLVER + "test_ever_new_devices_do_not_grow_for_ever",),
    ),
    Mutation(
        "A flood of devices bars no real one",
        "domain/identities/joining.py",
        "kinds if person.is_visitor and owner.is_visitor else kinds - DEVICE_KINDS:",
        "kinds:",
        (
            RESOLVER + "test_a_flood_of_devices_bars_no_real_one",
            JOINING + "test_a_flood_of_visitors_bars_no_real_browser",
        ),
    ),
    Mutation(
        "Of too many devices the oldest goes",
        "domain/identities/people.py",
        "(each in named, self.devices[each] or _EVER, each)",
        "each",
        (RESOLVER + "test_a_flood_of_devices_bars_no_real_one",),
    ),
    Mutation(
        "A device that went and came back in one chunk is stored once",
        "domain/identities/resolver.py",
        "if identity in self._lost or identity in self.plan.dropped:",
        "if identity in self._lost:",
        (JOINING + "test_a_device_that_goes_and_comes_within_a_chunk_is_its_persons",),
    ),
    Mutation(
        "A device that goes is taken away",
        "services/identities/joining.py",
        "    await identities.drop(connection, done.dropped, planned.concerned)\n",
        "",
        (JOINING + "test_a_flood_of_visitors_bars_no_real_browser",),
    ),
    Mutation(
        "A word that arrives late takes nothing back",
        "domain/identities/joining.py",
        "if since is not None and meeting.speaker.at < since:",
        "if False:",
        (RESOLVER + "test_a_word_that_arrives_late_takes_nothing_back",),
    ),
    Mutation(
        "A claim is known once another source says the same",
        "domain/identities/resolver.py",
        "        sure = Tie(event.speaker.source, tie.since)\n",
        "        return\n        sure = tie\n",
        (RESOLVER + "test_what_a_public_source_claims_is_known_once_another_source_says_it",),
    ),
    Mutation(
        "The chunk in which events are resolved changes nothing",
        "domain/identities/resolver.py",
        "contact or speaker.tells_contact\n        return person.id",
        "contact\n        return person.id",
        (MODEL + "test_events_give_the_same_people_as_the_model_in_any_chunks",),
    ),
    Mutation(
        "A till that knows only the number finds its person",
        "services/ingestion/identity_reader.py",
        "        if kind not in CHANNELS:\n            return said\n",
        "        return said\n",
        (READER + "test_every_spelling_of_an_id_is_one",),
    ),
    Mutation(
        "What is too short or called none in the file is nobody's",
        "services/ingestion/identity_reader.py",
        "is_placeholder(said) or self._rules.is_none(kind, said)",
        "is_placeholder(said)",
        (READER + "test_what_is_too_short_or_named_in_the_file_is_nobodys",),
    ),
    Mutation(
        "An alias names two",
        "services/ingestion/identity_reader.py",
        'if raw.get("type") == "alias" and',
        "if False and",
        (READER + "test_an_alias_names_two_and_needs_both", JOINING + "test_an_alias_joins"),
    ),
    Mutation(
        "What a plan was made of is read again under the locks",
        "services/identities/joining.py",
        "    if planned.changes_known:\n        await _verify(connection, planned, project)\n",
        "",
        (JOINING + "test_what_changed_before_the_lock_is_read_again",),
    ),
    Mutation(
        "Only a few joins are stored together",
        "services/identities/joining.py",
        "MOST_JOINS = 25",
        "MOST_JOINS = 10_000",
        (JOINING + "test_many_who_sign_in_at_once_are_joined_a_few_at_a_time",),
    ),
    Mutation(
        "Whoever joins at the same time as others is not sent away",
        "services/failures/retry.py",
        "MAX_RACES = 30",
        "MAX_RACES = 3",
        (STORMS + "test_a_storm_of_joins_gives_the_people_of_union_and_find",),
    ),
    Mutation(
        "Conflicts go with whoever is forgotten",
        "storage/people/personal_data.py",
        '        ("identity_conflict", query("forget_identity_conflicts")),\n',
        "",
        (JOINING + "test_who_was_forgotten_never_comes_back",),
    ),
    Mutation(
        "A conflict is told once",
        "services/identities/joining.py",
        "return [said for said in done.conflicts if (said.message_id, said.identity, said.reason.value) in new]",
        "return done.conflicts",
        (JOINING + "test_a_conflict_is_told_once_and_not_to_a_public_source",),
    ),
    Mutation(
        "An id of no kind is nobody's",
        "services/ingestion/identity_reader.py",
        'return isinstance(kind, str) and bool(without_blanks(kind)) and bool(_text(one.get("id")))',
        'return isinstance(kind, str) and bool(_text(one.get("id")))',
        (READER + "test_who_is_nobody_is_told_what_was_no_id",),
    ),
)
