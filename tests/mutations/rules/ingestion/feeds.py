"""Catalogue feeds: only what changed is told, once; a feed that broke changes nothing."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CHANGES = "integration/services/feeds/test_feed_changes.py::"
FAILURES = "integration/services/feeds/test_feed_failures.py::"
FETCHING = "integration/services/feeds/test_feed_fetching.py::"
STORES = "integration/services/feeds/test_feed_stores.py::"
YML = "unit/services/feeds/test_yml.py::"
TABLES = "unit/services/feeds/test_tables.py::"

MUTATIONS = (
    Mutation(
        "A feed that shrank too much changes nothing",
        "services/feeds/judging.py",
        "if lost > ALWAYS and lost > most * of:",
        "if lost < 0:",
        (CHANGES + "test_a_broken_feed_changes_nothing",),
    ),
    Mutation(
        "A feed in which too much sold out at once changes nothing",
        "services/feeds/judging.py",
        "sold_out = before.in_stock - found.in_stock",
        "sold_out = 0",
        (CHANGES + "test_a_broken_feed_changes_nothing",),
    ),
    Mutation(
        "An offer that did not change writes nothing",
        "services/feeds/comparing.py",
        "(before.digest, before.stock) == (offer.digest, stock)",
        "before is None",
        (CHANGES + "test_what_did_not_change_writes_nothing",),
    ),
    Mutation(
        "An offer that vanished is out of stock",
        "services/feeds/taking_in.py",
        "units = {store: 0 for store in none if store not in offer.stock or offer.stock[store]}",
        "units: dict[str, int] = {}",
        (CHANGES + "test_a_vanished_offer_is_out_of_stock_and_back_when_it_returns",),
    ),
    Mutation(
        "A store that an offer does not name any more has none of it",
        "services/feeds/comparing.py",
        "return {**dict.fromkeys(known, 0), **offer.stock}",
        "return {**known, **offer.stock}",
        (STORES + "test_a_store_that_an_offer_does_not_name_any_more_has_none",),
    ),
    Mutation(
        "After a kill the same changes are told under the same ids",
        "services/feeds/taking_in.py",
        "change.after['changes'], event, properties)",
        "change.after['changes'], event, properties, at)",
        (CHANGES + "test_a_kill_in_the_midst_tells_nothing_twice",),
    ),
    Mutation(
        "Two workers never read one feed at once",
        "storage/sql/feeds/claim_feed.sql",
        " WHERE f.busy_until IS NULL OR f.busy_until < clock_timestamp()\n",
        "",
        (CHANGES + "test_two_workers_never_read_the_same_feed_at_once",),
    ),
    Mutation(
        "Who lost the lease of a feed stores nothing more",
        "storage/feeds.py",
        "return cursor.rowcount == 1",
        "return True",
        (CHANGES + "test_a_worker_that_was_taken_for_dead_stores_nothing_more",),
    ),
    Mutation(
        "The same document is no work",
        "services/feeds/documents.py",
        "etag=known.etag, last_modified=known.last_modified",
        "etag=None, last_modified=None",
        (CHANGES + "test_the_same_document_is_no_work",),
    ),
    Mutation(
        "The owner of a feed is told what keeps it from counting",
        "services/feeds/feed_runs.py",
        "if claimed.failures or not passing:",
        "if False:",
        (FAILURES + "test_the_owner_of_a_feed_that_shrank_is_told_once_until_it_is_well",),
    ),
    Mutation(
        "A redirect leads to no private network",
        "services/feeds/addresses.py",
        'return ip_address(address.partition("%")[0]).is_global',
        "return True",
        (FETCHING + "test_a_redirect_leads_to_no_private_network",),
    ),
    Mutation(
        "A reference that nobody knows is the text that it is, and spoils no other offer",
        "services/feeds/formats/repairing.py",
        'f"&amp;{name};"',
        "reference[0]",
        (YML + "test_a_name_that_is_not_well_formed_spoils_nothing",),
    ),
    Mutation(
        "A stock of which a part cannot be read is unknown",
        "services/feeds/offers.py",
        "return None  # a part of the stores would look like a loss of the others",
        "pass",
        (YML + "test_a_stock_that_is_not_understood_is_unknown",),
    ),
    Mutation(
        "A quotation mark that swallows rows lets nothing vanish",
        "services/feeds/formats/table_feed.py",
        "self.whole = self.whole and not (fault and several)",
        "self.whole = True",
        (TABLES + "test_a_quotation_mark_may_swallow_offers",),
    ),
)
