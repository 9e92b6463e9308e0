"""Every rule that is undone once, in the order in which the protocol speaks of them."""

from __future__ import annotations

import mutants_addresses
import mutants_answers
import mutants_calls
import mutants_conditions
import mutants_consents
import mutants_content
import mutants_entrances
import mutants_growth
import mutants_http_words
import mutants_ingestion
import mutants_linting
import mutants_local_stack
import mutants_locks
import mutants_mails
import mutants_messages
import mutants_migration
import mutants_offers
import mutants_outages
import mutants_people
import mutants_phones
import mutants_promises
import mutants_reentry
import mutants_report
import mutants_send_check
import mutants_smtp
import mutants_snapshots
import mutants_steps
import mutants_stops
import mutants_time
import mutants_unknown_events
import mutants_waiting
import mutants_withdrawals
from mutation import Mutation

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS: tuple[Mutation, ...] = (
    *mutants_locks.MUTATIONS,
    *mutants_people.MUTATIONS,
    *mutants_stops.MUTATIONS,
    *mutants_phones.MUTATIONS,
    *mutants_reentry.MUTATIONS,
    *mutants_messages.MUTATIONS,
    *mutants_send_check.MUTATIONS,
    *mutants_time.MUTATIONS,
    *mutants_calls.MUTATIONS,
    *mutants_answers.MUTATIONS,
    *mutants_smtp.MUTATIONS,
    *mutants_http_words.MUTATIONS,
    *mutants_outages.MUTATIONS,
    *mutants_promises.MUTATIONS,
    *mutants_growth.MUTATIONS,
    *mutants_migration.MUTATIONS,
    *mutants_entrances.MUTATIONS,
    *mutants_conditions.MUTATIONS,
    *mutants_steps.MUTATIONS,
    *mutants_waiting.MUTATIONS,
    *mutants_offers.MUTATIONS,
    *mutants_snapshots.MUTATIONS,
    *mutants_ingestion.MUTATIONS,
    *mutants_consents.MUTATIONS,
    *mutants_withdrawals.MUTATIONS,
    *mutants_addresses.MUTATIONS,
    *mutants_unknown_events.MUTATIONS,
    *mutants_content.MUTATIONS,
    *mutants_report.MUTATIONS,
    *mutants_mails.MUTATIONS,
    *mutants_linting.MUTATIONS,
    *mutants_local_stack.MUTATIONS,
)
