"""The options: the budget, what is believed of prices, and how each car is read; each with what it costs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from .account import Account
from .budget import estimate
from .budget.ledger import MONTH_DAYS
from .budget.policy import Activity, Sleep, Wishes
from .budget.prices import PRICES, UNPRICED, Belief
from .const import DOMAIN
from .coordinators.base import TeslaCoordinator
from .cost_flow import CostSteps
from .fleet.paying import PriceClass
from .fleet.scopes import Scope
from .reading_options import (
    CONF_DRIVING,
    CONF_HINTS,
    CONF_NEAR_HOME,
    CONF_PAUSED,
    CONF_SLEEP,
    DRIVING,
    USUAL,
    hint_entities,
    options_of,
    wishes_of,
    with_options,
)

CONF_BUDGET: Final = "budget"
CONF_ELSEWHERE: Final = "elsewhere"
CONF_WAKES: Final = "wakes_a_day"
_MOST_DOLLARS: Final = 1000
_MOST_WAKES: Final = 100
_BELIEF: Final = "belief"
# Budgets that a person may want to compare with theirs.
_EXAMPLES: Final = (Decimal(2), Decimal(5), Decimal(10), Decimal(20))
_MONTH: Final = timedelta(days=MONTH_DAYS)
_HANDS: Final = (PriceClass.COMMAND, PriceClass.WAKE)


class TeslaOptionsFlow(CostSteps, OptionsFlow):
    """What a person says of the money and of the reads."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._vin = ""
        self._said: dict[str, Any] = {}

    @property
    def _account(self) -> Account:
        account: Account = self.config_entry.runtime_data
        return account

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show what there is to decide on: the cars by their names."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        menu = {
            step: await self._text("options", f"step.init.menu_options.{step}")
            for step in ("budget", "beliefs", "costs")
        }
        for number, (vin, car) in enumerate(self._account.vehicles.items()):
            step = f"car_{number}"
            menu[step] = car.data.name or f"Tesla …{vin[-4:]}"
            setattr(self, f"async_step_{step}", partial(self._choose_car, vin))
        return self.async_show_menu(step_id="init", menu_options=menu)

    async def _text(self, category: str, key: str, **blanks: str) -> str:
        texts = await async_get_translations(self.hass, self.hass.config.language, category, {DOMAIN})
        return texts[f"component.{DOMAIN}.{category}.{key}"].format(**blanks)

    def _done(self, options: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        return self.async_create_entry(data=dict(self.config_entry.options if options is None else options))

    # The budget

    async def async_step_budget(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the money, and say what it buys."""
        purse = self._account.purse
        standing = purse.standing()
        if user_input is not None:
            self._said = user_input
            if _dollars(user_input[CONF_BUDGET]) != standing.budget:
                return await self.async_step_budget_preview()
            return await self._set_budget()
        budgets = sorted({*_EXAMPLES, standing.budget})
        rows = [f"| ${budget:.2f} | {self._age(budget)} | {self._age(budget, driving=True)} |" for budget in budgets]
        return self.async_show_form(
            step_id="budget",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_BUDGET, default=float(standing.budget)): _number(_MOST_DOLLARS, 0.01, "USD"),
                    vol.Required(CONF_ELSEWHERE, default=float(standing.elsewhere)): _number(
                        _MOST_DOLLARS, 0.01, "USD"
                    ),
                    vol.Required(CONF_WAKES, default=purse.wakes_a_day): _number(_MOST_WAKES, 1),
                }
            ),
            description_placeholders={
                "budget": f"{standing.budget:.2f}",
                "spent": f"{standing.spent:.2f}",
                "forecast": f"{standing.forecast:.2f}",
                "rows": "\n".join(rows),
                "wake": f"{PRICES[PriceClass.WAKE]:.2f}",
            },
        )

    async def async_step_budget_preview(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say what another budget buys before it is set."""
        if user_input is not None:
            return await self._set_budget()
        before, after = self._account.purse.standing().budget, _dollars(self._said[CONF_BUDGET])
        return self.async_show_form(
            step_id="budget_preview",
            data_schema=vol.Schema({}),
            description_placeholders={
                "before": f"{before:.2f}",
                "after": f"{after:.2f}",
                "charging_before": self._age(before),
                "charging_after": self._age(after),
                "driving_before": self._age(before, driving=True),
                "driving_after": self._age(after, driving=True),
            },
        )

    async def _set_budget(self) -> ConfigFlowResult:
        await self._account.purse.async_set(
            budget=_dollars(self._said[CONF_BUDGET]),
            elsewhere=_dollars(self._said[CONF_ELSEWHERE]),
            wakes_a_day=round(self._said[CONF_WAKES]),
        )
        return self._done()

    def _age(self, budget: Decimal, *, driving: bool = False) -> str:
        """Return how old values would be on average in a whole month with this budget."""
        return span(estimate.age_s(Activity.DRIVING if driving else Activity.CHARGING, self._price_of_month(budget)))

    def _price_of_month(self, budget: Decimal) -> float:
        """Return what freshness costs in a whole month with this budget, in seconds."""
        purse = self._account.purse
        by_hand = sum(Decimal(purse.monthly(kind)) * purse.price(kind) for kind in _HANDS)
        for_reads = max(Decimal(0), budget - purse.standing().elsewhere - by_hand)
        return estimate.price_of_month(for_reads, purse.price(PriceClass.DATA), purse.appetite)

    # What is believed of prices

    async def async_step_beliefs(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to believe of each class without a published price, and say what a wrong belief would cost."""
        purse = self._account.purse
        if user_input is not None:
            await purse.async_set(beliefs={kind: Belief(user_input[kind]) for kind in UNPRICED})
            return self._done()
        prices = purse.standing().prices
        blanks = {"data": f"{PRICES[PriceClass.DATA]:.3f}"}
        for kind in UNPRICED:
            # What was counted lately also knows the other accounts; what is planned is known from the first minute.
            monthly = max(purse.monthly(kind), self._planned(kind))
            blanks[f"{kind}_requests"] = f"{monthly:.0f}"
            blanks[f"{kind}_cost"] = f"{monthly * float(PRICES[PriceClass.DATA]):.2f}"
        choice = _select([belief.value for belief in Belief], _BELIEF)
        return self.async_show_form(
            step_id="beliefs",
            data_schema=vol.Schema(
                {vol.Required(kind.value, default=prices.belief(kind)): choice for kind in UNPRICED}
            ),
            description_placeholders=blanks,
        )

    def _planned(self, kind: PriceClass) -> float:
        """Return how many requests of a class are planned for a month."""
        account = self._account
        coordinators: dict[PriceClass, list[TeslaCoordinator[Any]]] = {
            PriceClass.LIST: [account.products],
            PriceClass.ENERGY: [part for site in account.sites.values() for part in (site.live, site.info)],
        }
        intervals = (one.update_interval for one in coordinators.get(kind, ()))
        return sum(_MONTH / interval for interval in intervals if interval)

    # A car

    async def _choose_car(self, vin: str, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        self._vin = vin
        return await self.async_step_car()

    async def async_step_car(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how a car is to be read, and say what that costs."""
        entry, vin = self.config_entry, self._vin
        if user_input is not None:
            return self._done(with_options(entry, vin, **{CONF_HINTS: [], **user_input}))
        said, wishes = options_of(entry, vin), wishes_of(entry, vin)
        fields: dict[Any, Any] = {
            vol.Optional(CONF_HINTS, description={"suggested_value": hint_entities(entry, vin)}): EntitySelector(
                EntitySelectorConfig(multiple=True)
            ),
            vol.Required(CONF_DRIVING, default=said.get(CONF_DRIVING, USUAL)): _select([*DRIVING], CONF_DRIVING),
            vol.Required(CONF_NEAR_HOME, default=wishes.near_home): BooleanSelector(),
            vol.Required(CONF_SLEEP, default=wishes.sleep.value): _select([one.value for one in Sleep], CONF_SLEEP),
            vol.Required(CONF_PAUSED, default=wishes.paused): BooleanSelector(),
        }
        if Scope.VEHICLE_LOCATION not in self._account.scopes:
            fields = {key: selector for key, selector in fields.items() if key != CONF_NEAR_HOME}
        return self.async_show_form(
            step_id="car", data_schema=vol.Schema(fields), description_placeholders=await self._costs(wishes)
        )

    async def _costs(self, wishes: Wishes) -> dict[str, str]:
        """Return what each wish costs, going by what was recorded of the car."""
        account = self._account
        car = account.vehicles[self._vin]
        life, now, budget = (
            estimate.life_of(car.planner.habits),
            account.price_of_freshness(),
            account.purse.standing().budget,
        )
        k = self._price_of_month(budget)
        price, everything = account.purse.price(PriceClass.DATA), account.purse.appetite
        awake = replace(wishes, paused=False)
        usual = replace(awake, driving=DRIVING[USUAL], near_home=False, sleep=Sleep.AUTOMATIC)
        others = {
            "more": (replace(usual, driving=DRIVING["more"]), usual),
            "less": (replace(usual, driving=DRIVING["less"]), usual),
            "near": (replace(awake, near_home=True), replace(awake, near_home=False)),
            "sleep": (replace(awake, sleep=Sleep.ALWAYS), replace(awake, sleep=Sleep.NEVER)),
        }
        blanks = {
            "car": car.data.name or "Tesla",
            "basis": await self._text(
                "common", f"basis_{'recorded' if life.days else 'believed'}", days=str(life.days)
            ),
            "reads": f"{estimate.reads_a_month(life, awake, k):.0f}",
            "cost": f"{estimate.reads_a_month(life, awake, k) * float(price):.2f}",
            "budget": f"{budget:.2f}",
            "driving": span(estimate.interval_s(Activity.DRIVING, awake, now)),
            "charging": span(estimate.interval_s(Activity.CHARGING, awake, now)),
            "read": f"{price:.3f}",
        }
        for name, (then, before) in others.items():
            found = estimate.change(life, before, then, k=k, everything=everything, price=price)
            blanks[f"{name}_cost"] = f"{abs(found.dollars):.2f}"
            blanks[f"{name}_older"] = f"{abs(found.older):.0%}".replace("%", " %")
        return blanks


class HasOptions(ConfigFlow):
    """A set-up whose entries have options."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> TeslaOptionsFlow:
        """Return the options."""
        return TeslaOptionsFlow()


def span(seconds: float) -> str:
    """Return a length of time as a person says it, in any language; a dash for never."""
    if not isfinite(seconds):
        return "–"
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _dollars(value: float) -> Decimal:
    return round(Decimal(str(value)), 2)


def _number(most: float, step: float, unit: str | None = None) -> NumberSelector:
    config = NumberSelectorConfig(min=0, max=most, step=step, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _select(options: list[str], key: str) -> SelectSelector:
    return SelectSelector(SelectSelectorConfig(options=options, translation_key=key, mode=SelectSelectorMode.LIST))
