"""What is asked seldom and answered by actions: release notes, information, drivers and invitations."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car, Driver

from .conftest import SetUp
from .helpers import JUNIPER, LUNA, START, asked, pass_time
from .test_seldom import SEE, act

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture(autouse=True)
def awake(luna: Car) -> None:
    """Let the car stay awake."""
    luna.sleeps = False


async def test_release_notes(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A person reads what is new, in the installed version or in the next."""
    entry = await set_up()
    answer = await act(hass, entry, "get_release_notes")
    assert answer["deployed_version"] == luna.firmware
    assert answer["release_notes"][0]["title"] == "Charging"
    await act(hass, entry, "get_release_notes", staged=True)
    assert sim.requests_for("release_notes")[-1].query == {"staged": "true"}
    sim.faults.add(Fault("release_notes", body={"response": "none"}))
    assert await act(hass, entry, "get_release_notes") == {}


@pytest.mark.parametrize("dx", ["answer", "not_found"])
async def test_car_information(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, dx: Any) -> None:
    """Each topic is answered or says why not, and what is refused is asked once; no VIN is told."""
    sim.behaviour.dx_vehicles = dx
    entry = await set_up()
    answer = await act(hass, entry, "get_car_information")
    assert set(answer) == {"alerts", "mobile_access", "options", "service", "subscriptions", "upgrades", "warranty"}
    assert answer["mobile_access"] == {"answer": {"result": True, "reason": ""}}
    papers = ("options", "subscriptions", "upgrades", "warranty")
    if dx == "answer":
        assert answer["options"]["answer"]["codes"] == luna.papers.options
        assert set(answer["warranty"]["answer"]) == {"activeWarranty", "upcomingWarranty", "expiredWarranty"}
        assert "vin" not in answer["upgrades"]["answer"]
    else:
        assert all("no longer knows" in answer[name]["error"] for name in papers)
        again = await act(hass, entry, "get_car_information", topics=list(papers))
        assert all("not asked again" in again[name]["error"] for name in papers)
        assert len(asked(sim, "dx/*")) == 4
    assert LUNA not in str(answer)


async def test_information_without_commands(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A topic that another right opens says so, and the others are answered."""
    entry = await set_up(SEE)
    answer = await act(hass, entry, "get_car_information", topics=["mobile_access", "warranty"])
    assert "You have not granted" in answer["mobile_access"]["error"]
    assert "answer" in answer["warranty"]
    assert asked(sim, "mobile_enabled") == []


# Drivers and invitations


async def test_drivers(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """They are listed without their keys, and removed by who is sure."""
    luna.papers.drivers.append(Driver(800_001, "Kim", "Example"))
    entry = await set_up()
    [driver] = (await act(hass, entry, "list_drivers"))["drivers"]
    assert (driver["driver_first_name"], driver["user_id_s"]) == ("Kim", "800001")
    assert not {"vault_uuid", "active_pubkeys", "public_key"} & set(driver)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, entry, "remove_driver", share_user_id="800001")
    assert caught.value.translation_key == "confirm_remove_driver"
    assert "phone key" in str(caught.value)
    assert len(luna.papers.drivers) == 1
    await act(hass, entry, "remove_driver", share_user_id="800001", confirm=True)
    assert luna.papers.drivers == []
    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, entry, "remove_driver", share_user_id="800001", confirm=True)
    assert failed.value.translation_key == "not_found"


async def test_invitations(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Only who makes an invitation gets its link; it can be taken back by who is sure, and accepted by its code."""
    entry = await set_up()
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, entry, "create_invitation")
    assert caught.value.translation_key == "confirm_create_invitation"
    made = await act(hass, entry, "create_invitation", confirm=True)
    assert made["share_link"].startswith("https://")
    assert set(made) == {"share_link", "id", "expires_at"}
    [listed] = (await act(hass, entry, "list_invitations"))["invitations"]
    assert listed["id"] == made["id"]
    assert not {"share_link", "code", "vin", "product_id"} & set(listed)
    assert made["share_link"] not in str(listed)
    with pytest.raises(ServiceValidationError) as unsure:
        await act(hass, entry, "revoke_invitation", invitation_id=str(made["id"]))
    assert unsure.value.translation_key == "confirm_revoke_invitation"
    await act(hass, entry, "revoke_invitation", invitation_id=str(made["id"]), confirm=True)
    assert (await act(hass, entry, "list_invitations"))["invitations"] == []
    again = await act(hass, entry, "create_invitation", confirm=True)
    code = again["share_link"].rpartition("/")[2]
    data = {"config_entry_id": entry.entry_id, "code": code}
    await hass.services.async_call(DOMAIN, "redeem_invitation", data, blocking=True)
    assert len(luna.papers.drivers) == 1
    with pytest.raises(HomeAssistantError) as gone:
        await hass.services.async_call(DOMAIN, "redeem_invitation", data, blocking=True)
    assert gone.value.translation_key == "not_found"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("list_invitations", {}),
        ("create_invitation", {"confirm": True}),
        ("remove_driver", {"share_user_id": "1", "confirm": True}),
        ("revoke_invitation", {"invitation_id": "1", "confirm": True}),
    ],
)
async def test_without_the_right(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, action: str, data: dict[str, Any]
) -> None:
    """Who may not command a car lets nobody in or out, and Tesla is not asked."""
    entry = await set_up(SEE)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, entry, action, **data)
    assert caught.value.translation_key == "not_granted"
    assert asked(sim, "invitations*") == asked(sim, "drivers") == []


async def test_a_path_cannot_be_smuggled_in(hass: HomeAssistant, set_up: SetUp) -> None:
    """The number of an invitation is a number."""
    entry = await set_up()
    with pytest.raises(Exception, match="invitation_id"):
        await act(hass, entry, "revoke_invitation", invitation_id="1/../2", confirm=True)


async def test_they_ask_at_times_of_their_own(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing is asked in the first five minutes, and each car's turn comes within the hour."""
    await set_up()
    await pass_time(hass, freezer, 60, times=4)
    assert asked(sim, "recent_alerts") == []
    await pass_time(hass, freezer, timedelta(minutes=16).total_seconds(), times=5)
    assert sorted(str(one.vin) for one in sim.requests_for("recent_alerts")) == sorted([LUNA, JUNIPER])
