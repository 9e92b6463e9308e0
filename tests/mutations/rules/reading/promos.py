"""A code is redeemed once, where it is good, by whoever has it."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PROMOS = "integration/api/reading/test_promos.py::"

MUTATIONS = (
    Mutation(
        "A code that is good in the store is refused on the site",
        "services/reading/promos.py",
        "if place is not None and not is_good_at(place, promo.where):",
        "if place is not None and not promo.where and not is_good_at(place, promo.where):",
        (PROMOS + "test_good_in_the_store_alone_is_refused_on_the_site",),
    ),
    Mutation(
        "Of two tills one redeems a code",
        "storage/sql/reading/redeem_promo_code.sql",
        "ON CONFLICT (promo, code) DO NOTHING",
        "ON CONFLICT (promo, code) DO UPDATE SET request = excluded.request",
        (PROMOS + "test_a_code_whose_owner_is_not_known_any_more_is_redeemed_once_too",),
    ),
    Mutation(
        "Another request does not get the answer of the first",
        "services/reading/promos.py",
        "if code.redeemed is None or code.redeemed.request != asked.request:",
        "if code.redeemed is None:",
        (PROMOS + "test_a_till_that_repeats_itself_gets_the_same_answer",),
    ),
    Mutation(
        "A code has an end",
        "services/reading/promos.py",
        "if code.valid_until <= now:",
        "if code.valid_until is None:",
        (PROMOS + "test_each_reason_is_a_problem_of_its_own",),
    ),
    Mutation(
        "A code that nobody has is not good",
        "services/reading/promos.py",
        "if not code.given or code.valid_until is None:",
        "if not code.given and code.valid_until is not None:",
        (PROMOS + "test_each_reason_is_a_problem_of_its_own",),
    ),
    Mutation(
        "Nobody guesses which of two codes is meant",
        "services/reading/promos.py",
        "    if len(found) > 1:\n",
        "    if not found:\n",
        (PROMOS + "test_of_codes_that_differ_in_case_alone_the_one_that_is_written_so_is_meant",),
    ),
    Mutation(
        "Whoever guesses codes has to wait",
        "api/routes/promos.py",
        "    if wait := limit.wait(*who):\n",
        "    if (wait := limit.wait(*who)) < 0:\n",
        (PROMOS + "test_whoever_guesses_has_to_wait_and_nobody_else",),
    ),
    Mutation(
        "Who has been forgotten leaves no id of an order at a code",
        "storage/sql/privacy/forget_redemptions.sql",
        "encode(sha256(convert_to(%(salt)s || r.order_id, 'UTF8')), 'hex')",
        "r.order_id",
        (PROMOS + "test_of_who_is_forgotten_only_the_place_stays",),
    ),
)
