"""Keys of the API: scopes, revoking, and what is kept of a key."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

KEYS = "integration/api/test_keys.py::"

MUTATIONS = (
    Mutation(
        "No key tells events in a name of the engine",
        "services/operations/api_keys.py",
        "        if row.source not in OWN_SOURCES\n",
        "",
        ("integration/api/test_keys.py::test_nobody_tells_events_in_a_name_of_the_engine",),
    ),
    Mutation(
        "The environment gives no key for a name of the engine",
        "settings.py",
        "if source.strip() in OWN_SOURCES:",
        "if False:",
        ("integration/api/test_keys.py::test_the_environment_gives_no_key_for_a_name_of_the_engine",),
    ),
    Mutation(
        "No source has a name of the engine",
        "config/project_files/shop.py",
        "if name in OWN_SOURCES:",
        "if False:",
        ("unit/config/test_broken.py::test_what_is_said_of_a_broken_file",),
    ),
    Mutation(
        "No provider has a name of the engine: its STOP would be a click",
        "config/project_files/providers.py",
        "if name in OWN_SOURCES:",
        "if False:",
        ("unit/config/test_broken.py::test_what_is_said_of_a_broken_file",),
    ),
    Mutation(
        "A key opens only what its scopes say",
        "api/auth.py",
        "if not holder.has(scope):",
        "if False:",
        (KEYS + "test_a_key_of_a_source_tells_its_events_and_nothing_else",),
    ),
    Mutation(
        "The admin's key is no source of events",
        "domain/api_key.py",
        " and scope is not Scope.INGEST",
        "",
        (KEYS + "test_the_admins_key_is_no_source",),
    ),
    Mutation(
        "A revoked key is nobody's",
        "storage/api_keys.py",
        " FROM api_key WHERE revoked_at IS NULL ORDER BY id",
        " FROM api_key ORDER BY id",
        (KEYS + "test_a_revoked_key_is_nobodys",),
    ),
    Mutation(
        "Only the hash of a key is kept",
        "services/operations/api_keys.py",
        "connection, hash_key(key), name=name",
        "connection, key, name=name",
        (KEYS + "test_only_the_hash_of_a_key_is_kept_and_its_use_is_coarse",),
    ),
    Mutation(
        "The database is not asked about keys for each request",
        "api/auth.py",
        "if time.monotonic() - self._read_at >= CACHED_FOR:",
        "if True:",
        (KEYS + "test_the_database_is_not_asked_for_each_request",),
    ),
    Mutation(
        "Keys of the environment need no database",
        "api/auth.py",
        "if (holder := _match(hash_, self.fixed)) is not None:",
        "if (holder := _match(hash_, self.fixed)) is None and False:",
        (KEYS + "test_while_the_database_does_not_answer_nobody_says_that_a_key_is_wrong",),
    ),
    Mutation(
        "Pausing needs the scope admin",
        "api/routes/journeys.py",
        "for scope in (Scope.READ, Scope.TRIGGER, Scope.ADMIN))",
        "for scope in (Scope.READ, Scope.TRIGGER, Scope.READ))",
        (KEYS + "test_a_key_opens_what_its_scopes_say",),
    ),
    Mutation(
        "Only a write key has settings for browsers",
        "api/routes/browser_settings.py",
        "if holder is None or not holder.has(Scope.INGEST):",
        "if False:",
        ("integration/api/test_browsers.py::test_keys_that_are_none_have_no_settings",),
    ),
)
