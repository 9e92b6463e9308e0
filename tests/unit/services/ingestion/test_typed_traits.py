"""Traits by the types of attributes: dates, zones, ids, and what is spoiled."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.contacts import collect_traits
from kaskad.services.ingestion.segment_events import parse_request
from tests.unit.services.ingestion.typed_calls import NOW, SHOP, read


def test_traits_are_read_by_the_types_of_attributes() -> None:
    traits = {
        "children": "2",
        "hasApp": "да",
        "registered_at": "2026-11-29 10:00Z",
        "birthday": "--03-04",
        "other": "2",
    }
    (found,) = read({"type": "identify", "traits": traits}).events
    assert found.traits == {
        "children": 2,
        "has_app": True,
        "registered_at": "2026-11-29T10:00:00Z",
        "birthday": "--03-04",
        "other": "2",
    }


def test_a_spoiled_trait_is_left_out_and_told_and_an_address_is_read_elsewhere() -> None:
    found = read({"type": "identify", "traits": {"children": "two", "email": "a@b.example", "first_name": ["x"]}})
    (profile,) = found.events
    assert profile.traits == {"email": "a@b.example"}
    assert set(profile.spoiled) == {"traits.children", "traits.first_name"}
    (remark,) = found.remarks
    assert "traits.children could not be read: 'two'" in remark.detail


def test_the_ids_of_a_profile_are_read_as_those_of_events() -> None:
    project = SHOP.model_copy(update={"attributes": {"franchise_id": ValueType.TEXT}})
    for key, said, traits in (
        ("franchise_id", " f1 ", {"franchise_id": "f1"}),
        ("franchise_id", "undefined", {}),
        ("first_name", " Anna ", {"first_name": " Anna "}),
    ):
        call = {"type": "identify", "userId": "anna", "traits": {key: said}}
        (found,) = parse_request({"batch": [call]}, NOW, project).events
        assert found.traits == traits


@pytest.mark.parametrize("key", ["birthday", "birth_date", "childs_birthday"])
def test_nobody_is_born_before_their_grandparents_or_after_today(key: str) -> None:
    project = SHOP.model_copy(
        update={"attributes": dict.fromkeys(("birth_date", "childs_birthday", "since"), ValueType.DATE)}
    )

    def read_date(key: str, said: Any) -> Any:
        call = {"type": "identify", "userId": "anna", "traits": {key: said}}
        (found,) = parse_request({"batch": [call]}, NOW, project).events
        return found.traits.get(key)

    for said in ("1900-01-02", "1990-03-04", "--03-04", "2027-03-02"):
        assert read_date(key, said) == said
    for said in ("1899-12-30", "1900-01-01", "1827-03-04", "2050-01-01", "2027-03-05", 4_000_000_000):
        assert read_date(key, said) is None
        assert read_date("since", said) is not None, "a date of something else"


def test_a_time_zone_is_stored_by_its_name() -> None:
    for key in ("timezone", "time_zone", "timeZone"):
        for said, zone in (("asia/omsk", "Asia/Omsk"), ("UTC+6", "Etc/GMT-6"), ("Omsk Standard Time", "Asia/Omsk")):
            (found,) = read({"type": "identify", "traits": {key: said}}).events
            assert collect_traits(found.traits, found.context) == {"time_zone": zone}
            (found,) = read({"type": "identify", "traits": {}, "context": {"timezone": said}}).events
            assert collect_traits(found.traits, found.context) == {"time_zone": zone}
    for empty in (None, ""):  # takes it back, as it does for every attribute
        (found,) = read({"type": "identify", "traits": {"timezone": empty}}).events
        assert collect_traits(found.traits, found.context) == {"time_zone": empty}


@pytest.mark.parametrize(
    "said", ["undefined", "Etc/Unknown", "Омск", 360, -360, False, {"name": "Asia/Omsk"}], ids=repr
)
def test_a_time_zone_that_is_none_changes_nothing_and_is_told(said: Any) -> None:
    found = read({"type": "identify", "traits": {"timezone": said}})
    assert collect_traits(found.events[0].traits, found.events[0].context) == {}
    assert found.events[0].spoiled == ("traits.timezone",)
    assert [(remark.code, remark.stored) for remark in found.remarks] == [(RejectionCode.SPOILED, True)]
    both = {"type": "identify", "traits": {"timezone": said}, "context": {"timezone": "Asia/Omsk"}}
    (profile,) = read(both).events
    assert collect_traits(profile.traits, profile.context) == {"time_zone": "Asia/Omsk"}
    found = read({"type": "identify", "traits": {"children": 1}, "context": {"timezone": "undefined"}})
    assert collect_traits(found.events[0].traits, found.events[0].context) == {"children": 1}
    assert found.events[0].spoiled == ("context.timezone",)


def test_a_birthday_told_as_an_instant_is_the_customers_own_day() -> None:
    told = {"birthday": "1990-03-03T22:30:00Z"}
    for beside, day in (
        ({"traits": told}, "1990-03-04"),
        ({"traits": told | {"timezone": "America/New_York"}}, "1990-03-03"),
        ({"traits": told, "context": {"timezone": "America/New_York"}}, "1990-03-03"),
    ):
        (found,) = read({"type": "identify"} | beside).events
        assert found.traits["birthday"] == day
