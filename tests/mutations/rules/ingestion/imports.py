"""Imports: no row twice, nothing lost, and history lets nobody in."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ORDERS = "integration/services/importing/test_orders.py::"
SCANS = "integration/services/importing/test_scans.py::"
KINDS = "integration/services/importing/test_kinds.py::"
IMPORTER = "services/importing/importer.py"
STORING = "services/importing/storing.py"
ITEMS = "services/importing/items.py"
ANSWERS = "services/importing/answers.py"
TOGETHER = "services/importing/togetherness.py"
TRANSLATING = "services/importing/translating.py"
RUNS = "storage/importing/runs.py"
SCANNER = "services/decisions/entrance_scanner.py"

MUTATIONS = (
    Mutation(
        "A row that was imported is known for good",
        STORING,
        "for one in reversed(told) if one.digest in fresh}",
        "for one in reversed(told)}",
        (ORDERS + "test_what_is_imported_again_is_known_for_good",),
    ),
    Mutation(
        "An import that was killed goes on after what it stored, and repeats no rejects",
        IMPORTER,
        'skip = int(self.run.progress.get("row", 0))',
        "skip = 0",
        (ORDERS + "test_a_kill_loses_nothing_and_stores_nothing_twice",),
    ),
    Mutation(
        "What a killed process wrote of rejects after its last progress is cut off",
        "services/importing/rejects.py",
        "file.seek(at)",
        "file.seek(0, 2)",
        (ORDERS + "test_a_kill_leaves_no_reject_twice",),
    ),
    Mutation(
        "Whoever takes an import over stops the process that had it",
        RUNS,
        'WHERE id = %(run)s AND fence = %(fence)s AND ended_at IS NULL""",\n        {"progress"',
        'WHERE id = %(run)s""",\n        {"progress"',
        (ORDERS + "test_a_taken_over_import_writes_nothing_more",),
    ),
    Mutation(
        "What is older than events are kept is rejected",
        ITEMS,
        "if event.occurred_at < reading.oldest and",
        "if False and",
        (ORDERS + "test_what_is_older_than_events_are_kept_is_refused",),
    ),
    Mutation(
        "Months of the past get their partitions before their rows",
        IMPORTER,
        "await months.create_months(self.deps, items, self._months)",
        "pass",
        (ORDERS + "test_months_of_the_past_get_their_partitions",),
    ),
    Mutation(
        "Rows of an order that are apart are found before anything is stored",
        TOGETHER,
        "if places[before] == places[after]:",
        "if False:",
        (ORDERS + "test_rows_of_an_order_must_be_together",),
    ),
    Mutation(
        "An order that goes on in another file is found before anything is stored",
        TOGETHER,
        "if contents[before] != contents[after]:",
        "if False:",
        (ORDERS + "test_an_order_in_two_files",),
    ),
    Mutation(
        "A row that cannot be read rejects the whole order that it may be of",
        "services/importing/grouping.py",
        "        last = own[-1] if own else 0\n",
        "        last = 0\n",
        (ORDERS + "test_a_bad_row_rejects_its_whole_order",),
    ),
    Mutation(
        "A quote that is never closed swallows no rows silently",
        "services/importing/tables.py",
        "if len(read) == 1 or _is_well_quoted(read, delimiter) else SWALLOWED",
        "if True else SWALLOWED",
        ("unit/services/importing/test_tables.py::test_a_quote_that_is_never_closed_is_told",),
    ),
    Mutation(
        "A damaged file is told as one",
        "services/importing/tables.py",
        "        if not _is_damage(error):\n",
        "        if True:\n",
        ("unit/services/importing/test_tables.py::test_a_damaged_file_is_one_sentence",),
    ),
    Mutation(
        "A sum with a part that cannot be read is none",
        "services/importing/values.py",
        "if len(found) < len(said) or len(currencies) > 1:",
        "if len(currencies) > 1:",
        ("unit/services/importing/test_tables.py::test_a_sum_is_of_all_rows_or_none",),
    ),
    Mutation(
        "An imported order takes what was bought out of carts",
        STORING,
        'if row["customer_id"] in changed and',
        "if False and",
        (ORDERS + "test_an_imported_order_empties_the_live_cart",),
    ),
    Mutation(
        "Ids of several customers are for ingestion to join",
        "services/importing/joining_items.py",
        "item.joins |= len(known) > 1",
        "pass",
        (ORDERS + "test_ids_of_several_customers_go_the_ordinary_way",),
    ),
    Mutation(
        "History of profiles, consents and products lets nobody in",
        "services/ingestion/ingest.py",
        "    if lets_in:\n",
        "    if True:\n",
        (SCANS + "test_a_profile_of_an_import_lets_nobody_in",),
    ),
    Mutation(
        "Scans wait while an import is open",
        "storage/sql/entrances/take_entrance_scan.sql",
        "   AND NOT EXISTS (SELECT FROM import_run r WHERE r.ended_at IS NULL)\n",
        "",
        (SCANS + "test_scans_wait_while_an_import_is_open",),
    ),
    Mutation(
        "Nothing is due for a scan while an import is open",
        "storage/entrance_scans.py",
        "WHERE NOT EXISTS (SELECT FROM import_run r WHERE r.ended_at IS NULL)",
        "",
        (SCANS + "test_scans_wait_while_an_import_is_open",),
    ),
    Mutation(
        "The first scan after an import lets nobody in",
        SCANNER,
        "    if chunk.notes:\n        requests = []\n",
        "",
        (SCANS + "test_the_first_scan_after_it_lets_nobody_in",),
    ),
    Mutation(
        "Only one round notes: whoever comes into the segment later enters",
        SCANNER,
        "noted=chunk.notes",
        "noted=False",
        (SCANS + "test_the_first_scan_after_it_lets_nobody_in",),
    ),
    Mutation(
        "A round that was under way when the import ended begins anew",
        "storage/sql/importing/note_after_import.sql",
        "after_customer = CASE WHEN journey = ANY(%(segments)s) THEN 0 ELSE after_customer END",
        "after_customer = after_customer",
        (SCANS + "test_a_round_that_was_under_way_begins_anew",),
    ),
    Mutation(
        "Dates that came by the end of an import start nothing",
        SCANNER,
        "chunk.now - LATE_AFTER, chunk.imported_at or chunk.since)",
        "chunk.now - LATE_AFTER)",
        (SCANS + "test_dates_that_came_by_then_start_nothing",),
    ),
    Mutation(
        "The owner hears of an import that stopped",
        "services/operations/source_health.py",
        "imports = [run for run in await runs.list_open(connection) if run.is_stopped]",
        "imports = list[ImportRun]()",
        (SCANS + "test_the_owner_hears_of_an_import_that_stopped",),
    ),
    Mutation(
        "A yes without a time grants nothing",
        TRANSLATING,
        "if yes and at is None:",
        "if False:",
        (KINDS + "test_customers_and_their_consents",),
    ),
    Mutation(
        "A no without a time holds as of each import, also after a later yes",
        STORING,
        "    new += repeated\n",
        "",
        (KINDS + "test_a_no_without_a_time_holds_as_of_each_import",),
    ),
    Mutation(
        "A no without a time that holds already is not told again",
        "storage/sql/importing/find_spoken_against.sql",
        "AND w.at >= g.at)",
        "AND false)",
        (KINDS + "test_a_no_without_a_time_holds_as_of_each_import",),
    ),
    Mutation(
        "A plain sentence that refuses is a no",
        "services/ingestion/consenting/consent_answers.py",
        "or opted_out) or refuses_plainly(value)",
        "or opted_out)",
        ("unit/services/importing/test_answers.py::test_plain_refusals",),
    ),
    Mutation(
        "What is mapped of a consent, and empty, is no consent to all",
        TRANSLATING,
        "if value is not None or key in (*SCOPE_KEYS, SENDER)",
        "if value is not None",
        (KINDS + "test_consents_in_their_widest_meaning",),
    ),
    Mutation(
        "A word that is neither yes nor no is rejected",
        ANSWERS,
        "        return False\n    raise _unclear(said)",
        "        return False\n    return None",
        (KINDS + "test_customers_and_their_consents",),
    ),
    Mutation(
        "A yes that the map does not name is a no where none of its words grants",
        ANSWERS,
        "            raise _unclear(said)\n        return False",
        "            raise _unclear(said)\n        return True",
        ("unit/services/importing/test_answers.py::test_a_column_of_which_no_word_grants_never_grants",),
    ),
    Mutation(
        "A word that the map does not name grants nothing",
        ANSWERS,
        "        if _grants(column.names or {}):\n            raise _unclear(said)",
        "        if _grants(column.names or {}):\n            return True",
        ("unit/services/importing/test_answers.py::test_words_that_the_map_does_not_name",),
    ),
    Mutation(
        "A no in a row that has a time is the row's last word",
        TRANSLATING,
        "if yes and any(no.items() <= scope.items() for no in refused):",
        "if False:",
        ("integration/services/importing/test_exports.py::test_the_other_files_of_an_audience",),
    ),
    Mutation(
        "An event that says no counts, whatever the map says of its word and its time",
        TRANSLATING,
        "if not refusal_events.says_no(str(name)):",
        "if True:",
        (KINDS + "test_an_opt_out_among_events_is_one",),
    ),
    Mutation(
        "A source that everybody can speak for imports nothing",
        "services/importing/reading.py",
        "if named is not None and named.public:",
        "if False:",
        (KINDS + "test_a_source_that_may_not_import",),
    ),
)
