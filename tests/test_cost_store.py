"""What the costs of charging stand on, on disk: it comes back as it was, and what is damaged harms nothing else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.tesla_charging import cost_store
from custom_components.tesla_charging.charging.mix import Supply
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.cost_store import CostStore
from custom_components.tesla_charging.energy.prices import by_steps
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from tesla_simulator.world.tariff import TARIFF

from .helpers import START

pytestmark = pytest.mark.freeze_time(START)

DAY_S = 86_400
DAY = 20_600 * DAY_S
SITE = 7
KEY = f"{DOMAIN}.e.costs"
ONE, TWO = Decimal("0.1"), Decimal("0.2")


async def loaded(hass: HomeAssistant) -> CostStore:
    """Return a store as it is on disk."""
    store = CostStore(hass, "e")
    await store.async_load()
    return store


async def test_it_comes_back(hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory) -> None:
    """Energies, prices, tariffs, and what was asked for; written soon, or when it ends, and not when there is nothing new."""
    store = await loaded(hass)
    await store.async_flush()
    assert KEY not in hass_storage
    supplies = {DAY - 300: Supply(1, 2, 3), DAY: Supply(0, 0, 0), DAY + 300: Supply(9, 99_999, 5)}
    assert store.keep_supplies(SITE, supplies)
    store.keep_steps("sensor.price", [(DAY + 10.0, ONE), (DAY + 20.0, None)], DAY, DAY + 100)
    assert store.note_tariff(SITE, TARIFF, 5.0)
    store.note_asked(SITE, "2026-05-27", 6.0)
    store.priced_by = "x"
    freezer.tick(31)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    await store.async_flush()

    again = await loaded(hass)
    found = again.supplies(SITE, DAY - DAY_S, DAY + DAY_S)
    assert found == {**supplies, DAY + 300: Supply(9, 65_534, 5)}
    assert again.supplies(SITE, DAY, DAY + 300) == {DAY: Supply(0, 0, 0)}
    assert again.supplies(SITE + 1, DAY, DAY + 300) == {}
    assert again.steps("sensor.price", DAY, DAY + 100) == [(DAY + 10.0, ONE), (DAY + 20.0, None), (DAY + 100.0, None)]
    assert (again.asked_at(SITE, "2026-05-27"), again.asked_at(SITE, "2026-05-28")) == (6.0, None)
    assert again.tariffs == {SITE: [(5.0, TARIFF)]} and again.priced_by == "x"
    assert not again.keep_supplies(SITE, supplies)
    assert not again.note_tariff(SITE, TARIFF, 9.0)
    assert not again.note_tariff(SITE, "?", 9.0)
    assert again.keep_supplies(SITE, {DAY: Supply(1, 0, 0)})
    await again.async_flush()
    assert (await loaded(hass)).supplies(SITE, DAY, DAY + 1) == {DAY: Supply(1, 0, 0)}
    await again.async_remove()
    assert KEY not in hass_storage


async def test_prices_of_times_that_overlap(hass: HomeAssistant) -> None:
    """What is remembered last of a time replaces what was; what is around it stays; equal prices are one step."""
    store = await loaded(hass)
    store.keep_steps("a", [(DAY - 50.0, ONE), (DAY + 20.0, ONE), (DAY + 50.0, TWO)], DAY, DAY + 100)
    assert store.steps("a", DAY - 100, DAY + 900) == [
        (DAY, ONE),
        (DAY + 20.0, ONE),
        (DAY + 50.0, TWO),
        (DAY + 100.0, None),
    ]
    store.keep_steps("a", [(DAY + 70.0, TWO), (DAY + 80.0, TWO), (DAY + 90.0, ONE)], DAY + 60, DAY + DAY_S + 5)
    assert store.steps("a", DAY, DAY + 2 * DAY_S) == [
        (DAY, ONE),
        (DAY + 20.0, ONE),
        (DAY + 50.0, TWO),
        (DAY + 70.0, TWO),
        (DAY + 90.0, ONE),
        (DAY + DAY_S + 5.0, None),
    ]
    # Nothing is known of that time now, which is no reason to forget.
    store.keep_steps("a", [], DAY, DAY + DAY_S)
    assert len(store.steps("a", DAY, DAY + 2 * DAY_S)) == 6
    assert store.steps("b", DAY, DAY + DAY_S) == []


@pytest.mark.parametrize(
    ("first", "then"), [((10, 20), (12, 14)), ((11, 16), (10, 12)), ((12, 14), (10, 12)), ((10, 30), (24, 26))]
)
async def test_prices_of_sessions_that_meet(hass: HomeAssistant, first: tuple[int, int], then: tuple[int, int]) -> None:
    """Two sessions within, over or right after each other keep their price, whichever is remembered last."""
    store = await loaded(hass)
    for begin, end in (first, then, first, then):
        store.keep_steps("a", [(DAY, ONE)], DAY + begin * 3600, DAY + end * 3600)
    for begin, end in (first, then):
        price = by_steps(store.steps("a", DAY + begin * 3600, DAY + end * 3600))
        for hour in range(begin, end):
            assert price(datetime.fromtimestamp(DAY + hour * 3600 + 1800, UTC)) == ONE
    after = store.steps("a", DAY, DAY + 40 * 3600)[-1]
    assert after == (DAY + max(first[1], then[1]) * 3600, None)


@pytest.mark.parametrize(
    "damage",
    [
        {"days": None},
        {"days": {"x": {}}},
        {"steps": {"a": {"1": [["x", "1"]]}}},
        {"steps": {"a": {"1": [[1.0, "one"]]}}},
        {"tariffs": {"1": [[1.0]]}},
        {"asked": {"1": {"2026": "x"}}},
        {"asked": []},
    ],
)
async def test_damaged(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, damage: dict[str, Any]
) -> None:
    """It begins anew, and says so once."""
    whole = {"days": {}, "steps": {}, "tariffs": {}, "asked": {}, "priced_by": "x"}
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": {**whole, **damage}}
    store = await loaded(hass)
    assert store.priced_by is None
    assert "is damaged, so it begins anew" in caplog.text
    assert store.keep_supplies(SITE, {DAY: Supply(1, 1, 1)})
    await store.async_flush()
    assert (await loaded(hass)).supplies(SITE, DAY, DAY + 1)


async def test_a_day_that_is_damaged(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """It is not known, and the others are."""
    store = await loaded(hass)
    for number in range(4):
        store.keep_supplies(SITE, {DAY + number * DAY_S: Supply(1, 2, 3)})
    await store.async_flush()
    days = hass_storage[KEY]["data"]["days"][str(SITE)]
    for number, text in enumerate(("?", "AAAA", "eNoDAAAAAAE=")):
        days[str(DAY // DAY_S + number)] = text
    found = (await loaded(hass)).supplies(SITE, DAY, DAY + 9 * DAY_S)
    assert found == {DAY + 3 * DAY_S: Supply(1, 2, 3)}


async def test_a_disk_that_cannot_be_read(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It begins anew, and says why."""

    async def fail(_: Any) -> None:
        raise HomeAssistantError("no disk")

    monkeypatch.setattr(Store, "async_load", fail)
    assert (await loaded(hass)).priced_by is None
    assert "cannot be read, so it begins anew: no disk" in caplog.text


