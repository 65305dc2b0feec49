"""What turns round what is: never on a value that is not known just now, and never twice."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.cover import CoverEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .car_help import look
from .conftest import SetUp
from .helpers import START, asked, attribute, call, in_time, pass_time, state_of, unsigned_car

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("no_pauses")]


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake and takes unsigned commands."""
    car = unsigned_car(kept_awake=True)
    person.cars[:] = [car]
    sim.world.update()
    car.wake()
    return car


async def test_it_is_looked_at_first(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A trunk that a hand has opened since the last read is not closed by the wish to open it."""
    await set_up()
    nova.body.trunks["rear"] = 1
    await pass_time(hass, freezer, 8)
    assert state_of(hass, "cover.nova_trunk") == "closed"
    sim.clear_requests()
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    assert asked(sim, vin=nova.vin) == ["vehicle_data"]
    assert nova.body.trunks["rear"] == 1
    assert state_of(hass, "cover.nova_trunk") == "open"


async def test_what_was_just_read_is_known(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """Right after a read it is sent at once, and shows at once; what it was just told counts as known, too."""
    await set_up()
    sim.clear_requests()
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    assert asked(sim) == ["command/actuate_trunk"]
    assert (nova.body.trunks["rear"], state_of(hass, "cover.nova_trunk")) == (1, "open")
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    assert nova.body.trunks["rear"] == 1
    await call(hass, "cover.close_cover", "cover.nova_trunk")
    assert (nova.body.trunks["rear"], state_of(hass, "cover.nova_trunk")) == (0, "closed")
    assert asked(sim, "command/*") == ["command/actuate_trunk"] * 2


async def test_refused_where_it_cannot_be_looked_at(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without a look nothing is sent, and a sentence says so."""
    await set_up()
    await pass_time(hass, freezer, 8)
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    for service, entity_id in (
        ("cover.open_cover", "cover.nova_trunk"),
        ("cover.close_cover", "cover.nova_trunk"),
        ("cover.open_cover", "cover.nova_frunk"),
        ("media_player.media_play", "media_player.nova_media_player"),
    ):
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, service, entity_id)
        assert error.value.translation_key == "unseen"
    assert asked(sim, "command/*") == []


async def test_refused_where_it_is_unknown(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A car that does not say how it is is not told to turn that round: missing is unknown, not open."""
    nova.reported = {"vehicle_state.rt": None, "vehicle_state.media_info.media_playback_status": "<invalid>"}
    await set_up()
    assert state_of(hass, "cover.nova_trunk") == "unknown"
    for service, entity_id in (
        ("cover.close_cover", "cover.nova_trunk"),
        ("media_player.media_play", "media_player.nova_media_player"),
    ):
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, service, entity_id)
        assert error.value.translation_key == "untold"
    assert asked(sim, "command/*") == []


async def test_never_twice(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where no answer comes it is looked, and not sent again although the trunk still seems to be closed."""
    await set_up()
    sim.faults.add(Fault("actuate_trunk", status=500))
    sim.clear_requests()
    failure, _ = await in_time(hass, sim, freezer, call(hass, "cover.open_cover", "cover.nova_trunk"))
    assert isinstance(failure, HomeAssistantError)
    assert failure.translation_key == "server_error"
    assert asked(sim, "command/*") == ["command/actuate_trunk"]
    assert "vehicle_data" in asked(sim, vin=nova.vin)


@pytest.mark.parametrize("service", ["cover.open_cover", "cover.close_cover"])
async def test_a_promise_that_a_look_contradicts(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, service: str
) -> None:
    """A car that has said yes and shows something else is neither open nor closed for sure: nothing is sent."""
    await set_up()
    nova.reported = {"vehicle_state.rt": 0}
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    freezer.tick(8)
    assert state_of(hass, "cover.nova_trunk") == "open"
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, service, "cover.nova_trunk")
    assert error.value.translation_key == "untold"
    assert asked(sim, "command/*") == []


