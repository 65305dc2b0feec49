"""The script of commands: what the person does, what happens meanwhile, and what the job needs at least."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Any, Literal

from tesla_simulator import Fault
from tesla_simulator.world import Car, build_car

from .home import Home, Tesla, outcome

POLLED_S = 1300  # after it both integrations know that a car fell asleep

type Act = Callable[[Home], Awaitable[list[str | None]]]
"""Does something, waits until Home Assistant says that it is done, and gives what a person reads if it says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, on a fresh car; `control` is the entity that is looked at.

    `done` is what must be true in the car in the end, if it is `possible`. `needs` has the paid answers that the job
    cannot do without, by price class; the read that makes sure is one of them.
    """

    name: str
    control: str
    act: Act
    done: Callable[[Car], bool]
    needs: Mapping[str, int]
    car: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    charge: Literal["charges", "stopped", "unplugged"] = "charges"
    used: bool = True  # a command went before, so that a signing client has its session
    upset: Callable[[Tesla], None] = lambda _: None
    known: bool = False  # whether there is time for a poll after the upset
    possible: bool = True


def does(control: str, *values: float | bool, every_s: float = 0.0) -> Act:
    """Set a control to these values one after the other, without waiting for the end of each."""

    async def act(home: Home) -> list[str | None]:
        calls = list[asyncio.Future[str | None]]()
        for value in values:
            calls.append(asyncio.ensure_future(outcome(home.do(control, value))))
            await asyncio.sleep(every_s)
        return await asyncio.gather(*calls)

    return act


async def _ten_at_once(home: Home) -> list[str | None]:
    acts = (does("limit", *range(71, 76)), does("amps", 6, 7, 8, 9), does("charging", True))
    return [one for found in await asyncio.gather(*(act(home) for act in acts)) for one in found]


async def _two_with_a_reboot_between(home: Home) -> list[str | None]:
    first = await does("limit", 70)(home)
    home.tesla.car.reboot()
    return [*first, *await does("limit", 72)(home)]


def _charges(car: Car) -> bool:
    return car.charger.active


def _rests(car: Car) -> bool:
    return not car.charger.active


def _limit(percent: int) -> Callable[[Car], bool]:
    return lambda car: car.charger.limit == percent


def _amps(amps: int) -> Callable[[Car], bool]:
    return lambda car: car.charger.amps == amps


def _sleep(tesla: Tesla) -> None:
    tesla.car.sleep()


def _lose(tesla: Tesla) -> None:
    tesla.sim.faults.add(Fault.lost(endpoint="signed_command", times=1))


def _expire(tesla: Tesla) -> None:
    tesla.sim.signing_faults.add(fault=17)


def _needs(command: int = 1, data: int = 1, wake: int = 0) -> dict[str, int]:
    return {"command": command, "data": data, "wake": wake}


def make_car(step: Step) -> Car:
    """Make the car of a step: a modern one that wants signatures, unless the step says otherwise."""
    return build_car("Juniper", "Y", 2025, 2, **{"soc": 48.0, **step.car})


AMPS = [5 + number % 12 for number in range(99)]

STEPS = (
    Step(
        name="start, first command of all",
        control="charging",
        act=does("charging", True),
        done=_charges,
        needs=_needs(command=2),
        charge="stopped",
        used=False,
    ),
    Step(name="stop", control="charging", act=does("charging", False), done=_rests, needs=_needs()),
    Step(name="limit", control="limit", act=does("limit", 70), done=_limit(70), needs=_needs()),
    Step(name="amps", control="amps", act=does("amps", 9), done=_amps(9), needs=_needs()),
    Step(
        name="limit that is set already",
        control="limit",
        act=does("limit", 77),
        done=_limit(77),
        needs=_needs(command=0, data=0),
    ),
    Step(
        name="stop is accepted, not obeyed",
        control="charging",
        act=does("charging", False),
        done=_rests,
        needs=_needs(data=2),
        car={"ignores_commands": {"charge_stop"}},
        possible=False,
    ),
    *(
        Step(
            name=f"stop shows {seconds:g} s late",
            control="charging",
            act=does("charging", False),
            done=_rests,
            needs=_needs(data=2),
            car={"effect_delay_seconds": seconds},
        )
        for seconds in (5.0, 20.0)
    ),
    Step(
        name="stop obeyed, answer lost",
        control="charging",
        act=does("charging", False),
        done=_rests,
        needs=_needs(),
        upset=_lose,
    ),
    Step(
        name="fell asleep since the last poll",
        control="charging",
        act=does("charging", True),
        done=_charges,
        needs=_needs(command=2, wake=1),
        charge="stopped",
        upset=_sleep,
    ),
    *(
        Step(
            name=f"known asleep, wakes in {seconds:g} s" if seconds < inf else "known asleep, never wakes",
            control="charging",
            act=does("charging", True),
            done=_charges,
            needs=_needs(wake=1) if seconds < inf else _needs(command=0, data=0, wake=1),
            car={"wake_seconds": seconds},
            charge="stopped",
            upset=_sleep,
            known=True,
            possible=seconds < inf,
        )
        for seconds in (5.0, 30.0, 45.0, inf)
    ),
    Step(
        name="ten at once, known asleep",
        control="limit",
        act=_ten_at_once,
        done=lambda car: _charges(car) and _limit(75)(car) and _amps(9)(car),
        needs=_needs(command=10, wake=1),
        charge="stopped",
        upset=_sleep,
        known=True,
    ),
    Step(
        name="amps set 100 times in a minute",
        control="amps",
        act=does("amps", *AMPS, 13, every_s=0.6),
        done=_amps(13),
        needs=_needs(command=4),  # one each 20 s, charging.md 2.5
    ),
    Step(
        name="limit, reboot, limit",
        control="limit",
        act=_two_with_a_reboot_between,
        done=_limit(72),
        needs=_needs(command=3),
    ),
    Step(
        name="stop, car takes it unsigned",
        control="charging",
        act=does("charging", False),
        done=_rests,
        needs=_needs(),
        car={"command_signing": "off"},
    ),
    Step(
        name="start without a cable",
        control="charging",
        act=does("charging", True),
        done=_charges,
        needs=_needs(),
        charge="unplugged",
        possible=False,
    ),
    Step(
        name="stop, first said to be expired",
        control="charging",
        act=does("charging", False),
        done=_rests,
        needs=_needs(command=2),
        upset=_expire,
    ),
)
