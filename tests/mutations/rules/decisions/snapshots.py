"""What decisions saw is kept, so that they can be made again; and what comes out otherwise is told."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

SEEN = "unit/domain/decisions/test_snapshots.py::"
AHEAD = "unit/domain/decisions/test_forecast.py::"
CALENDAR = "integration/services/inspect/test_send_calendar.py::"
REPLAY = "integration/services/inspect/test_replay.py::"

MUTATIONS = (
    Mutation(
        "A decision keeps where the customer stood",
        "domain/decisions/snapshot.py",
        'seen["stood"] = [*stood, dict(before.moved)] if before.moved else stood',
        "pass",
        (SEEN + "test_every_decision_can_be_made_again",),
    ),
    Mutation(
        "A decision keeps what was known of its conditions",
        "domain/decisions/snapshot.py",
        'seen["truths"] = facts.truths',
        "pass",
        (SEEN + "test_every_decision_can_be_made_again", REPLAY + "test_every_decision_is_made_the_same_again"),
    ),
    Mutation(
        "A decision keeps the touches that caps count",
        "domain/decisions/snapshot.py",
        '("touches", _dump_touches(facts.person.touches)),',
        "",
        (SEEN + "test_a_full_cap_is_full_again", REPLAY + "test_a_cap_is_full_again"),
    ),
    Mutation(
        "A decision keeps which other entries take a turn",
        "domain/decisions/snapshot.py",
        'seen["entries"] = entries',
        "pass",
        (SEEN + "test_the_last_entry_that_wrote_is_kept_for_admission",),
    ),
    Mutation(
        "A decision keeps what few ask for: purchases, company, calls",
        "domain/decisions/snapshot.py",
        'seen["more"] = more',
        "pass",
        (SEEN + "test_what_few_decisions_ask_for_is_kept_too",),
    ),
    Mutation(
        "Who left or was not admitted leaves no address behind",
        "domain/decisions/snapshot.py",
        "if after.status in (EnrollmentStatus.CANDIDATE, EnrollmentStatus.REFUSED):",
        "if False:",
        (SEEN + "test_who_left_or_was_refused_keeps_no_address",),
    ),
    Mutation(
        "A decision is made again by the files of its time",
        "services/explaining/decision_texts.py",
        "files[inputs.files] = await versions.load_past_project(connection, inputs.files)",
        "files[inputs.files] = catalogue.project",
        (REPLAY + "test_files_published_later_do_not_change_what_was",),
    ),
    Mutation(
        "What comes out otherwise is told",
        "services/inspect/replay.py",
        "if then != now:",
        "if False:",
        (REPLAY + "test_what_comes_out_otherwise_is_told",),
    ),
    Mutation(
        "What kept nothing is counted, not passed over",
        "services/inspect/replay.py",
        "result.unrecorded += 1",
        "pass",
        (REPLAY + "test_what_kept_nothing_is_counted",),
    ),
    Mutation(
        "Who is at the door is told for the end of the silence",
        "domain/decisions/forecast.py",
        "return max(enrollment.due_at, quiet_until(version.journey.enter, enrollment.entered_at, people.zone))",
        "return enrollment.due_at",
        (
            AHEAD + "test_whoever_is_quiet_for_days_comes_in_when_the_days_are_over_on_their_clock",
            CALENDAR + "test_who_is_at_the_door_is_told_for_the_end_of_the_silence",
        ),
    ),
    Mutation(
        "Who is asked about at the door is told the end of the silence",
        "services/explaining/enrollment_timeline.py",
        'return max(due, quiet_until(published.version.journey.enter, row["entered_at"], zone))',
        "return due",
        (CALENDAR + "test_who_is_at_the_door_is_told_for_the_end_of_the_silence",),
    ),
)
