"""Virtual keys: the phone that pairs them, and what the cloud says of them (fleet_api.md 3.2, 3.3)."""

from typing import TYPE_CHECKING, Any

from .answers import Refused
from .hosts import Exchange
from .key_hosts import KeyUnreachable, fetch_key
from .p256 import NoKey, read_pem
from .users import account_of
from .world import Account, Car, Key, KeychainFull

if TYPE_CHECKING:
    from .model import App
    from .server import Simulator

TELEMETRY_VERSION = "1.2.0"


class PairingRefused(ValueError):
    """The phone says no; str() is what it shows."""


def app_of_domain(sim: Simulator, domain: str, region: str) -> App:
    """Find the app that has registered a domain in a region; PairingRefused if none has."""
    for app in sim.apps:
        record = app.registrations.get(region)
        if record is not None and record.domain == domain:
            return app
    raise PairingRefused(f"{domain} has not registered with Tesla in this region")


async def pair(sim: Simulator, car: Car, domain: str, account: Account | None = None) -> Key:
    """Add a domain's key to a car, as the owner's phone does at `tesla.com/_ak/<domain>`; PairingRefused says why not.

    The account is whose phone it is: by default the one that has the car.
    """
    owner = account or next(one for one in sim.world.accounts if car in one.cars)
    if car not in owner.cars or car.access_type != "OWNER":
        raise PairingRefused("Only the owner of the vehicle can add a key")
    if car.command_signing == "off":
        raise PairingRefused("This vehicle does not support third-party keys")
    app = app_of_domain(sim, domain, owner.region)
    if not sim.grants.consent(owner, app) & sim.behaviour.pairing_scopes:
        raise PairingRefused(f"You have not granted {domain} access to your account")
    try:
        point = read_pem(await fetch_key(sim.key_hosts, domain, sim.behaviour.key_fetch_seconds))
    except (KeyUnreachable, NoKey) as error:
        raise PairingRefused(f"{domain} has not registered with Tesla: its key cannot be fetched ({error})") from error
    if point != app.registrations[owner.region].point and not sim.behaviour.pair_other_key:
        raise PairingRefused(f"The key at {domain} is not the one that was registered")
    key = Key(point, domain)
    try:
        car.keychain.add(key, sim.world.clock.now().timestamp())
    except KeychainFull as error:
        raise PairingRefused(f"Too many keys: {error}") from error
    return key


def unpair(sim: Simulator, car: Car, domain: str) -> None:
    """Remove a domain's keys from a car, as on its Locks screen."""
    for key in [key for key in car.keychain.keys.values() if key.domain == domain]:
        car.keychain.remove(key.point, sim.world.clock.now().timestamp())


def fleet_status(exchange: Exchange) -> dict[str, Any]:
    """Say of each car whether the app's key is paired, and what it needs; the key state may lag or lie (3.3)."""
    sim, account = exchange.sim, account_of(exchange)
    exchange.other_price = sim.behaviour.fleet_status_price
    vins = exchange.body.get("vins") if isinstance(exchange.body, dict) else None
    if not isinstance(vins, list) or not vins or not all(isinstance(vin, str) for vin in vins):
        raise Refused("invalid_request", words="vins must be a list of VINs")
    own = {car.vin: car for car in account.cars}
    if any(vin not in own for vin in vins):
        raise Refused("not_found")
    cars = [own[vin] for vin in dict.fromkeys(vins)]
    paired = {car.vin for car in cars if _is_paired(exchange, car)}
    return {
        "response": {
            "key_paired_vins": [car.vin for car in cars if car.vin in paired],
            "unpaired_vins": [car.vin for car in cars if car.vin not in paired],
            "vehicle_info": {car.vin: _info(car, single=len(cars) == 1) for car in cars},
        }
    }


def _is_paired(exchange: Exchange, car: Car) -> bool:
    if "paired" in car.fleet_status_says:
        return bool(car.fleet_status_says["paired"])
    sim = exchange.sim
    app = sim.app(exchange.client_id or "")
    record = app.registrations.get(exchange.host) if app is not None else None
    then = sim.world.clock.now().timestamp() - sim.behaviour.fleet_status_lag_seconds
    return record is not None and record.point in car.keychain.points_at(then)


def _info(car: Car, *, single: bool) -> dict[str, Any]:
    info = {
        "firmware_version": car.firmware,
        "vehicle_command_protocol_required": car.signing_required,
        "safety_screen_streaming_toggle_enabled": True if car.pre2021 else None,
        "fleet_telemetry_version": TELEMETRY_VERSION,
        "total_number_of_keys": car.keychain.total,
        **({"discounted_device_data": False} if single else {}),
    }
    lies = {name: value for name, value in car.fleet_status_says.items() if name != "paired"}
    return info | lies
