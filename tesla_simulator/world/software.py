"""A car's software update: offered, scheduled, installing, done (fleet_api.md 5.3 and 6.4)."""

from dataclasses import dataclass
from math import inf
from typing import Any

DURATION_S = 2700.0
POSTPONED_S = 60.0
SOON = 1e-6
NOTHING = " "  # what a car without an update calls its version


@dataclass(eq=False)
class Software:
    """The update that Tesla offers; times in epoch s."""

    version: str = NOTHING
    status: str = ""
    duration_s: float = DURATION_S
    starts_at: float = inf
    ends_at: float = inf

    def offer(self, version: str) -> None:
        """Have an update ready to be installed."""
        self.version, self.status = version, "available"

    def schedule(self, at: float) -> None:
        """Install it then."""
        self.status, self.starts_at = "scheduled", at

    def cancel(self) -> None:
        """Do not install it yet."""
        self.status, self.starts_at = "available", inf

    @property
    def installing(self) -> bool:
        """Whether the car installs it now."""
        return self.status == "installing"

    def due_in(self, now: float) -> float:
        """Return the seconds to what happens next."""
        return min(self.starts_at, self.ends_at) - now

    def settle(self, now: float, *, driving: bool) -> str:
        """Begin or end to install; return the version that is installed now, if it is a new one."""
        if self.starts_at <= now + SOON and driving:
            self.starts_at = now + POSTPONED_S
        if self.starts_at <= now + SOON:
            self.status, self.starts_at, self.ends_at = "installing", inf, now + self.duration_s
        if self.ends_at > now + SOON:
            return ""
        done, self.version, self.status, self.ends_at = self.version, NOTHING, "", inf
        return done

    def fields(self, now: float) -> dict[str, Any]:
        """Return software_update."""
        left = self.ends_at - now
        times = {"scheduled_time_ms": self.starts_at, "warning_time_remaining_ms": self.starts_at - now}
        return {
            "download_perc": 100 if self.status else 0,
            "expected_duration_sec": round(self.duration_s),
            "install_perc": round(100 * (1 - left / self.duration_s)) if self.installing else 1,
            "status": self.status,
            "version": self.version,
            **({name: int(at * 1000) for name, at in times.items()} if self.status == "scheduled" else {}),
        }
