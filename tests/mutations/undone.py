"""Every rule that is undone once, in the order in which the protocol speaks of them."""

from __future__ import annotations

import undone_again
import undone_answers
import undone_calls
import undone_content
import undone_door
import undone_edits
import undone_entrances
import undone_growth
import undone_house
import undone_linting
import undone_locks
import undone_looks
import undone_mails
import undone_meanings
import undone_messages
import undone_offers
import undone_outages
import undone_people
import undone_promises
import undone_refused
import undone_seen
import undone_steps
import undone_stops
import undone_time
import undone_waits
from mutation import Mutation

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS: tuple[Mutation, ...] = (
    *undone_locks.MUTATIONS,
    *undone_people.MUTATIONS,
    *undone_stops.MUTATIONS,
    *undone_again.MUTATIONS,
    *undone_messages.MUTATIONS,
    *undone_looks.MUTATIONS,
    *undone_time.MUTATIONS,
    *undone_calls.MUTATIONS,
    *undone_answers.MUTATIONS,
    *undone_outages.MUTATIONS,
    *undone_promises.MUTATIONS,
    *undone_growth.MUTATIONS,
    *undone_edits.MUTATIONS,
    *undone_entrances.MUTATIONS,
    *undone_meanings.MUTATIONS,
    *undone_steps.MUTATIONS,
    *undone_waits.MUTATIONS,
    *undone_offers.MUTATIONS,
    *undone_seen.MUTATIONS,
    *undone_door.MUTATIONS,
    *undone_refused.MUTATIONS,
    *undone_content.MUTATIONS,
    *undone_mails.MUTATIONS,
    *undone_linting.MUTATIONS,
    *undone_house.MUTATIONS,
)
