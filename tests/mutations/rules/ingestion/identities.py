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
        "if meeting.tie.public and not public and not person.is_bare:",
        "if False:",
        (RESOLVER + "test_a_stranger_cannot_claim_in_advance_what_another_source_tells_of_somebody_known",),
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
        "if claim and (person.counts[kind, False] or not _speaks_for(event, person)):",
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
        "elif most is not None and person.count(kind, public=said.public) >= most:",
        "elif False:",
        (RESOLVER + "test_ever_new_devices_do_not_grow_for_ever",),
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
        "        return\n",
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
        "What comes before a join is stored before it",
        "services/identities/joining.py",
        "if resolver.plan.joins and len(taken) > 1:",
        "if False:",
        (JOINING + "test_one_batch_gives_the_same_people_as_single_events",),
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
