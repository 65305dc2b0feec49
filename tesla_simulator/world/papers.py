"""What Tesla knows of a car besides its state: drivers, invitations, alerts, service, options, warranty (fleet_api.md 5.1)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DAY_S = 86_400.0
PUBLIC = "https://www.tesla.com/_rs/1"

type Answer = dict[str, Any]


def iso(at: float) -> str:
    """Return a time as these endpoints write it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Driver:
    """Somebody with whom the owner shares the car; user_id is Tesla's number."""

    user_id: int
    first_name: str
    last_name: str
    hide_private: bool = False

    def answer(self) -> Answer:
        """Return its entry of `drivers`."""
        return {
            "my_tesla_unique_id": self.user_id + 8_000_000,
            "user_id": self.user_id,
            "user_id_s": str(self.user_id),
            "vault_uuid": f"00000000-0000-4000-8000-{self.user_id:012d}",
            "driver_first_name": self.first_name,
            "driver_last_name": self.last_name,
            "granular_access": {"hide_private": self.hide_private},
            "active_pubkeys": [],
            "public_key": "",
        }


@dataclass
class Invitation:
    """A link that makes who opens it a driver, once and within a day."""

    id: int
    code: str
    expires_at: float
    revoked_at: float | None = None
    redeemed: bool = False

    @property
    def state(self) -> str:
        """What became of it."""
        return "revoked" if self.revoked_at is not None else "redeemed" if self.redeemed else "pending"

    def good(self, now: float) -> bool:
        """Whether it can be redeemed."""
        return self.state == "pending" and now < self.expires_at

    def answer(self, vin: str, owner: int) -> Answer:
        """Return its entry of `invitations`."""
        return {
            "id": self.id,
            "owner_id": owner,
            "share_user_id": None,
            "product_id": vin,
            "state": self.state,
            "code": self.code,
            "expires_at": iso(self.expires_at),
            "revoked_at": None if self.revoked_at is None else iso(self.revoked_at),
            "borrowing_device_id": None,
            "key_id": None,
            "product_type": "vehicle",
            "share_type": "customer",
            "share_user_sso_id": None,
            "active_pubkeys": [None],
            "id_s": str(self.id),
            "owner_id_s": str(owner),
            "share_user_id_s": "",
            "borrowing_key_hash": None,
            "vin": vin,
            "share_link": f"{PUBLIC}/{self.code}",
        }


def alert(name: str, at: float, text: str, *audience: str) -> Answer:
    """Return an entry of `recent_alerts`."""
    return {"name": name, "time": iso(at), "audience": list(audience or ("customer",)), "user_text": text}


def warranty(kind: str, name: str, until: float, miles: int, years: int) -> Answer:
    """Return an entry of a warranty's lists."""
    return {
        "warrantyType": kind,
        "warrantyDisplayName": name,
        "expirationDate": iso(until),
        "expirationOdometer": miles,
        "odometerUnit": "MI",
        "warrantyExpiredOn": None,
        "coverageAgeInYears": years,
    }


IN_SERVICE: Answer = {
    "service_status": "in_service",
    "service_etc": "2026-12-02T17:10:10Z",
    "service_visit_number": "SV12345678",
    "status_id": 8,
}
"""`service_data` of a car at service; of any other it is empty."""

OPTIONS: tuple[Answer, ...] = (
    {"code": "$MDLX", "displayName": "Long Range", "isActive": True},
    {"code": "$PBSB", "colorCode": "PBSB", "displayName": "Solid Black", "isActive": True},
    {"code": "$APF2", "displayName": "Full Self-Driving Capability", "isActive": False},
)


@dataclass(eq=False)
class Papers:
    """The papers of one car."""

    drivers: list[Driver] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    alerts: list[Answer] = field(default_factory=list)
    service: Answer = field(default_factory=dict)
    options: list[Answer] = field(default_factory=lambda: [dict(option) for option in OPTIONS])
    active_warranty: list[Answer] = field(default_factory=list)
    expired_warranty: list[Answer] = field(default_factory=list)
    upgrades: list[Answer] = field(default_factory=list)
    subscriptions: list[Answer] = field(default_factory=list)

    def invite(self, code: str, now: float) -> Invitation:
        """Make an invitation."""
        number = 429_509_621_657 + len(self.invitations)
        self.invitations.append(Invitation(number, code, now + DAY_S))
        return self.invitations[-1]


def release_notes(installed: str, offered: str, *, staged: bool, language: str) -> Answer:
    """Return `release_notes` of the installed or, if asked for, the offered software."""
    shown = offered if staged and offered else installed
    notes = [
        {
            "title": title,
            "subtitle": "",
            "description": f"{text} ({language})",
            "customer_version": shown,
            "icon": "release_notes_icon",
            "show_in_history": True,
            "image_url": "https://vehicle-files.example.com/release_notes.png",
            "light_image_url": "https://vehicle-files.example.com/release_notes_light.png",
        }
        for title, text in (("Charging", "Schedules are easier to find."), ("Minor fixes", "Small improvements."))
    ]
    return {
        "release_notes": notes,
        "deployed_version": installed,
        "staged_version": offered or None,
        "release_notes_version": shown,
    }
