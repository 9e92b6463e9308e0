"""Broken waits, experiments and steps that do something, and exactly what is said of each."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written

# the second step, in line 9; what is said
WAITS = [
    (
        "{wait: {until: tomorrow}}",
        "9:20: 'tomorrow' is no time to wait until: "
        'write one like "10:00", saturday "11:00", 72h after enter or 7d before event.starts_at',
    ),
    ('{wait: {until: "25:00"}}', "9:20: '25:00' is not an hour of the day: write one like \"09:00\", in quotes"),
    ("{wait: {until: satuday 11:00}}", "9:20: unknown day 'satuday', did you mean 'saturday'?"),
    ("{wait: {until: saturday}}", '9:20: at what hour of saturday? Write one like saturday "10:00"'),
    (
        "{wait: {until: 7d before enter}}",
        "9:20: '7d before enter' is past when the customer enters: write 7d after enter",
    ),
    (
        "{wait: {until: 7x after enter}}",
        "9:20: '7x' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
    (
        "{wait: {until: 7d before customer.birthday}}",
        "9:20: 'customer.birthday' was long ago: "
        "for each year's write enter: {date: customer.birthday, every: year, …}",
    ),
    (
        "{wait: {until: 7d before customer.member_sinc}}",
        "9:20: unknown path 'customer.member_sinc', did you mean 'customer.member_since'?",
    ),
    ("{wait: {until: 7d after cart.total}}", "9:20: 'cart.total' is money, not a time or a date"),
    ("{wait: {until: customer.level after enter}}", "9:20: 'customer.level' is a text, not a number of days"),
    ("{wait: {until: 1h after enter, for: 1h}}", "9:36: unknown key 'for': use until"),
]
A, B = "a: {share: 50%, steps: []}", "b: {share: 50%, steps: []}"
SPLITS = [
    ("{split: {name: x}}", "9:13: 'paths' is missing: two paths or more, like a: {share: 50%, steps: […]}"),
    (f"{{split: {{paths: {{{A}, {B}}}}}}}", "9:13: 'name' is missing: the experiment's name"),
    (f"{{split: {{name: x, paths: {{{A}}}}}}}", "9:30: an experiment needs two paths or more"),
    (
        f"{{split: {{name: x, paths: {{{A}, b: {{share: 49.5%, steps: []}}}}}}}}",
        "9:30: the shares make 99.5%: they have to make 100%",
    ),
    (
        f"{{split: {{name: x, paths: {{{A}, {B}, c: {{share: 1%, steps: []}}}}}}}}",
        "9:30: the shares make 101%: they have to make 100%",
    ),
    (
        "{split: {name: x, paths: {a: {share: 0%, steps: []}, b: {share: 0%, steps: []}}}}",
        "9:30: the shares make 0%: they have to make 100%",
    ),
    (
        f"{{split: {{name: x, paths: {{{A}, b: {{share: half, steps: []}}}}}}}}",
        "9:70: 'half' is not a part in percent below 100: write one like 5%",
    ),
    (
        f"{{split: {{name: x, paths: {{{A}, b: {{share: 50%}}}}}}}}",
        "9:62: 'steps' is missing: what happens on this path; [] is nothing",
    ),
    (
        f"{{split: {{name: x, judge: goal, paths: {{{A}, {B}}}}}}}",
        "9:30: this journey has no 'goal' to judge by: write one beside its steps",
    ),
    (f"{{split: {{name: x, judge: clicks, paths: {{{A}, {B}}}}}}}", "9:30: unknown value 'clicks': use goal"),
    (
        f"{{split: {{name: x, paths: {{{A}, b: {{share: 50%, steps: [{{send: hello}}]}}}}}}}}",
        "9:83: this step and the one in line 8 are both 'send:hello': give this one a 'name'",
    ),
]
ACTS = [
    ("{set: {}}", "9:11: at least one attribute is needed, like {customer.level: gold}"),
    ("{set: gold}", "9:11: a mapping of keys and values is needed here, not 'gold'"),
    ("{set: {customer.levl: gold}}", "9:12: unknown attribute 'customer.levl', did you mean 'customer.level'?"),
    ("{set: {level: gold}}", "9:12: unknown attribute 'level': use customer.level"),
    (
        "{set: {customer.first_name: Anna}}",
        "9:12: 'customer.first_name' cannot be set: only the attributes of configs/attributes.yaml can",
    ),
    ("{set: {customer.level: 5}}", "9:28: a text is needed here, not '5'"),
    (
        "{set: {customer.member_since: soon}}",
        "9:35: 'soon' is not a time with its zone: write one like \"2027-03-05T12:00+03:00\"",
    ),
    ("{set: {customer.level: cart.total}}", "9:28: 'cart.total' is money and cannot be compared with a text"),
    ("{webhook: erase}", "9:15: unknown webhook 'erase': use erase_account"),
    ("{webhook: erase_account, timeout: 3s}", "9:30: unknown key 'timeout': use webhook or name"),
    ("{start: welcome}", "9:13: unknown journey 'welcome': use x"),
    ("{start: x}", "9:13: 'x' is this journey itself: name another one"),
    ("{leave: []}", "9:13: a text is needed here, not a list"),
    ("leaves", "9:5: a mapping of keys and values is needed here, not 'leaves'"),
    ("{send: hello, name: h, sender: shp}", "9:36: unknown sender 'shp', did you mean 'shop'?"),
    (
        "{send: hello, name: h, sender: event.old_price}",
        "9:36: unknown text of the event 'event.old_price': use event.cart_id or event.franchise_id",
    ),
    (
        "{send: hello, name: h, together: often}",
        "9:38: 'often' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
]
HOOK = "erase_account: {%s}\n"
HOOKS = [
    ('url: "http://shop.example"', "1:16: 'secret' is missing: the environment variable with the key that signs"),
    ("secret: KEY", "1:16: 'url' is missing: where it is, like https://shop.example/hooks"),
    (
        'url: "smtp://shop.example", secret: KEY',
        "1:22: 'smtp://shop.example' is not a web address: write one like https://shop.example/hooks",
    ),
    (
        'url: "${SHOP/hooks", secret: KEY',
        "1:22: '${SHOP/hooks' has a '${' that is no variable: write ${NAME} or ${NAME:-a default}",
    ),
    (
        'url: "${SHOP:-ftp://shop.example}/hooks", secret: KEY',
        "1:22: '${SHOP:-ftp://shop.example}/hooks' is not a web address: write one like https://shop.example/hooks",
    ),
    (
        'url: "http://a.example", secret: hunter2',
        "1:50: write the name of an environment variable here, like SMS_SECRET, never the secret itself",
    ),
    ('url: "http://a.example", secret: KEY, method: GET', "1:63: unknown method 'GET': use POST, PUT, PATCH or DELETE"),
    (
        'url: "http://a.example", secret: KEY, timeout: 2m',
        "1:64: '2m' is longer than anybody waits for an answer: write 60s or less",
    ),
    (
        'url: "http://a.example", secret: KEY, headers: {Idempotency-Key: a}',
        "1:65: 'Idempotency-Key' is written by Kaskad itself",
    ),
    (
        'url: "http://a.example", secret: KEY, headers: {"X Y": a}',
        "1:65: 'X Y' is not the name of a header: write one like X-Shop",
    ),
    (
        'url: "http://a.example", secret: KEY, headers: {X-Shop: ы}',
        "1:73: 'ы' is not the value of a header: letters, digits and signs of ASCII on one line",
    ),
]


@pytest.mark.parametrize("case", [*WAITS, *SPLITS, *ACTS], ids=lambda case: case[0])
def test_step(project: Written, case: tuple[str, ...]) -> None:
    step, *said = case
    project.write("webhooks.yaml", HOOK % 'url: "https://shop.example/hooks", secret: KEY')
    project.replace("  - wait: 24h\n", f"  - {step}\n")
    assert project.said() == said


@pytest.mark.parametrize("case", HOOKS, ids=lambda case: case[0])
def test_webhook(project: Written, case: tuple[str, ...]) -> None:
    hook, *said = case
    project.write("webhooks.yaml", HOOK % hook)
    assert project.said("webhooks.yaml") == said


def test_a_journey_whose_file_is_broken_may_be_started(project: Written) -> None:
    project.write("journeys/other.yaml", "title: [\n")
    project.replace("  - wait: 24h\n", "  - start: other\n")
    assert [problem.path for problem in project.problems()] == ["configs/journeys/other.yaml"]
