"""The calendar of a car, through Home Assistant's own interfaces: what it shows, and what can be written into it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import START, asked, pass_time, state_of
from .planning import charges, device_of, move_in, plan, preconditions

pytestmark = pytest.mark.freeze_time(START)  # noon on a Wednesday

CALENDAR = "calendar.luna_charging_schedules"

type Event = dict[str, Any]


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin."""
    return await move_in(hass, sim, monkeypatch)


class Planner:
    """A person who uses the calendar."""

    def __init__(self, hass: HomeAssistant, web: ClientSessionGenerator, socket: WebSocketGenerator) -> None:
        """Sign in when needed."""
        self._hass, self._web, self._socket = hass, web, socket
        self.calendar = CALENDAR

    async def sees(self, begin: str = "2026-06-08", end: str = "2026-06-15") -> list[str]:
        """Look at some days; return what is there in short."""
        client = await self._web()
        answer = await client.get(
            f"/api/calendars/{self.calendar}?start={begin}T00:00:00%2B02:00&end={end}T00:00:00%2B02:00"
        )
        assert answer.status == 200
        assert all(event["location"] is None for event in await answer.json())
        return [
            f"{event['summary']} {event['start']['dateTime'][8:16]} {event['end']['dateTime'][8:16]} {event['rrule']}"
            for event in await answer.json()
        ]

    async def sends(self, verb: str, **what: Any) -> str | None:
        """Write; return the sentence if it is refused."""
        client = await self._socket(self._hass)
        await client.send_json_auto_id({"type": f"calendar/event/{verb}", "entity_id": self.calendar, **what})
        answer = await client.receive_json()
        return None if answer["success"] else str(answer["error"]["message"])


@pytest.fixture
def planner(hass: HomeAssistant, hass_client: ClientSessionGenerator, hass_ws_client: WebSocketGenerator) -> Planner:
    """Return a person who uses the calendar."""
    return Planner(hass, hass_client, hass_ws_client)


def event(start: str, end: str, title: str = "Charging", rule: str | None = "FREQ=DAILY") -> Event:
    """Return an event as the calendar's page sends it."""
    return {"dtstart": start, "dtend": end, "summary": title, **({"rrule": rule} if rule else {})}


