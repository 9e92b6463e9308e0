"""Every rule of the linter."""

from __future__ import annotations

from kaskad.services.linting.caps import CAPPED_OUT
from kaskad.services.linting.cascades import (
    CHANNEL_WITHOUT_TEMPLATE,
    LATE_FALLBACK,
    NO_CHANNEL_AT_ALL,
    NOBODY_WITHOUT_CONSENT,
)
from kaskad.services.linting.currencies import CURRENCY_WITHOUT_RATE
from kaskad.services.linting.entries import DATE_WITHOUT_RELEVANCE, PRODUCT_BY_PRODUCT
from kaskad.services.linting.event_retention import FORGOTTEN_EVENTS
from kaskad.services.linting.goals import GOAL_OUT_OF_REACH, SAME_OF_NOTHING
from kaskad.services.linting.hours import AMBIGUOUS_HOUR, EMPTY_WINDOW, WINDOW_ACROSS_MIDNIGHT
from kaskad.services.linting.purchases import IDLE_NEVER_ABOUT, NO_PURCHASE_CHECK
from kaskad.services.linting.unreachable_steps import IMPOSSIBLE_CONDITION, UNREACHABLE_STEP

RULES = (
    NO_PURCHASE_CHECK,
    IDLE_NEVER_ABOUT,
    LATE_FALLBACK,
    EMPTY_WINDOW,
    WINDOW_ACROSS_MIDNIGHT,
    AMBIGUOUS_HOUR,
    CHANNEL_WITHOUT_TEMPLATE,
    NO_CHANNEL_AT_ALL,
    NOBODY_WITHOUT_CONSENT,
    GOAL_OUT_OF_REACH,
    SAME_OF_NOTHING,
    UNREACHABLE_STEP,
    IMPOSSIBLE_CONDITION,
    FORGOTTEN_EVENTS,
    CURRENCY_WITHOUT_RATE,
    PRODUCT_BY_PRODUCT,
    DATE_WITHOUT_RELEVANCE,
    CAPPED_OUT,
)