async def test_it_does_not_grow_for_ever(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the days, the newest are kept; a day takes some hundred characters."""
    monkeypatch.setattr(cost_store, "MOST_DAYS", 3)
    store = await loaded(hass)
    for number in range(6):
        day = DAY + number * DAY_S
        store.keep_supplies(SITE, {day: Supply(1, 2, 3)})
        store.keep_steps("a", [(day + 1.0, ONE)], day, day + 60)
        store.note_asked(SITE, str(20_000 + number), 1.0)
    assert sorted(store.supplies(SITE, DAY, DAY + 9 * DAY_S)) == [DAY + number * DAY_S for number in (3, 4, 5)]
    assert [since for since, price in store.steps("a", DAY, DAY + 9 * DAY_S) if price] == [
        DAY + number * DAY_S + 1 for number in (3, 4, 5)
    ]
    assert [store.asked_at(SITE, str(20_000 + number)) for number in range(6)] == [None, None, None, 1.0, 1.0, 1.0]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 287), st.tuples(*[st.integers(0, 65_534)] * 3)))
def test_any_day_is_packed(day: dict[int, tuple[int, int, int]]) -> None:
    """What is packed comes out again."""
    supplies = {DAY + slot * 300: Supply(*map(float, three)) for slot, three in day.items()}
    text = cost_store.pack(supplies)
    assert cost_store.unpack(DAY // DAY_S, text) == supplies


def test_a_day_is_small() -> None:
    """Ten years of a charge each day fit into two megabytes."""
    night = {DAY + slot * 300: Supply(0, 50 + slot % 7, 917 + slot % 5) for slot in range(120)}
    assert len(cost_store.pack(night)) * 3650 < 2_000_000
    assert timedelta(days=cost_store.MOST_DAYS) > timedelta(days=3650)
