"""Who may say what: what a source may not tell changes nothing, and what another source told stands."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

FILE = "services/ingestion/permissions.py"
CASES = "integration/api/test_permissions.py::"

MUTATIONS = (
    Mutation(
        "A source tells only the kinds of events that it may",
        FILE,
        "if needed in source.may or",
        "if True or",
        (CASES + "test_a_public_key_tries_all_that_it_may_not_tell_and_nothing_changes",),
    ),
    Mutation(
        "A withdrawal counts, whatever its source may tell",
        FILE,
        " or event.name == consents.CONSENT_WITHDRAWN:",
        ":",
        (CASES + "test_consent_can_always_be_withdrawn",),
    ),
    Mutation(
        "An opt-out in an event that its source may not tell counts",
        FILE,
        "        if event.refusal:\n",
        "        if False:\n",
        (CASES + "test_consent_can_always_be_withdrawn",),
    ),
    Mutation(
        "Nothing but the opt-out is taken of such an event",
        FILE,
        "events.append(_withdrawal_alone(event))",
        "events.append(event)",
        (CASES + "test_consent_can_always_be_withdrawn",),
    ),
    Mutation(
        "A public source changes no address that another source told",
        FILE,
        "changed[place] = (profile.without(passed_over, event), customer)",
        "pass",
        (CASES + "test_a_public_source_changes_no_address_that_another_source_told",),
    ),
    Mutation(
        "What a public source tells is compared as it will be stored: a number with the shop's country",
        FILE,
        "_Profile.of(event, home) for place",
        "_Profile.of(event, None) for place",
        (CASES + "test_a_number_without_its_country_changes_no_number_that_another_source_told",),
    ),
    Mutation(
        "A device keeps its id where an address beside it is passed over",
        FILE,
        "return replace(event, traits={name",
        "return replace(event, context={}, traits={name",
        (CASES + "test_a_device_is_known_by_its_id_beside_an_address_that_is_passed_over",),
    ),
    Mutation(
        "A source that nobody knows is not public",
        FILE,
        "(told_by is not None and told_by in sources",
        "told_by is None or (told_by in sources",
        (CASES + "test_contacts_of_older_versions_have_the_source_of_their_event",),
    ),
    Mutation(
        "A source that no file names may no more than a public one",
        "domain/journeys/project.py",
        "if name in self.sources or not self.sources or name in OWN_SOURCES:",
        "if True:",
        (CASES + "test_a_source_that_no_file_names_may_no_more_than_a_public_one",),
    ),
    Mutation(
        "A public source does not bring back an address that another source took back",
        FILE,
        "return True if same else None",
        "return None",
        (CASES + "test_what_another_source_took_back_is_not_brought_back",),
    ),
    Mutation(
        "The answer does not tell whether an address is the known one",
        "api/routes/ingest.py",
        "(contact.remark for contact in done.kept)",
        "(contact.remark for contact in done.kept if contact.differs)",
        (CASES + "test_saying_again_what_is_known_is_answered_alike_and_told_to_nobody",),
    ),
    Mutation(
        "A public source never tells the catalogue, whatever the file says",
        "config/project_files/shop.py",
        "if node.value in NEVER_OF_PUBLIC:",
        "if False:",
        ("unit/config/test_broken.py::test_what_is_said_of_a_broken_file",),
    ),
    Mutation(
        "A withdrawal beside what may not be told is stored, whatever was to be computed of the rest",
        "services/ingestion/permissions.py",
        "properties=words, traits={}, instants={})",
        "properties=words, traits={})",
        (
            "integration/api/test_permissions.py::"
            "test_a_withdrawal_beside_a_birthday_that_is_not_allowed_counts_as_well",
        ),
    ),
    Mutation(
        "The page where somebody agreed is no part of what they agreed to",
        "services/ingestion/ingest.py",
        "if event.name not in CONSENT_EVENTS and (kept := keep_context(event.context)):",
        "if kept := keep_context(event.context):",
        (
            "integration/services/ingestion/test_consents.py::"
            "test_the_page_where_somebody_agreed_is_no_part_of_what_they_agreed_to",
        ),
    ),
)
