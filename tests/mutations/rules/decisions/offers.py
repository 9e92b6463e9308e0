"""What a message may offer and to whom: promos, never_about, the control group, preferred channels, known senders."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PROMOS = "integration/services/decisions/test_promo_codes.py::"
POLICY = "integration/services/decisions/test_policy.py::"
RECOMMENDED = "integration/services/decisions/test_recommendations.py::"
PURPOSES = "unit/domain/decisions/test_purposes.py::"
LINES = "integration/services/delivery/test_bought_lines.py::"
NEVER = "integration/services/decisions/test_never_about.py::"
NARROWED = "unit/config/project_files/test_never_about.py::"
PREFERRED = "unit/domain/journeys/test_preferred_channel.py::"

MUTATIONS = (
    Mutation(
        "One code for each customer and entry",
        "storage/sql/products/assign_promo_codes.sql",
        "WHERE NOT EXISTS (SELECT FROM promo_code h WHERE h.enrollment_id = r.enrollment_id AND h.promo = r.promo)),",
        "),",
        (PROMOS + "test_the_same_code_on_every_rung_and_step", PROMOS + "test_a_crash_leaves_the_code_with_its_entry"),
    ),
    Mutation(
        "No code is given to two people",
        "storage/sql/products/assign_promo_codes.sql",
        "WHERE c.promo = w.promo AND c.enrollment_id IS NULL",
        "WHERE c.promo = w.promo",
        (PROMOS + "test_two_workers_never_give_one_code_twice",),
    ),
    Mutation(
        "A code that somebody is just taking is passed over",
        "storage/sql/products/assign_promo_codes.sql",
        " FOR UPDATE SKIP LOCKED",
        "",
        (PROMOS + "test_codes_that_somebody_is_just_taking_are_passed_over",),
    ),
    Mutation(
        "Codes that are given back are waited for",
        "services/delivery/offers.py",
        "if missing and await promo_codes.wait_for_codes(",
        "if False and await promo_codes.wait_for_codes(",
        (PROMOS + "test_codes_that_are_given_back_are_waited_for",),
    ),
    Mutation(
        "Without a code nothing goes",
        "services/delivery/offers.py",
        'if promo.when_empty == "send":',
        "if True:",
        (PROMOS + "test_without_a_code_nothing_goes",),
    ),
    Mutation(
        "A code that is over is not said",
        "services/delivery/offers.py",
        "if mine and mine.valid_until > now:",
        "if mine:",
        (PROMOS + "test_a_code_that_is_over_is_not_said",),
    ),
    Mutation(
        "A test takes no code",
        "services/delivery/offers.py",
        "if asked.held.mode is not Mode.LIVE or clock.is_simulation():",
        "if clock.is_simulation():",
        (PROMOS + "test_a_test_run_takes_no_code",),
    ),
    Mutation(
        "The owner hears that codes run out",
        "storage/sql/products/warn_low_promos.sql",
        "WHERE l.count < r.warn_below",
        "WHERE false",
        (PROMOS + "test_the_owner_is_told_once_that_codes_run_out",),
    ),
    Mutation(
        "Nothing of what was just bought is recommended",
        "services/delivery/offers.py",
        "never = request.spec.never.longest if request.spec.never else timedelta(0)",
        "never = timedelta(0)",
        (RECOMMENDED + "test_nothing_of_what_the_customer_has_just_bought",),
    ),
    Mutation(
        "Nothing about what was bought is decided",
        "domain/decisions/send_step.py",
        "if purchase := find_purchase(ctx, resolved.purpose):",
        "if False:",
        (PURPOSES + "test_in_advance", PURPOSES + "test_what_was_bought_is_remembered_with_the_decision"),
    ),
    Mutation(
        "Nothing about what was bought goes, however late it was bought",
        "domain/decisions/send_check.py",
        "if send_step.find_purchase(ctx, message.purpose) or ",
        "if ",
        (PURPOSES + "test_in_the_look", POLICY + "test_a_purchase_while_the_message_waits_is_found_in_the_look"),
    ),
    Mutation(
        "The order that an entry is about is its occasion",
        "storage/sql/customers/last_similar_purchases.sql",
        "coalesce(e.properties->>'order_id' <> a.entry->>'order_id', true)",
        "true",
        (POLICY + "test_the_order_that_the_entry_is_about_is_its_occasion",),
    ),
    Mutation(
        "A group of analogues goes before the category",
        "storage/sql/customers/last_similar_purchases.sql",
        "CASE WHEN t.similar IS NOT NULL THEN",
        "CASE WHEN false THEN",
        (POLICY + "test_a_group_of_analogues_goes_before_the_category",),
    ),
    Mutation(
        "What was bought forbids its like",
        "storage/sql/customers/last_similar_purchases.sql",
        "THEN 'similar' END AS relation",
        "THEN NULL END AS relation",
        (NEVER + "test_how_long_each_purchase_counts",),
    ),
    Mutation(
        "The like of what was bought counts for its own time",
        "domain/journeys/never_about.py",
        "window: Duration | None = getattr(self, relation.value)",
        "window: Duration | None = self.same",
        (NEVER + "test_how_long_each_purchase_counts",),
    ),
    Mutation(
        "What people buy again forbids itself alone",
        "storage/sql/customers/last_similar_purchases.sql",
        "WHEN b.again THEN NULL",
        "WHEN false THEN NULL",
        (NEVER + "test_how_long_each_purchase_counts",),
    ),
    Mutation(
        "What people buy again forbids itself",
        "storage/sql/customers/last_similar_purchases.sql",
        "THEN CASE WHEN b.again THEN 'again' ELSE 'same' END",
        "THEN CASE WHEN b.again THEN NULL ELSE 'same' END",
        (NEVER + "test_how_long_each_purchase_counts",),
    ),
    Mutation(
        "A product with refill_days is bought again",
        "storage/sql/customers/last_similar_purchases.sql",
        "(coalesce(as_number(b.attributes->>'refill_days') > 0, false)",
        "(false",
        (NEVER + "test_how_long_each_purchase_counts",),
    ),
    Mutation(
        "What was asked for is blocked by the very product alone",
        "domain/decisions/never_about.py",
        "if purchase.relation is Relation.SIMILAR and self.purpose is Purpose.REQUESTED:",
        "if self.purpose is Purpose.REQUESTED:",
        (NEVER + "test_what_was_asked_for_is_blocked_by_the_very_product_alone", PURPOSES + "test_in_advance"),
    ),
    Mutation(
        "What was asked for is not blocked by the like",
        "domain/decisions/never_about.py",
        "if purchase.relation is Relation.SIMILAR and self.purpose is Purpose.REQUESTED:",
        "if False:",
        (NEVER + "test_what_was_asked_for_is_blocked_by_the_very_product_alone", PURPOSES + "test_in_advance"),
    ),
    Mutation(
        "A cart is asked for what was bought",
        "storage/facts/customer_history.py",
        ' or _names(e, "cart_id"))]',
        ")]",
        (NEVER + "test_a_cart_of_which_nothing_is_left_is_nothing_to_write_about",),
    ),
    Mutation(
        "A cart is nothing to write about when all of it was bought",
        "domain/decisions/never_about.py",
        "len(find_bought_things(forbidding, rule)) >= cart_things",
        "len(find_bought_things(forbidding, rule)) > cart_things",
        (NEVER + "test_a_cart_of_which_nothing_is_left_is_nothing_to_write_about",),
    ),
    Mutation(
        "A line of a cart that nobody can tell is left",
        "storage/sql/customers/last_similar_purchases.sql",
        " + count(*) FILTER (WHERE coalesce(name, '') = '')",
        "",
        (NEVER + "test_a_line_without_a_product_is_left",),
    ),
    Mutation(
        "Whoever enters by an order is not asked",
        "domain/decisions/never_about.py",
        "return not (isinstance(enter, EventTrigger) and enter.when in ORDER_EVENTS)",
        "return True",
        (NEVER + "test_whoever_enters_by_an_order_is_not_asked",),
    ),
    Mutation(
        "A journey asks no longer than the policy",
        "domain/journeys/never_about.py",
        "return min(whole, own.as_timedelta)",
        "return max(whole, own.as_timedelta)",
        (NARROWED + "test_the_shorter_of_both_counts",),
    ),
    Mutation(
        "What was bought is left out of the text",
        "services/delivery/rendering.py",
        'items = [item for item in known["items"] if thing_of(item) not in left_out]',
        'items = list(known["items"])',
        (LINES + "test_what_was_bought_is_left_out",),
    ),
    Mutation(
        "The total is of what is left",
        "services/delivery/rendering.py",
        "total_of(known, items, shop) if all_there else",
        "total_of(known, items, shop) if True else",
        (LINES + "test_the_total_is_of_what_is_left_or_is_not_said",),
    ),
    Mutation(
        "A text that shows what was bought meanwhile does not go",
        "domain/decisions/send_check.py",
        " or _shows_what_was_bought(ctx, message):",
        ":",
        (LINES + "test_what_is_bought_while_the_text_is_written_is_not_in_it",),
    ),
    Mutation(
        "The control group enters no marketing",
        "domain/decisions/engine.py",
        "if counts and in_control_group(enrollment.customer, project.policy.control_group):",
        "if False:",
        (POLICY + "test_the_control_group_hears_no_marketing",),
    ),
    Mutation(
        "Who is inside when the control group is drawn is written to no more",
        "domain/decisions/send_policy.py",
        "if in_marketing_control_group(policy, purpose, person):",
        "if False:",
        (POLICY + "test_who_is_inside_when_the_control_group_is_drawn_hears_no_more",),
    ),
    Mutation(
        "The control group is asked about in the look",
        "domain/decisions/send_check.py",
        "if send_policy.in_marketing_control_group(project.policy, message.purpose, person):",
        "if False:",
        (PURPOSES + "test_in_the_look",),
    ),
    Mutation(
        "The control group is outside marketing alone",
        "domain/decisions/send_policy.py",
        "return purpose is Purpose.MARKETING and in_control_group(",
        "return in_control_group(",
        (PURPOSES + "test_in_the_look",),
    ),
    Mutation(
        "Whoever answered somewhere hears there first",
        "domain/journeys/cascade.py",
        "return (first, *(channel_step for channel_step in self.channels if channel_step is not first))",
        "return self.channels",
        (PREFERRED + "test_the_order", POLICY + "test_people_hear_first_where_they_last_answered"),
    ),
    Mutation(
        "The last answer says where",
        "domain/journeys/cascade.py",
        "first = max(liked,",
        "first = min(liked,",
        (PREFERRED + "test_the_order",),
    ),
    Mutation(
        "Nothing is decided in the name of nobody",
        "domain/decisions/send_step.py",
        "if resolved.sender not in project.senders:",
        "if False:",
        (PURPOSES + "test_in_advance", PURPOSES + "test_an_unknown_sender_is_waited_for_until_the_message_is_stale"),
    ),
    Mutation(
        "Nothing goes in the name of nobody",
        "domain/decisions/send_check.py",
        "if message.sender not in project.senders:",
        "if False:",
        (PURPOSES + "test_in_the_look",),
    ),
)
