"""The last look before a send: everything that may have changed since the decision."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

LOOK = "integration/services/delivery/test_send_check.py::test_what_changes_after_the_claim_is_seen"
VERSIONS = "integration/services/publishing/test_versions.py::"
UNIT = "unit/domain/decisions/test_send_check.py::test_why_not"

MUTATIONS = (
    Mutation(
        "Nothing goes after an exit",
        "domain/decisions/send_check.py",
        "    if facts.exit:\n        return Reason.LEFT\n",
        "",
        (LOOK,),
    ),
    Mutation(
        "Who left by another pass gets nothing that was claimed before",
        "domain/decisions/send_check.py",
        "if enrollment.status is not EnrollmentStatus.ACTIVE or enrollment.step != message.step:",
        "if enrollment.step != message.step:",
        (UNIT,),
    ),
    Mutation(
        "An earlier rung that succeeded meanwhile calls the message back",
        "domain/decisions/send_check.py",
        "return Reason.SUPERSEDED if reached else None",
        "return None",
        (
            "integration/services/delivery/test_overtaken_sends.py::test_an_open_between_claim_and_look_calls_the_next_rung_back",
        ),
    ),
    Mutation(
        "Nothing goes when it is not relevant any more",
        "domain/decisions/send_check.py",
        "if now >= message.expires_at:",
        "if not message.expires_at:",
        (LOOK,),
    ),
    Mutation(
        "Consent is read anew by the look",
        "domain/decisions/send_check.py",
        "    if unreachable:\n        return unreachable\n",
        "",
        (LOOK,),
    ),
    Mutation(
        "The state is read anew by the look",
        "domain/decisions/send_check.py",
        "    if forbids:\n        return forbids\n",
        "",
        (LOOK,),
    ),
    Mutation(
        "A window that closed meanwhile is closed",
        "domain/decisions/send_check.py",
        "if not isinstance(verdict, send_policy.Allow):",
        "if verdict is None:",
        (LOOK,),
    ),
    Mutation(
        "A message counts on the day for which it was decided, or is decided again",
        "domain/decisions/send_check.py",
        "and local_date(now, person.zone) != message.counts_on:",
        "and not message.counts_on:",
        (LOOK,),
    ),
    Mutation(
        "A source that fell silent holds",
        "domain/decisions/send_check.py",
        "return Reason.STALE_SOURCE if find_stale_source(",
        "return Reason.STALE_SOURCE if not ctx and find_stale_source(",
        (LOOK,),
    ),
    Mutation(
        "A stale source holds the decision too",
        "domain/decisions/freshness.py",
        "            return name\n",
        "            return None\n",
        ("unit/domain/decisions/test_holding.py::test_a_stale_source_holds",),
    ),
    Mutation(
        "An emergency stop is read by each look",
        "domain/decisions/send_check.py",
        "return bool(named & self.scopes)",
        "return False",
        ("integration/services/delivery/test_send_check.py::test_the_emergency_stop_holds_until_it_is_lifted",),
    ),
    Mutation(
        "A paused journey sends nothing that was claimed before",
        "services/delivery/send_check.py",
        "if message.journey in seen.paused:",
        "if message.journey in ():",
        ("integration/services/delivery/test_settling.py::test_a_pause_between_claim_and_look_holds_until_it_goes_on",),
    ),
    Mutation(
        "What Prefect said before a command does not undo it",
        "storage/publishing/pauses.py",
        " AND turns = %(turns)s",
        "",
        ("integration/services/operations/test_pausing.py::test_what_prefect_said_before_a_command_does_not_undo_it",),
    ),
    Mutation(
        "A pause by command is the last word",
        "services/operations/pausing.py",
        "    await set_paused(deps, name, True)  # whoever looked at the deployment in between has seen it running",
        "",
        (
            "integration/services/operations/test_pausing.py::test_a_pause_holds_although_the_deployment_was_looked_at_before_it_was_told",
        ),
    ),
    Mutation(
        "Nothing of a paused journey is claimed",
        "storage/sql/messages/claim_messages.sql",
        " AND NOT j.paused",
        "",
        ("integration/services/operations/test_pausing.py::test_nothing_of_a_paused_journey_is_claimed",),
    ),
    Mutation(
        "What is not known is neither true nor false, under `not` too",
        "storage/conditions/compiler.py",
        'return f"NOT ({self.all_of(condition.of, scope)})"',
        'return f"({self.all_of(condition.of, scope)}) IS NOT TRUE"',
        ("integration/services/decisions/test_conditions.py::test_what_is_not_known_holds_everything",),
    ),
    Mutation(
        "A state that is not known holds",
        "domain/decisions/send_step.py",
        "    if holds is None:\n        return Reason.UNKNOWN_VALUE\n",
        "    if holds is None:\n        return None\n",
        ("unit/domain/decisions/test_holding.py::test_only_while_is_asked_before_each_send",),
    ),
    Mutation(
        "Of two words of one instant, the withdrawal counts",
        "domain/standing_word.py",
        "key=lambda word: (word.is_pause, word.at, not word.granted)",
        "key=lambda word: (word.is_pause, word.at, word.granted)",
        ("unit/domain/decisions/test_consent.py::test_what_the_customer_said",),
    ),
    Mutation(
        "Those inside finish the version they entered",
        "services/decisions/runner.py",
        "await deps.catalogue.version(connection, due_enrollment.version_id)\n",
        "await deps.catalogue.current_of(connection, due_enrollment.enrollment.journey)\n",
        (VERSIONS + "test_those_inside_finish_the_version_they_entered",),
    ),
    Mutation(
        "What is never pinned holds at once for those inside",
        "services/catalogue.py",
        "if generation != self.generation:",
        "if self.generation < 0:",
        (VERSIONS + "test_what_is_never_pinned_holds_for_those_inside_at_once",),
    ),
)
