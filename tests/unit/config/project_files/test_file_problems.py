"""Broken files beside the journeys, and files that are not the YAML that is read here."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written

# the file, what is written into it, what is said of it
YAML = [
    ("title: A\ntitle: B\n", "2:1: 'title' stands here twice, first in line 1"),
    ("title: &a A\n", "1:8: '&a' is an anchor: anchors are not used here"),
    ("title: *a\n", "1:8: '*a' is an alias: write the value itself"),
    ("title: !!str A\n", "1:8: 'tag:yaml.org,2002:str' is a tag: tags are not used here, write the value alone"),
    ("title: A\n---\ntitle: B\n", "2:1: a second document begins here: one file is one document"),
    ("%YAML 1.1\n---\ntitle: A\n", "2:1: directives (% at the beginning) are not used here: remove them"),
    ("title: A\nowner:\tB\n", "2:7: a tab: use spaces"),
    ("title: a\u0007b\n", "1:9: the invisible character U+0007: remove it"),
    ("title: A\n  owner: B\n", "2:8: not valid YAML: mapping values are not allowed here"),
    ("? [a]\n: b\n", "1:3: a key must be a plain word, not a list or a mapping"),
    ("a: " + "[" * 41, "1:43: nested deeper than 40 levels"),
    ("a: [" + "1," * 20_001 + "]", "1:39999: more than 20,000 values in one file"),
    ("# " + "x" * 1024 * 1024, "1:1: the file is larger than 1024 KiB"),
    (b"title: A\nowner: \xff\n", "2:1: this line is not UTF-8 text: save the file as UTF-8"),
    ("- a\n", "1:1: a mapping of keys and values is needed here, not a list"),
    ("just text\n", "1:1: a mapping of keys and values is needed here, not 'just text'"),
    ('title: "a\\ud800"\n', "1:8: this text holds a character that no text can hold"),
    ('title: "a\\0"\n', "1:8: this text holds a character that no text can hold"),
    ("title: yes\n", "1:8: 'yes' means true or false to some readers: write that, or use quotes"),
    ("title: True\n", "1:8: write 'true' in small letters, or use quotes"),
    ("title: 1_000\n", "1:8: '1_000' is not a number everywhere: write it without '_'"),
    ("title: 010\n", "1:8: '010' begins with a zero: write \"010\" in quotes, or the number without it"),
    ("title: 09:00\n", '1:8: a time needs quotes: write "09:00"'),
    ("title: 2027-03-05\n", '1:8: a date needs quotes: write "2027-03-05"'),
]
FILES = [
    ("journeys/X-1.yaml", "", "1:1: the file's name is the journey's: small letters a–z, digits and _"),
    ("journeys/y.yml", "", "1:1: name the file 'y.yaml'"),
    ("cascade.yaml", "", "1:1: unknown file 'cascade.yaml', did you mean 'cascades.yaml'?"),
    ("campaigns/C-1.yaml", "", "1:1: the file's name is the campaign's: small letters a–z, digits and _"),
    (
        "topics.yaml",
        "Carts: {}\ncarts: {title: {russian language: A}}\n",
        "1:1: 'Carts' is not a name: small letters a–z, digits and _, beginning with a letter",
        "2:17: 'russian language' is not a locale: write one like ru or en",
    ),
    (
        "senders.yaml",
        "shop: {}\n",
        '1:7: how a channel writes the sender is missing, like email: "Shop <hello@shop.example>"',
    ),
    (
        "senders.yaml",
        "shop: {sms: A}\nb: {list: b.csv}\n",
        "2:4: 'key' is missing: the column whose value events name a sender by, like id",
    ),
    (
        "sources.yaml",
        'store: {open: "9-18"}\n',
        "1:15: '9' is not an hour of the day: write one like \"09:00\", in quotes",
    ),
    (
        "sources.yaml",
        "store: {time_zone: Europe/Moskow}\n",
        "1:20: unknown time zone 'Europe/Moskow', did you mean 'Europe/Moscow'?",
    ),
    (
        "policy.yaml",
        "caps: [{at_most: -1, per: month}]\n",
        "1:18: a whole number from 0 to 1000 is needed here, not '-1'",
        "1:27: unknown value 'month': use day or week",
    ),
    ("policy.yaml", "control_group: 100%\n", "1:16: '100%' is not a part in percent below 100: write one like 5%"),
    ("policy.yaml", "keep: {repeats: 1h}\n", "1:17: '1h' is too short: write 2d or more"),
    (
        "channels.yaml",
        "push: {providers: [box], cost: 0 RUB}\nsms: {providers: [bax], cost: 2 EUR, rate: 50}\nfax: {cost: 1 RUB}\n",
        "2:19: unknown provider 'bax', did you mean 'box'?",
        "2:31: the shop counts in RUB (configs/shop.yaml): write the price in RUB",
        "2:44: '50' is not a rate: write one like 50/s, 600/m or 3600/h",
        "3:1: unknown channel 'fax': use push, email, webpush, viber, sms or call",
    ),
    (
        "providers.yaml",
        'box: {adapter: http, url: "${BOX-URL}/sms"}\n',
        "1:27: '${BOX-URL}/sms' has a '${' that is no variable: write ${NAME} or ${NAME:-a default}",
    ),
    (
        "providers.yaml",
        'box: {adapter: http, url: "127.0.0.1", secret: "s3cret!"}\n',
        "1:27: '127.0.0.1' is not an address: write one like https://sms.example/send",
        "1:48: write the name of an environment variable here, like SMS_SECRET, never the secret itself",
    ),
    (
        "providers.yaml",
        'box: {adapter: smtp, url: "smtp://127.0.0.1:25", secret: BOX_SECRET, keeps_keys: 24h}\n',
        "1:82: mail has no keys: a server delivers the same letter twice",
    ),
    (
        "cascades.yaml",
        "default: {order: prefered, channels: [{channel: sms}]}\n",
        "1:18: unknown order 'prefered', did you mean 'preferred'?",
    ),
    (
        "cascades.yaml",
        "default: {order: cheapest, channels: [{channel: sms, fallback_after: 1h}, {channel: push}]}\n",
        "1:75: 'fallback_after' is missing: every channel but the last needs it",
    ),
    (
        "events.yaml",
        "cart_updated: {properties: {total: decimal}}\norder_completed: {alias: A}\nother: {alias: A}\n",
        "1:36: unknown type 'decimal': use text, number, money, boolean, time, date or list",
        "3:8: 'A' is an alias of 'order_completed' already",
    ),
    (
        "attributes.yaml",
        "locale: text\nage: integer\n",
        "1:1: 'customer.locale' is built in: choose another name",
        "2:6: unknown type 'integer': use text, number, money, boolean, time, date or list",
    ),
    (
        "shop.yaml",
        "url: shop\ncurrency: roubles\nlocale: Russian\ntime_zone: ../x\n",
        "1:6: 'shop' is not a web address: write one like https://shop.example",
        "2:11: 'roubles' is not a currency: write one like RUB",
        "3:9: 'Russian' is not a locale: write one like ru or en",
        "4:12: '../x' is not a time zone: write one like Europe/Moscow",
    ),
]


@pytest.mark.parametrize(("text", "said"), YAML, ids=range(len(YAML)))
def test_yaml(project: Written, text: str | bytes, said: str) -> None:
    project.write("journeys/x.yaml", text)
    assert project.said() == [said]


@pytest.mark.parametrize("case", FILES, ids=lambda case: f"{case[0]}: {case[2]}")
def test_file(project: Written, case: tuple[str, ...]) -> None:
    name, text, *said = case
    project.write(name, text)
    assert project.said(name) == said


def test_a_file_that_cannot_be_parsed_does_not_make_its_names_unknown(project: Written) -> None:
    project.write("events.yaml", "cart_updated: [\n")
    project.write("journeys/y.yaml", "a: 1\na: 2\n")
    assert [(problem.path, problem.line) for problem in project.problems()] == [
        ("configs/events.yaml", 2),
        ("configs/journeys/y.yaml", 2),
    ]


def test_a_broken_definition_is_said_once_and_not_wherever_it_is_used(project: Written) -> None:
    project.write("cascades.yaml", "default: {channels: [{channel: smz}]}\n")
    assert project.said("cascades.yaml") == ["1:32: unknown channel 'smz', did you mean 'sms'?"]


def test_a_file_that_is_a_folder(project: Written) -> None:
    (project.root / "configs" / "journeys" / "y.yaml").mkdir()
    assert project.said("journeys/y.yaml") == ["1:1: the file cannot be read: Is a directory"]
