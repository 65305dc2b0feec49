"""What the simulated Tesla is made of: apps, scopes, prices and the settings of its behaviour."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

USER_SCOPES: dict[str, tuple[str, str]] = {
    "openid": ("Sign-in", "Sign in with your Tesla account"),
    "offline_access": ("Offline Access", "Stay connected while you are away"),
    "user_data": ("Profile Information", "Contact information, home address, profile picture and referral information"),
    "vehicle_device_data": ("Vehicle Information", "Live data, service history, scheduling and nearby Superchargers"),
    "vehicle_location": ("Vehicle Location", "Precise and coarse location of your vehicle"),
    "vehicle_cmds": ("Vehicle Commands", "Add or remove drivers, unlock, wake up, remote start and software updates"),
    "vehicle_charging_cmds": (
        "Vehicle Charging Management",
        "Charging history, billed amounts, charging locations, schedules, start and stop charging",
    ),
    "energy_device_data": ("Energy Product Information", "Energy flow, site information, backup and energy history"),
    "energy_cmds": ("Energy Product Commands", "Backup reserve, operation mode and storm mode"),
}
"""The nine scopes a person can grant, with the words of the consent page (fleet_api.md 1.6)."""

PARTNER_SCOPES = frozenset({"vehicle_specs", "vehicle_pricing_info"})
"""Scopes that only partner tokens carry (fleet_api.md 1.6)."""

PRICES: dict[str, Decimal] = {
    "data": Decimal(1) / 500,
    "command": Decimal(1) / 1000,
    "wake": Decimal(1) / 50,
    "streaming": Decimal(1) / 150_000,
    "list": Decimal(0),
    "energy": Decimal(0),
    "account": Decimal(0),
    "auth": Decimal(0),
}
"""Dollars for one answer of a price class (fleet_api.md 8)."""

MONTHLY_DISCOUNT = Decimal(10)
"""Dollars that every developer account may use for nothing each month (fleet_api.md 8)."""

API_HOSTS = ("na", "eu", "cn")
HOSTS = ("auth", *API_HOSTS, "auth_cn", "control")
"""The simulated Tesla's hosts, each on its own port, in the order of the ports."""


def auth_host(region: str) -> str:
    """Host of a region's sign-in server (fleet_api.md 1.1)."""
    return "auth_cn" if region == "cn" else "auth"


@dataclass(frozen=True)
class Registration:
    """What Tesla keeps of a registration in one region: the domain and the uncompressed point of its key (fleet_api.md 3.1)."""

    domain: str
    point: bytes
    created_at: str
    updated_at: str


