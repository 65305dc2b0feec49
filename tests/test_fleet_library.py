"""What the client expects of tesla-fleet-api, whichever version is installed."""

from collections.abc import Callable
import inspect
from typing import Any, override

import pytest
from tesla_fleet_api import TeslaFleetApi
from tesla_fleet_api.const import Method
from tesla_fleet_api.tesla.vehicle.signed import VehicleSigned

from custom_components.tesla_charging.fleet import commands
from custom_components.tesla_charging.fleet.commands import Command
from custom_components.tesla_charging.fleet.paying import PriceClass, price_class

VIN = "5YJ3E7EB1KF000001"
COMMANDS = [item for item in vars(commands).values() if isinstance(item, Command)]


class Recorder(TeslaFleetApi):
    """tesla-fleet-api on a door that only writes down; it has no session to get round it."""

    def __init__(self) -> None:
        """Begin with an empty sheet."""
        session: Any = object()
        super().__init__(session, server="https://nowhere")
        self.sheet: list[tuple[Method, str]] = []

    @override
    async def _request(
        self, method: Method, path: str, params: dict[str, Any] | None = None, json: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self.sheet.append((method, path))
        return {"response": {"state": "online"}}


# Endpoints that the library refuses by itself, as they need a signature.
SIGNED_ONLY = {"go_off_grid", "reconnect_grid", "set_island_mode"}
PARTS = ("car", "site", "user", "charging", "partner")


def part_of(api: Recorder, name: str) -> Any:
    """Return a part of the library that has endpoints."""
    parts: dict[str, Callable[[], Any]] = {
        "car": lambda: api.vehicles.createFleet(VIN),
        "site": lambda: api.energySites.create(1),
        "user": lambda: api.user,
        "charging": lambda: api.charging,
        "partner": lambda: api.partner,
    }
    return parts[name]()


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_take_our_door(part: str) -> None:
    """Cars, sites and the rest use their parent's `_request`, which is how the client gets hold of every request."""
    api = Recorder()
    assert part_of(api, part)._request == api._request  # noqa: SLF001


@pytest.mark.parametrize("part", PARTS)
async def test_every_endpoint_comes_through_our_door(part: str) -> None:
    """The installed library sends nothing that the client does not see, price and time."""
    api = Recorder()
    thing = part_of(api, part)
    names = [name for name, _ in inspect.getmembers(type(thing), inspect.iscoroutinefunction) if name[0] != "_"]
    assert names
    for name in names:
        if name in SIGNED_ONLY:
            continue
        api.sheet.clear()
        await call(getattr(thing, name), api)
        assert api.sheet, f"{name} sent nothing through the door"
        for method, path in api.sheet:
            assert method in (Method.GET, Method.POST, Method.DELETE)
            assert path.startswith("api/1/")
            assert (price_class(path) is PriceClass.ENERGY) == (part == "site")


async def call(endpoint: Any, api: Recorder) -> None:
    """Call an endpoint with values that it takes, whatever they are."""
    parameters = inspect.signature(endpoint).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    optional = {"start_time": 1} if any(parameter.name == "start_time" for parameter in parameters) else {}
    refused: list[Exception] = []
    values: tuple[Any, ...] = (1, "x", ["x"], {})
    for value in values:
        try:
            await endpoint(**dict.fromkeys(names, value), **optional)
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            refused.append(err)
        if api.sheet:
            return
    raise AssertionError(refused)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_library_has_our_commands(command: Command[Any]) -> None:
    """Each command is a method of the library of the same name, on a car or on a site."""
    found = [getattr(part_of(Recorder(), part), command.name, None) for part in ("car", "site")]
    assert [inspect.iscoroutinefunction(method) for method in found].count(True) == 1


def test_signing_leans_on_this() -> None:
    """What is inside the library and serves signing is where it was, and takes what it took."""
    parameters = {
        "validate_msg": ["self", "msg", "request_uuid"],
        "_authenticate_session_info": ["self", "msg", "request_uuid"],
        "_sendInfotainment": ["self", "command"],
    }
    for name, wanted in parameters.items():
        found = inspect.signature(getattr(VehicleSigned, name)).parameters
        assert [one for one, how in found.items() if how.default is how.empty] == wanted
    assert inspect.iscoroutinefunction(VehicleSigned._sendInfotainment)  # noqa: SLF001
    for method, calls in (("_send", "self.validate_msg("), ("_handshake", "self._handshake_attempts")):
        assert calls in inspect.getsource(getattr(VehicleSigned, method))
    assert isinstance(VehicleSigned._handshake_attempts, int)  # noqa: SLF001
