"""Events that nobody understood: counted, bounded, shown."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

UNKNOWN = "integration/services/ingestion/test_unknown_events.py::"

MUTATIONS = (
    Mutation(
        "What nobody understands is counted",
        "services/ingestion/rejecting/unknown_events.py",
        "if event.refusal is None and not is_known(project, event.name)",
        "if event.refusal and not is_known(project, event.name)",
        (UNKNOWN + "test_what_nobody_understands_is_stored_and_counted_by_source_and_name",),
    ),
    Mutation(
        "What is understood is not counted as unknown",
        "services/ingestion/rejecting/unknown_events.py",
        "return name in project.events or name in OWN_EVENTS",
        "return name in OWN_EVENTS",
        (UNKNOWN + "test_what_is_understood_is_not_counted",),
    ),
    Mutation(
        "A flood of unknown events is written once a minute",
        "services/ingestion/rejecting/unknown_events.py",
        "if now - self.written_at >= FLUSH_SECONDS:",
        "if now >= 0:",
        (UNKNOWN + "test_a_flood_is_written_once_a_minute_and_names_are_bounded",),
    ),
    Mutation(
        "The names of unknown events are bounded",
        "storage/sql/events/count_unknown_events.sql",
        "<= %(most)s THEN",
        "<= 2 * %(most)s THEN",
        (UNKNOWN + "test_a_flood_is_written_once_a_minute_and_names_are_bounded",),
    ),
    Mutation(
        "A process remembers a bounded number of unknown names",
        "services/ingestion/rejecting/unknown_events.py",
        " and self.sizes[source] < MAX_NAMES:",
        ":",
        (UNKNOWN + "test_a_process_remembers_no_more_names_than_a_bound",),
    ),
    Mutation(
        "What could not be written is counted with what comes",
        "services/ingestion/rejecting/unknown_events.py",
        "self.counts.update(taken)",
        "self.counts.update({})",
        (UNKNOWN + "test_what_could_not_be_written_is_counted_with_what_comes",),
    ),
)