@dataclass(eq=False)
class App:
    """An app on Tesla's developer site; without a secret it is an open-source app (fleet_api.md 1.7).

    An app may be registered in a region without a registration's record: then it has no key there.
    """

    client_id: str
    client_secret: str | None
    name: str
    redirect_uris: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    scopes: frozenset[str] = frozenset(USER_SCOPES)
    billing_limit: Decimal = Decimal(0)
    registered_regions: set[str] = field(default_factory=lambda: set(API_HOSTS))
    registrations: dict[str, Registration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take regions as any collection."""
        self.registered_regions = set(self.registered_regions)


def default_apps(registered_regions: Collection[str] = API_HOSTS) -> list[App]:
    """Apps that a simulated Tesla knows unless it is told otherwise; no regions: whoever comes must register first."""
    redirects = {"https://my.home-assistant.io/redirect/oauth", "https://example.com/auth/external/callback"}
    return [
        App(
            client_id, secret, name, set(redirects), {"https://example.com"}, registered_regions=set(registered_regions)
        )
        for client_id, secret, name in (
            ("demo-client", "demo-secret", "Home charging"),
            ("open-source-client", None, "Open charging"),
        )
    ]


@dataclass
class Behaviour:
    """Where Tesla's behaviour is unconfirmed: the likely answer, to be changed by a test (fleet_api.md 13)."""

    prefill_sign_in: bool = False
    """Demo: the sign-in form comes with the first account's e-mail address and password."""
    confidential_pkce: Literal["verify", "ignore"] = "verify"
    """What is done with the PKCE challenge of an app that has a secret (1.3)."""
    audience_required_for_code: bool = False
    """Whether the code exchange needs `audience`: the docs say so, practice does not (1.4)."""
    refuse_audience: bool = False
    """The incident of 2026-08: each `audience` is answered with `invalid_audience` (1.9)."""
    refresh_ends_access_tokens: bool = True
    """Whether a new refresh token ends the access tokens given out before it (1.4, policy of 2024-02-01)."""
    issuer_path: str = "/oauth2/v3/nts"
    """Path of `iss` in tokens (1.5); the other candidate is `/oauth2/v3/services/trust`."""
    wrong_secret: Literal["unauthorized_client", "invalid_client"] = "unauthorized_client"
    """Answer to a wrong client secret (9)."""
    dead_token: Literal["empty_401", "token_expired"] = "token_expired"
    """Answer to an access token that has expired or was ended (9)."""
    region_from_everywhere: bool = False
    """Whether `/users/region` answers at the base URL of another region too, instead of 421 (1.8, 12)."""
    location_without_scope: Literal["refuse", "strip"] = "refuse"
    """Answer to `location_data` without `vehicle_location`: 403, or the data without the location (1.6)."""
    schedules_without_location: Literal["serve", "strip", "missing_scopes", "location_not_granted"] = "serve"
    """Answer to a read of schedules, which have a place, by one who may not see the location: whole, without the places, or
    that refusal (UNCONFIRMED)."""
    wake_scopes: frozenset[str] = frozenset({"vehicle_device_data", "vehicle_cmds", "vehicle_charging_cmds"})
    """Scopes of which one lets a caller wake a car; strict: `vehicle_cmds` alone (5.1)."""
    mobile_enabled_scopes: frozenset[str] = frozenset({"vehicle_cmds", "vehicle_device_data"})
    """Scopes of which one is enough for `mobile_enabled` (5.1)."""
    region_scopes: frozenset[str] = frozenset()
    """Scopes of which one is needed for `/users/region`; none: any token will do (1.8)."""
    invalid_parameter: Literal["reason", "status"] = "reason"
    """A command's wrong parameter: 200 with `result: false` and a reason, or 400 `invalid_request` (6.2)."""
    malformed_domain: Literal["invalid_domain", "root_domain"] = "invalid_domain"
    """Answer to a domain that is not a bare lower-case host name: 400 (vehicle-command issue 6), or 412 (3.1)."""
    register_again: Literal["update", "keep"] = "update"
    """Whether registering once more stores the key or domain of now (3.1, OBSERVED), or keeps the old ones."""
    register_wrapped: bool = True
    """Whether the record of a registration comes in `response`, as in practice, or at top level, as in the docs (3.1)."""
    partner_token_elsewhere: Literal["out_of_region", "accept"] = "out_of_region"
    """Answer to a partner token at the base URL of a region that its `audience` was not (2)."""
    key_fetch_seconds: float = 10.0
    """Real seconds that Tesla waits for the key of a domain (3.1)."""
    pairing_scopes: frozenset[str] = frozenset({"vehicle_device_data", "vehicle_cmds", "vehicle_location"})
    """Scopes of which the person must have granted one before a key can be paired (3.2)."""
    pair_other_key: bool = False
    """Whether the phone pairs the key that the domain hosts now although another is registered (3.2)."""
    fleet_status_scopes: frozenset[str] = frozenset({"vehicle_device_data", "vehicle_cmds", "vehicle_charging_cmds"})
    """Scopes of which one is enough for `fleet_status` (3.3)."""
    fleet_status_lag_seconds: float = 0.0
    """How old, in the world's seconds, the pairing is that `fleet_status` shows (3.3)."""
    fleet_status_price: str = "list"
    """Price class of `fleet_status` (3.3)."""
    handshake_price: str = "command"
    """Price class of a handshake (3.5, 13)."""
    charge_port_closure_scopes: frozenset[str] = frozenset({"vehicle_cmds", "vehicle_charging_cmds"})
    """Scopes of which one allows the charge port as a closure of VCSEC; the narrow answer: `vehicle_cmds` alone (6.2)."""
    encrypted_command: Literal["invalid_request", "missing_scopes"] = "invalid_request"
    """Answer to an AES-GCM command, whose scope the cloud cannot see (protocol.md, Authentication methods)."""
    signed_by_number: Literal["not_found", "invalid_resource"] = "not_found"
    """Answer to `signed_command` at a path with the car's number instead of its VIN (3.5)."""
    undocumented_action: Literal["forward", "refuse"] = "forward"
    """Whether the cloud lets through actions that Tesla has not published, or answers 400 (libraries.md 1.3)."""
    vcsec_handshake_asleep: bool = False
    """Whether VCSEC answers a handshake while the car sleeps, or the cloud 408 (protocol.md, Domains)."""
    wrong_vin_fault: Literal[12, 5] = 12
    """Fault of a command that was signed for another car (libraries.md 8.4); a car that cannot tell says 5."""
    response_flags: int = 0
    """Flags of an encrypted response; they are in its associated data, the request's are not (protocol.md)."""
    schedules_before_2024_26: Literal["not_supported", "reason", "invalid_command"] = "not_supported"
    """Answer to an unsigned schedule command for a car whose firmware has no schedules (6.3, users.md 13)."""
    unsigned_schedules: Literal["accept", "not_supported"] = "accept"
    """Whether unsigned schedule commands are taken at all, by cars that take unsigned ones (users.md 13: vc#371)."""
    unsigned_at_all_cars: frozenset[str] = frozenset({"navigation_request"})
    """Commands whose unsigned form goes to cars that require signatures too, as `navigation_sc_request` may (6.1)."""
    seat_heater_key: Literal["both", "seat_position", "heater"] = "both"
    """What an unsigned `remote_seat_heater_request` calls the seat: Tesla's docs and tesla-fleet-api differ (6.4)."""
    seat_cooler_from_one: bool = False
    """Whether levels of cooled seats count from 1 unsigned, as in Tesla's proxy, or from 0, as in its docs (6.4)."""
    online_endpoints: frozenset[str] = frozenset({"nearby_charging_sites"})
    """Which of the endpoints that are asked seldom need the car online, as `recent_alerts` and others may (5.1)."""
    nearby_without_location: Literal["serve", "missing_scopes", "location_not_granted"] = "serve"
    """Answer to `nearby_charging_sites` for one who may not see the location (5.4)."""
    owner_only: Literal["missing_scopes", "not_found"] = "missing_scopes"
    """Answer to a driver who asks for what only the owner may see (5.1)."""
    dx_vehicles: Literal["answer", "not_found"] = "answer"
    """Whether options, warranty and eligibility still answer (5.1, 13.12)."""
    endpoint_prices: dict[str, str] = field(default_factory=dict)
    """Price classes of endpoints by name where the list of the API's table is not right (8, 13.2)."""
    answer_seconds: float = 0.0
    """Real seconds that every answer of the Fleet API takes, besides what a fault adds."""
    prices: dict[str, Decimal] = field(default_factory=PRICES.copy)
    """Dollars for one answer of each price class (8)."""
