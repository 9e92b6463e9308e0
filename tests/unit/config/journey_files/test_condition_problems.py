"""Broken conditions, and exactly what is said of each."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written

# one entry of `if:` in the entrance, in line 6; what is said
CONDITIONS = [
    ("{crt.total: 5}", "6:9: unknown path 'crt.total', did you mean 'cart.total'?"),
    ("{dit: order_completed}", "6:9: unknown condition 'dit', did you mean 'did'?"),
    ("{cart.total: {at_lest: 5}}", "6:22: unknown operator 'at_lest', did you mean 'at_least'?"),
    (
        "{cart.total: {contains: 5}}",
        "6:22: 'cart.total' is money, which 'contains' does not fit: "
        "use is, is_not, in, not_in, at_least, at_most, more_than, less_than, between or known",
    ),
    (
        "{cart.total: 1000 roubles}",
        "6:21: a number is needed here, or an amount like 50 EUR, not '1000 roubles'",
    ),
    ("{cart.total: {at_least: 50 ZZZ}}", "6:32: 'ZZZ' is not a currency: write one like 50 EUR"),
    ("{cart.total: {between: [10 EUR, 20]}}", "6:31: both values need the same currency"),
    (
        "{cart.total: {between: [20 EUR, 10 EUR]}}",
        "6:31: nothing lies between 20 EUR and 10 EUR: write the lowest first",
    ),
    ("{cart.total: {between: [1]}}", "6:31: two values are needed here: [lowest, highest]"),
    ("{product.in_stock: yes}", "6:27: 'yes' means true or false to some readers: write that, or use quotes"),
    ("{product.in_stock: 1}", "6:27: true or false is needed here, not '1'"),
    ("{order.place: 5}", "6:22: a text is needed here, not '5'"),
    (
        "{cart.total: {less_than: event.oldprice}}",
        "6:33: unknown path 'event.oldprice', did you mean 'event.old_price'? "
        '(a text that only looks like a path is written {text: "event.oldprice"})',
    ),
    ("{order.place: product.price}", "6:22: 'product.price' is money and cannot be compared with a text"),
    (
        "{order.delivered_at: {within: 3}}",
        "6:38: '3' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
    (
        '{order.delivered_at: {after: "2027-03-05"}}',
        "6:37: '2027-03-05' is not a time with its zone: write one like \"2027-03-05T12:00+03:00\"",
    ),
    ('{customer.birthday: {is: "5 March"}}', "6:33: '5 March' is not a day: write one like \"2027-03-05\""),
    (
        "{did: order_completed, within: 3d, since: enter}",
        "6:50: 'within' and 'since' exclude each other: keep one of them",
    ),
    (
        "{did: order_completed, times: {contains: 2}}",
        "6:39: unknown operator 'contains': use is, at_least, at_most, more_than or less_than",
    ),
    (
        "{did: order_completed, did_not: order_completed}",
        "6:40: 'did' and 'did_not' are two conditions: make two entries of the list",
    ),
    (
        "{did: order_completed, where: [{product.category: shoes}]}",
        "6:40: 'product.category' is never known of 'order_completed': it has no 'product_id' in configs/events.yaml",
    ),
    (
        "{did: product_stock_changed, where: [{not: {order.total: 5}}]}",
        "6:52: 'order.total' is never known of 'product_stock_changed': it has no 'order_id' in configs/events.yaml",
    ),
    (
        "{did: product_stock_changed, where: [{product.price: {less_than: area.id}}]}",
        "6:73: 'area.id' is a text and cannot be compared with money",
    ),
    (
        "{did: product_stock_changed, where: [{product.category: area.id}]}",
        "6:46: 'area.id' is never known of 'product_stock_changed': it has no 'area.id' in configs/events.yaml",
    ),
    ('{cart.total: {at_least: {text: "5"}}}', "6:32: a number is needed here, not a mapping"),
    ('{product.in_stock: {text: "true"}}', "6:27: true or false is needed here, not a mapping"),
    ('{customer.birthday: {before: {text: "2027-03-05"}}}', "6:37: a text is needed here, not a mapping"),
    (
        '{"customer.points.a b": 5}',
        "6:9: unknown path 'customer.points.a b': use customer.first_name, customer.locale, customer.time_zone, "
        "customer.birthday, customer.last_order.at, customer.orders, customer.revenue, customer.level "
        "or customer.member_since",
    ),
    (
        "{order.items: {contains: machine}}",
        "6:23: 'order.items' is a list of things: write order.items.product_id (or .category, .sku, .name)",
    ),
    (
        "{cart.items: machine}",
        "6:9: 'cart.items' is a list of things: write cart.items.product_id (or .category, .sku, .name)",
    ),
    ("{order.items.product_id: {contains: 5}}", "6:44: a text is needed here, not '5'"),
    ("{order.items.price: {contains: dear}}", "6:39: a number is needed here, not 'dear'"),
    (
        "{order.items.category: {contains: cart.total}}",
        "6:42: 'cart.total' is money and cannot be compared with a text",
    ),
    (
        "{order.items.category: shoes}",
        "6:9: 'order.items.category' is a list, which 'is' does not fit: use contains or known",
    ),
    ("{cart.total: {between: [1000, 5]}}", "6:31: nothing lies between 1000 and 5: write the lowest first"),
    (
        '{customer.birthday: {between: ["2027-03-05", "2027-03-04"]}}',
        "6:38: nothing lies between 2027-03-05 and 2027-03-04: write the lowest first",
    ),
    (
        '{enter: {between: ["2027-03-05T12:00+03:00", "2027-03-05T11:00+05:00"]}}',
        "6:26: nothing lies between 2027-03-05T12:00:00+03:00 and 2027-03-05T11:00:00+05:00: write the lowest first",
    ),
    (
        "{did: order_completed, times: {less_than: 0}}",
        "6:50: a whole number from 1 to 1000000 is needed here, not '0'",
    ),
    ("{cart.total: {in: []}}", "6:26: at least one value is needed in the list"),
    (
        "{product.in_stock: {at_least: 1}}",
        "6:28: 'product.in_stock' is true or false, which 'at_least' does not fit: use is, is_not or known",
    ),
    (
        "{order.place: {before: store}}",
        "6:23: 'order.place' is a text, which 'before' does not fit: use is, is_not, in, not_in or known",
    ),
    ("{in_segment: vip}", "6:21: unknown segment 'vip': none is defined yet"),
    ("{message: hello, was: clicked}", "6:18: nothing is sent in this journey before this is asked"),
    ("{any: []}", "6:14: at least one condition is needed in the list"),
    (
        "{cart.total: 5, order.place: store}",
        "6:24: one condition is one path: make this an entry of its own in the list",
    ),
    ("{}", "6:8: a condition is needed here, like {cart.total: {at_least: 1000}}"),
    ("cart.total", "6:8: a mapping of keys and values is needed here, not 'cart.total'"),
    (
        "{event.nothing: 5}",
        "6:9: unknown path 'event.nothing': use event.cart_id, event.old_price or event.franchise_id",
    ),
    ("{customer.levl: gold}", "6:9: unknown path 'customer.levl', did you mean 'customer.level'?"),
    (
        "{product.id: {txt: x}}",
        "6:22: unknown operator 'txt': use is, is_not, in, not_in, at_least, at_most, "
        "more_than, less_than, between, contains, known, before, after, within or older_than",
    ),
]


@pytest.mark.parametrize("case", CONDITIONS, ids=lambda case: case[0])
def test_condition(project: Written, case: tuple[str, ...]) -> None:
    condition, *said = case
    project.replace("when: cart_updated", f"when: cart_updated\n  if: [{condition}]")
    assert project.said() == said