async def test_what_was_just_read_contradicts_a_promise(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It is looked again, and nothing is turned round while the car shows something else than it has said yes to."""
    nova.ignores_commands.add("actuate_trunk")
    await set_up()
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    await pass_time(hass, freezer, 2)
    assert state_of(hass, "cover.nova_trunk") == "open"
    for service in ("cover.close_cover", "cover.open_cover"):
        freezer.tick(1)
        sim.clear_requests()
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, service, "cover.nova_trunk")
        assert error.value.translation_key == "untold"
        assert asked(sim, vin=nova.vin) == ["vehicle_data"]
    # When it is not too early to tell any more, the read is right.
    nova.ignores_commands.clear()
    await pass_time(hass, freezer, 1, times=12)
    assert state_of(hass, "cover.nova_trunk") == "closed"
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    assert nova.body.trunks["rear"] == 1


async def test_a_promise_that_is_kept_late(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The look before the next command may show what the one before has not: then it is sure what to turn round."""
    nova.effect_delay_seconds = 3
    await set_up()
    await call(hass, "cover.open_cover", "cover.nova_trunk")
    await pass_time(hass, freezer, 2)
    freezer.tick(2)
    sim.clear_requests()
    await call(hass, "cover.close_cover", "cover.nova_trunk")
    assert asked(sim, vin=nova.vin) == ["vehicle_data", "command/actuate_trunk"]
    assert (nova.body.trunks["rear"], state_of(hass, "cover.nova_trunk")) == (0, "closed")


@pytest.mark.parametrize(
    ("field", "services"),
    [
        ("vehicle_state.rt", {"cover.open_cover": "cover.nova_trunk", "cover.close_cover": "cover.nova_trunk"}),
        (
            "vehicle_state.media_info.media_playback_status",
            {"media_player.media_play": "media_player.nova_media_player"},
        ),
    ],
)
async def test_refused_where_it_is_not_told_any_more(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    field: str, services: dict[str, str],
) -> None:  # fmt: skip
    """What an older read has told still shows, and nothing is turned round by it."""
    await set_up()
    nova.reported = {field: None}
    await pass_time(hass, freezer, 8)
    for service, entity_id in services.items():
        assert state_of(hass, entity_id) in ("closed", "idle")
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, service, entity_id)
        assert error.value.translation_key == "untold"
    assert asked(sim, "command/*") == []


async def test_playback(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Play plays, whatever was known: what somebody has begun to play since is not paused."""
    await set_up()
    nova.media.toggle()
    await pass_time(hass, freezer, 8)
    assert state_of(hass, "media_player.nova_media_player") == "idle"
    await call(hass, "media_player.media_play", "media_player.nova_media_player")
    assert nova.media.status == "Playing"
    assert state_of(hass, "media_player.nova_media_player") == "playing"
    assert asked(sim, "command/*") == []
    await call(hass, "media_player.media_pause", "media_player.nova_media_player")
    assert nova.media.status == "Paused"
    assert attribute(hass, "media_player.nova_media_player", "media_title") == "Track 1"


async def test_what_has_no_motor(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A frunk is closed by hand, and so is a trunk without a motor; Home Assistant does not offer it."""
    nova.reported = {"vehicle_config.plg": False}
    await set_up()
    for entity_id in ("cover.nova_frunk", "cover.nova_trunk"):
        assert attribute(hass, entity_id, "supported_features") == CoverEntityFeature.OPEN
    nova.reported = {"vehicle_config.can_actuate_trunks": False}
    await look(hass, freezer)
    for entity_id in ("cover.nova_frunk", "cover.nova_trunk"):
        assert attribute(hass, entity_id, "supported_features") == CoverEntityFeature(0)


async def test_locking_is_always_sent(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """Somebody may have unlocked it since the last read: to lock costs less than to be wrong."""
    await set_up()
    nova.doors_unlocked = True
    assert state_of(hass, "lock.nova_lock") == "locked"
    sim.clear_requests()
    await call(hass, "lock.lock", "lock.nova_lock")
    assert not nova.doors_unlocked
    assert asked(sim) == ["command/door_lock"]