async def test_reading(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """Each enabled schedule is there with its days; one that is off is not."""
    plan(luna, 5, name="Night", start_time=1320, end_time=360, days_of_week="Wednesday,Saturday")
    plan(luna, 6, start_time=780, days_of_week="Thursday", one_time=True)
    plan(luna, 7, end_time=60, days_of_week="Friday")
    plan(luna, 8, start_time=600, enabled=False)
    plan(luna, 9, kind="precondition", precondition_time=450, days_of_week="Weekdays")
    await set_up()
    rule = "FREQ=WEEKLY;BYDAY="
    assert await planner.sees(end="2026-06-22") == [
        f"Ready to drive 08T07:30 08T08:00 {rule}MO,TU,WE,TH,FR",
        f"Ready to drive 09T07:30 09T08:00 {rule}MO,TU,WE,TH,FR",
        f"Ready to drive 10T07:30 10T08:00 {rule}MO,TU,WE,TH,FR",
        f"Night 10T22:00 11T06:00 {rule}WE,SA",
        f"Ready to drive 11T07:30 11T08:00 {rule}MO,TU,WE,TH,FR",
        "Charging 11T13:00 11T13:30 None",
        f"Charging 12T00:30 12T01:00 {rule}FR",
        f"Ready to drive 12T07:30 12T08:00 {rule}MO,TU,WE,TH,FR",
        f"Night 13T22:00 14T06:00 {rule}WE,SA",
        f"Ready to drive 15T07:30 15T08:00 {rule}MO,TU,WE,TH,FR",
        f"Ready to drive 16T07:30 16T08:00 {rule}MO,TU,WE,TH,FR",
        f"Ready to drive 17T07:30 17T08:00 {rule}MO,TU,WE,TH,FR",
        f"Night 17T22:00 18T06:00 {rule}WE,SA",
        f"Ready to drive 18T07:30 18T08:00 {rule}MO,TU,WE,TH,FR",
        f"Charging 19T00:30 19T01:00 {rule}FR",
        f"Ready to drive 19T07:30 19T08:00 {rule}MO,TU,WE,TH,FR",
        f"Night 20T22:00 21T06:00 {rule}WE,SA",
    ]


@pytest.mark.freeze_time("2026-03-28 10:00:00")
async def test_over_the_change_of_clocks(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """Ten in the evening stays ten in the evening."""
    plan(luna, 5, name="Night", start_time=1320, end_time=150)
    await set_up()
    assert await planner.sees("2026-03-28", "2026-03-30") == [
        "Night 27T22:00 28T02:30 FREQ=DAILY",
        "Night 28T22:00 29T03:30 FREQ=DAILY",
        "Night 29T22:00 30T02:30 FREQ=DAILY",
    ]


async def test_state_follows_the_clock(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """On while a schedule is at work; its attributes tell the next one, and no place."""
    plan(luna, 5, name="Noon", start_time=12 * 60 + 5, end_time=12 * 60 + 20, days_of_week="Wednesday")
    plan(luna, 9, kind="precondition", precondition_time=1080)
    luna.unplug()
    await set_up()
    state = hass.states.get(CALENDAR)
    assert state is not None
    assert (state.state, state.attributes["message"]) == ("off", "Noon")
    assert state.attributes["start_time"] == "2026-06-10 12:05:00"
    assert state.attributes["location"] == ""
    await pass_time(hass, freezer, 300)
    assert state_of(hass, CALENDAR) == "on"
    await pass_time(hass, freezer, 900)
    state = hass.states.get(CALENDAR)
    assert state is not None
    assert (state.state, state.attributes["message"]) == ("off", "Ready to drive")


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (event("2026-06-10T22:00:00", "2026-06-11T06:00:00"), (127, 1320, 360, False)),
        (event("2026-06-10T22:00:00", "2026-06-11T06:00:00", rule="FREQ=WEEKLY"), (8, 1320, 360, False)),
        (event("2026-06-10T22:00:00", "2026-06-11T06:00:00", rule="FREQ=WEEKLY;BYDAY=MO"), (2, 1320, 360, False)),
        (event("2026-06-11T10:00:00", "2026-06-11T10:30:00", rule=None), (16, 600, 630, True)),
        (event("2026-06-17T11:59:00", "2026-06-17T12:30:00", rule=None), (8, 719, 750, True)),
        (event("2026-06-10T20:00:00+00:00", "2026-06-11T04:00:00+00:00"), (127, 1320, 360, False)),
    ],
)
async def test_create(
    hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner, what: Event, found: tuple[int, int, int, bool]
) -> None:
    """An event becomes a charging schedule from its start to its end, weekly or once."""
    await set_up()
    assert await planner.sends("create", event=what) is None
    assert await planner.sends("create", event=what) is None
    (one,) = charges(luna)
    assert (one.days_of_week, one.start_time, one.end_time, one.one_time) == found
    assert one.enabled
    assert preconditions(luna) == []


@pytest.mark.parametrize(
    ("title", "name"),
    [("Ready to drive", None), ("ready for work", "ready for work"), ("Preconditioning", "Preconditioning")],
)
async def test_create_ready(
    hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner, title: str, name: str | None
) -> None:
    """An event whose title begins with Ready or Precondition is when the car is to be ready."""
    entry = await set_up()
    what = event("2026-06-11T07:30:00", "2026-06-11T08:15:00", title)
    assert await planner.sends("create", event=what) is None
    (one,) = preconditions(luna)
    assert (one.precondition_time, one.days_of_week) == (450, 127)
    assert charges(luna) == []
    notes = entry.runtime_data.vehicles[luna.vin].data.schedule_notes
    assert [note.name for note in notes] == ([] if name is None else [name])


async def test_german(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """The titles are in the language of Home Assistant, and are understood in it."""
    hass.config.language = "de"
    planner.calendar = "calendar.luna_ladezeitplane"
    plan(luna, 5, start_time=600, days_of_week="Wednesday")
    await set_up()
    assert await planner.sees() == ["Laden 10T10:00 10T10:30 FREQ=WEEKLY;BYDAY=WE"]
    what = event("2026-06-11T07:30:00", "2026-06-11T08:15:00", "abfahrbereit für die Arbeit")
    assert await planner.sends("create", event=what) is None
    assert len(preconditions(luna)) == 1


# What the calendar's page sends beside a series of which "this and all future events" are meant, and beside a single event.
SERIES = {"recurrence_id": "20260611T220000", "recurrence_range": "THISANDFUTURE"}
SINGLE = {"recurrence_id": "", "recurrence_range": ""}

REFUSED: list[tuple[Event, str]] = [
    (event("2026-06-11", "2026-06-12"), "Choose a start and an end"),
    (event("2026-06-11T10:00:00", "2026-06-12T10:00:00"), "shorter than a day"),
    (event("2026-06-11T10:00:00", "2026-06-13T11:00:00"), "shorter than a day"),
    (event("2026-06-10T11:00:00", "2026-06-10T13:00:00", rule=None), "seven days"),
    (event("2026-06-17T12:01:00", "2026-06-17T13:00:00", rule=None), "seven days"),
    (event("2026-06-11T10:00:00", "2026-06-11T13:00:00", rule="FREQ=MONTHLY"), "each week"),
    (event("2026-06-11T10:00:00", "2026-06-11T13:00:00", rule="FREQ=WEEKLY;INTERVAL=2"), "each week"),
    (event("2026-06-11T10:00:00", "2026-06-11T13:00:00", rule="FREQ=DAILY;COUNT=5"), "each week"),
    (event("2026-06-11T10:00:00", "2026-06-11T13:00:00", rule="FREQ=DAILY;UNTIL=20260801T000000"), "each week"),
]


@pytest.mark.parametrize(("what", "words"), REFUSED)
async def test_what_a_car_cannot_plan(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, planner: Planner, what: Event, words: str
) -> None:
    """What a car cannot plan is refused in a sentence, new or changed."""
    plan(luna, 5, start_time=600)
    await set_up()
    for verb, more in (("create", {}), ("update", {"uid": "charge-5"})):
        sentence = await planner.sends(verb, event=what, **more)
        assert sentence is not None
        assert words in sentence
    assert asked(sim, "command/*") == []


async def test_update(
    hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner, freezer: FrozenDateTimeFactory
) -> None:
    """A series that is moved, renamed or given other days is the same schedule."""
    plan(luna, 5, name="Night", start_time=1320, end_time=360, days_of_week="Wednesday")
    plan(luna, 9, kind="precondition", precondition_time=450)
    await set_up()
    moved = event("2026-06-11T23:00:00", "2026-06-12T05:00:00", "Late", "FREQ=WEEKLY;BYDAY=TH,FR")
    assert await planner.sends("update", uid="charge-5", event=moved, **SERIES) is None
    (one,) = charges(luna)
    assert (one.id, one.days_of_week, one.start_time, one.end_time) == (5, 48, 1380, 300)
    once = event("2026-06-12T08:00:00", "2026-06-12T08:30:00", "Charging", None)
    assert await planner.sends("update", uid="precondition-9", event=once, **SERIES) is None
    (ready,) = preconditions(luna)
    assert (ready.id, ready.days_of_week, ready.precondition_time, ready.one_time) == (9, 32, 480, True)
    assert charges(luna) == [one]
    await pass_time(hass, freezer, 60)
    assert "Late 11T23:00 12T05:00 FREQ=WEEKLY;BYDAY=TH,FR" in await planner.sees()
    weekly = event("2026-06-12T08:00:00", "2026-06-12T08:30:00", "Charging", "FREQ=WEEKLY")
    assert await planner.sends("update", uid="precondition-9", event=weekly, **SINGLE) is None
    assert [(ready.days_of_week, ready.one_time) for ready in preconditions(luna)] == [(32, False)]


async def test_series_say_so(
    hass: HomeAssistant, luna: Car, set_up: SetUp, hass_client: ClientSessionGenerator
) -> None:
    """A series tells which of its events each is: the calendar's page drops the rule of one that does not."""
    plan(luna, 5, start_time=1320, end_time=360, days_of_week="Wednesday")
    plan(luna, 6, start_time=780, days_of_week="Thursday", one_time=True)
    await set_up()
    client = await hass_client()
    answer = await client.get(
        f"/api/calendars/{CALENDAR}?start=2026-06-08T00:00:00%2B02:00&end=2026-06-15T00:00:00%2B02:00"
    )
    assert [(event["uid"], event["recurrence_id"]) for event in await answer.json()] == [
        ("charge-5", "20260610T220000"),
        ("charge-6", None),
    ]


async def test_update_of_half_a_schedule(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """A schedule with only a start or only an end stays so, unless it is made longer."""
    plan(luna, 5, start_time=1320)
    plan(luna, 6, end_time=360)
    await set_up()
    assert (
        await planner.sends("update", uid="charge-5", event=event("2026-06-11T21:00:00", "2026-06-11T21:30:00")) is None
    )
    assert (
        await planner.sends("update", uid="charge-6", event=event("2026-06-11T04:30:00", "2026-06-11T05:00:00")) is None
    )
    start, end = charges(luna)
    assert (start.start_time, start.end_enabled) == (1260, False)
    assert (end.end_time, end.start_enabled) == (300, False)
    assert (
        await planner.sends("update", uid="charge-5", event=event("2026-06-11T21:00:00", "2026-06-11T23:00:00")) is None
    )
    assert (charges(luna)[0].end_enabled, charges(luna)[0].end_time) == (True, 1380)


async def test_delete(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """A series that is deleted is gone, here and in the car; a single day of it cannot be."""
    plan(luna, 5, start_time=1320, end_time=360)
    plan(luna, 9, kind="precondition", precondition_time=450)
    await set_up()
    for verb, more in (("delete", {}), ("update", {"event": event("2026-06-11T21:00:00", "2026-06-11T21:30:00")})):
        for part in ("", "THISEVENT"):
            of_one = {"recurrence_id": "20260611T220000", "recurrence_range": part}
            sentence = await planner.sends(verb, uid="charge-5", **of_one, **more)
            assert sentence is not None
            assert "whole series" in sentence
    assert await planner.sends("delete", uid="charge-5", **SERIES) is None
    assert (charges(luna), len(preconditions(luna))) == ([], 1)
    assert await planner.sends("delete", uid="precondition-9") is None
    assert preconditions(luna) == []
    assert await planner.sees() == []
    sentence = await planner.sends("delete", uid="charge-5")
    assert sentence is not None
    assert "none of this kind" in sentence


@pytest.mark.parametrize("uid", ["", "5", "charge", "charge-", "charge-x", "session-5", "charge-5-6"])
async def test_strange_events(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner, uid: str) -> None:
    """An event that is no schedule is left alone."""
    await set_up()
    sentence = await planner.sends("delete", uid=uid)
    assert sentence is not None
    assert "not a schedule" in sentence


async def test_action_of_the_calendar(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """Automations write into it as well."""
    await set_up()
    data = {"entity_id": CALENDAR, "summary": "Once", "in": {"days": 1}}
    with pytest.raises(HomeAssistantError, match="whole days"):
        await hass.services.async_call("calendar", "create_event", data, blocking=True)
    del data["in"]
    data |= {"start_date_time": "2026-06-11T10:00:00", "end_date_time": "2026-06-11T11:00:00"}
    await hass.services.async_call("calendar", "create_event", data, blocking=True)
    assert [(one.days_of_week, one.one_time) for one in charges(luna)] == [(16, True)]


async def test_only_to_read(hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner) -> None:
    """Without the right to command it can only be read."""
    plan(luna, 5, start_time=600, days_of_week="Wednesday")
    await set_up(frozenset(Scope) - {Scope.VEHICLE_CMDS, Scope.VEHICLE_CHARGING_CMDS})
    assert len(await planner.sees()) == 1
    sentence = await planner.sends("delete", uid="charge-5")
    assert sentence == "Calendar does not support event deletion"


async def test_elsewhere(
    hass: HomeAssistant, luna: Car, set_up: SetUp, planner: Planner, freezer: FrozenDateTimeFactory
) -> None:
    """A schedule of another time zone is shown by the clock at home, also after a restart."""
    entry = await set_up()
    what = {"start_time": "03:00", "end_time": "05:00", "days": ["monday"], "name": "Far"}
    place = {"location": {"latitude": 40.7581, "longitude": -73.9772}, "time_zone": "America/New_York"}
    data = {"device_id": device_of(hass), **what, **place}
    await hass.services.async_call("tesla_charging", "add_charge_schedule", data, blocking=True)
    assert [(one.days_of_week, one.start_time) for one in charges(luna)] == [(1, 21 * 60)]
    assert await planner.sees() == ["Far 08T03:00 08T05:00 FREQ=WEEKLY;BYDAY=MO"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 60)
    assert await planner.sees() == ["Far 08T03:00 08T05:00 FREQ=WEEKLY;BYDAY=MO"]
    longer = event("2026-06-15T02:00:00", "2026-06-15T06:00:00", "Far", "FREQ=WEEKLY;BYDAY=MO")
    assert await planner.sends("update", uid=f"charge-{charges(luna)[0].id}", event=longer) is None
    (one,) = charges(luna)
    assert (one.days_of_week, one.start_time, one.end_time, one.latitude) == (1, 20 * 60, 0, 40.7581)
