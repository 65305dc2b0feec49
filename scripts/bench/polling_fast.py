"""The fast lane: a polling policy on a life, without Home Assistant and without a simulated Tesla, in a second.

For choosing weights. A policy is anything with `async step(now, tesla)` (polling_view.py):

    class MyPolicy:
        async def step(self, now, tesla):
            if (await tesla.online())["car 0"]:
                truth = await tesla.read("car 0")
            return now + 60

    outcome = run_fast(MyPolicy(), household("commuter", TUNING_SEEDS[0]))
    outcome.freshness.mean_stale_s("charging")

`blocks` turns what a read brings into the blocks of a `vehicle_data` answer, for a policy that wants a parsed car.

    PYTHONPATH=. .venv/bin/python -m scripts.bench.polling_fast     the two peers on the tuning seeds
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .life import Life, Truth
from .lives import PROFILES, TUNING_SEEDS, household
from .polling_metrics import Freshness, Record, awake_s, freshness, pooled
from .polling_peers import PEERS
from .polling_view import Hint, Policy, Shown, phase

DATA_USD = 0.002


class FastTesla:
    """Tesla as a pure function of lives; a request takes no time."""

    def __init__(self, lives: Sequence[Life], *, site: bool = True) -> None:
        """Begin with nothing asked."""
        self.cars = [f"car {number}" for number in range(len(lives))]
        self.spent_usd = 0.0
        self.now = 0.0
        self.records = {car: Record() for car in self.cars}
        self._lives = dict(zip(self.cars, lives, strict=True))
        self._site = site
        self._touched = dict.fromkeys(self.cars, 0.0)

    async def online(self) -> Mapping[str, bool]:
        """List the cars."""
        return {car: self._awake(car) for car in self.cars}

    async def site(self) -> Mapping[str, Hint]:
        """Tell of the cars on the Wall Connectors."""
        if not self._site:
            return {}
        return {
            car: Hint(truth.charging, truth.power_kw)
            for car, life in self._lives.items()
            if (plug := life.plug_at(self.now)) and plug.where == "home" and (truth := life.truth_at(self.now))
        }

    async def read(self, car: str) -> Truth | None:
        """Read a car, and be billed for it."""
        self.spent_usd += DATA_USD
        if not self._awake(car):
            return None
        self._touched[car] = self.now
        truth = self._lives[car].truth_at(self.now)
        self.records[car].reads.append(self.now)
        self.show(car, Shown(truth.plugged, truth.charging, truth.driving))
        return truth

    def show(self, car: str, shown: Shown) -> None:
        """Note what is shown."""
        self.records[car].show(self.now, shown)

    def _awake(self, car: str) -> bool:
        life = self._lives[car]
        number = life.reason_before(self.now)
        if number is None:
            return False
        reason, linger = life.reasons[number], life.lingers[number]
        touched = self._touched[car] if life.make == "pre-2021" else 0.0
        return self.now < max(reason.end + linger, touched + linger if touched >= reason.begin else 0.0)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a policy on the lives of a household."""

    spent_usd: float
    freshness: Freshness
    records: Mapping[str, Record]
    slept: float  # share of the sleep that there could have been

    def line(self) -> str:
        """Return the figures in one line."""
        figures = self.freshness
        cells = [
            f"${self.spent_usd:5.2f}",
            *(f"{figures.mean_stale_s(kind):5.0f}" for kind in ("charging", "driving")),
            *(
                f"{figures.quantile_s(kind, 0.5) or 0:4.0f} ({figures.quantile_s(kind, 0.9) or 0:4.0f})"
                f" {figures.missed_percent(kind):2.0f}%"
                for kind in figures.latencies
            ),
            f"{100 * self.slept:3.0f}%",
        ]
        return "  ".join(cells)


def run_fast(policy: Policy, lives: Sequence[Life], *, site: bool = True, seed: int = 0) -> Outcome:
    """Let a policy follow the cars of a household from some moment of the first minutes to the end."""
    tesla = FastTesla(lives, site=site)
    tesla.now = phase(seed)
    while tesla.now < lives[0].seconds:
        tesla.now = max(_at_once(policy, tesla), tesla.now + 0.001)
    return _outcome(tesla, lives)


def _at_once(policy: Policy, tesla: FastTesla) -> float:
    """Run a step that never has to wait."""
    step = policy.step(tesla.now, tesla)
    try:
        step.send(None)
    except StopIteration as end:
        return float(end.value)
    raise RuntimeError("a policy in the fast lane must not wait for anything but Tesla")


def _outcome(tesla: FastTesla, lives: Sequence[Life]) -> Outcome:
    possible = slept = 0.0
    for life, record in zip(lives, tesla.records.values(), strict=True):
        possible += life.seconds - awake_s(life, [])
        slept += life.seconds - awake_s(life, record.reads if life.make == "pre-2021" else [])
    return Outcome(
        spent_usd=tesla.spent_usd,
        freshness=pooled([freshness(life, record) for life, record in zip(lives, tesla.records.values(), strict=True)]),
        records=tesla.records,
        slept=slept / possible if possible else 1.0,
    )


def blocks(truth: Truth) -> dict[str, Any]:
    """Return what a read brought as blocks of `vehicle_data` (fleet_api.md 5.3)."""
    resting = "Stopped" if truth.plugged else "Disconnected"
    to_full = 0.0 if truth.seconds_to_full is None else truth.seconds_to_full
    kw = truth.power_kw
    return {
        "charge_state": {
            "battery_level": round(truth.soc),
            "charge_limit_soc": truth.limit,
            "charger_actual_current": 0 if truth.dc else round(kw / 0.69),
            "charger_phases": 3 if kw and not truth.dc else None,
            "charger_power": round(kw),
            "charger_voltage": 230 if kw else 0,
            "charging_state": "Charging" if truth.charging else resting,
            "fast_charger_present": truth.dc,
            "minutes_to_full_charge": round(to_full / 60),
            "scheduled_charging_mode": "Off" if truth.scheduled_start is None else "StartAt",
            "scheduled_charging_pending": truth.scheduled_start is not None,
            "scheduled_charging_start_time": truth.scheduled_start and round(truth.scheduled_start),
            "time_to_full_charge": round(to_full / 3600, 2),
        },
        "drive_state": {"shift_state": "D" if truth.driving else None},
        "vehicle_state": {"is_user_present": truth.user_present, "sentry_mode": truth.sentry},
    }


def main() -> None:
    """Print the peers' figures on the tuning seeds."""
    head = "plug-in, charge start, charge end, drive start, park: median (90 %) missed; slept"
    print(f"{'':32}{'spent':>6}  stale: charging, driving; {head}")
    for name, profile in PROFILES.items():
        for title, make in PEERS.items():
            for seed in TUNING_SEEDS[:2]:
                lives = household(name, seed)
                outcome = run_fast(make(all(life.make == "pre-2021" for life in lives)), lives, seed=seed)
                print(f"{profile.title[:15]:16}{title:12}{seed:3} {outcome.line()}")


if __name__ == "__main__":
    main()
