"""The dashboard: built-in cards only, made for the cars and the site that there are."""

from collections.abc import Iterable
from typing import Any

from tesla_simulator.world import Car, Site, World

from .hass import Person

URL_PATH = "tesla-home"
TITLE = "Tesla"
CHARGING, CHARGING_PATH = "Charging", "charging"
# As at home in Germany, but in English.
LOCALE = {
    "language": "en",
    "number_format": "language",
    "time_format": "24",
    "date_format": "language",
    "time_zone": "local",
    "first_weekday": "monday",
}

type Card = dict[str, Any]
type Entities = dict[str, str]

SOLAR, BATTERY, GRID, HOUSE = "#ff9800", "#4db6ac", "#488fc2", "#8353d1"


class _Maker:
    """Makes cards of one device, and none for an entity that is not there."""

    def __init__(self, entities: Entities, device: str) -> None:
        self._entities = entities
        self._device = device
        self.cards: list[Card] = []

    def entity(self, key: str) -> str | None:
        """Return the entity id of e.g. `sensor.battery_level`."""
        platform, _, name = key.partition(".")
        return self._entities.get(f"{platform}.{self._device}-{name}")

    def heading(self, text: str, icon: str, *badges: str) -> None:
        """Begin with a line."""
        shown = [{"type": "entity", "entity": entity} for key in badges if (entity := self.entity(key))]
        self.cards.append({"type": "heading", "heading": text, "icon": icon, "heading_style": "title", "badges": shown})

    def gauge(self, key: str, columns: int) -> None:
        """Show a percentage, red when low."""
        severity = {"green": 30, "yellow": 20, "red": 0}
        card = {"type": "gauge", "name": {"type": "entity"}, "min": 0, "max": 100, "severity": severity}
        self._add(key, card, columns, 4)

    def tile(self, key: str, columns: int = 6, feature: str = "", **more: Any) -> None:
        """Show an entity, with a control or a curve below."""
        features = [{"type": feature, **more.pop("feature_options", {})}] if feature else []
        card = {"type": "tile", "name": {"type": "entity"}, "features": features, "vertical": False, **more}
        self._add(key, card, columns, 2 if feature else 1)

    def tile_once_known(self, key: str, columns: int = 6, **more: Any) -> None:
        """Show an entity as soon as it has a value."""
        if entity := self.entity(key):
            known = {"condition": "state", "entity": entity, "state_not": ["unknown", "unavailable"]}
            self.tile(key, columns, visibility=[known], **more)

    def _add(self, key: str, card: Card, columns: int, rows: int) -> None:
        if entity := self.entity(key):
            size = {"columns": columns, "rows": rows}
            self.cards.append({**card, "entity": entity, "grid_options": size})

    def entities(self, keys: Iterable[tuple[str, str, str]]) -> list[Card]:
        """Return rows of a card, each with its name and color."""
        return [
            {"entity": entity, "name": name, "color": color}
            for key, name, color in keys
            if (entity := self.entity(key))
        ]


def _car(car: Car, entities: Entities) -> list[Card]:
    make = _Maker(entities, car.vin)
    make.heading(car.display_name, "mdi:car-electric", "sensor.state", "binary_sensor.charge_cable")
    make.gauge("sensor.battery_level", 12)
    make.tile("switch.charge", 12, "toggle", color="green", icon="mdi:ev-station")
    slider = {"feature_options": {"style": "slider"}}
    make.tile("number.charge_limit_soc", 12, "numeric-input", color="light-blue", **slider)
    make.tile("number.charge_current_request", 12, "numeric-input", color="amber", **slider)
    make.tile("sensor.charging_state", color="green")
    make.tile("sensor.charging_power", color="amber")
    make.tile("sensor.charge_complete_at", color="light-blue", name="Charged")
    make.tile("sensor.battery_range", color="light-blue")
    make.tile("sensor.charge_energy_added", color="green")
    make.tile("sensor.read_at", color="grey")
    make.tile("button.wake", color="grey", hide_state=True)
    make.tile("button.refresh", color="grey", hide_state=True)
    return make.cards


def _site(site: Site, entities: Entities) -> list[Card]:
    make = _Maker(entities, str(site.id))
    make.heading("Powerwall", "mdi:home-battery", "sensor.island_status")
    make.gauge("sensor.percentage_charged", 12)
    curve = {"feature_options": {"hours_to_show": 1}}
    make.tile("sensor.solar_power", 6, "trend-graph", color="orange", icon="mdi:solar-power", **curve)
    make.tile("sensor.load_power", 6, "trend-graph", color="deep-purple", icon="mdi:home", **curve)
    make.tile("sensor.battery_power", 6, "trend-graph", color="teal", icon="mdi:home-battery", **curve)
    make.tile("sensor.grid_power", 6, "trend-graph", color="blue", icon="mdi:transmission-tower", **curve)
    make.tile("number.backup_reserve_percent", 12, "numeric-input", color="teal", feature_options={"style": "slider"})
    make.tile("select.default_real_mode", 12, "select-options", color="teal")
    make.tile("switch.storm_mode_enabled", 6, color="blue")
    make.tile("switch.grid_charging", 6, color="blue")
    return make.cards


def _flows(site: Site, entities: Entities) -> list[Card]:
    make = _Maker(entities, str(site.id))
    make.heading("Power", "mdi:transmission-tower")
    flows = (
        ("sensor.solar_power", "Sun", SOLAR),
        ("sensor.battery_power", "Powerwall", BATTERY),
        ("sensor.grid_power", "Grid", GRID),
        ("sensor.load_power", "House", HOUSE),
    )
    rows = make.entities(flows)
    sources = {"type": "distribution", "title": "Where the power comes from", "entities": rows[:-1]}
    graph = {"type": "history-graph", "entities": rows, "hours_to_show": 1}
    make.cards += [
        {**sources, "grid_options": {"columns": "full"}},
        {**graph, "grid_options": {"columns": "full", "rows": 4}},
    ]
    return make.cards if rows else []


def _wall_connectors(site: Site, entities: Entities) -> list[Card]:
    cards: list[Card] = []
    for one in site.wall_connectors:
        make = _Maker(entities, one.din)
        place = f" {one.station.name}" if one.station is not None else ""
        make.heading(f"Wall Connector{place}", "mdi:ev-plug-type2", "sensor.wall_connector_fault_state")
        make.tile("sensor.vehicle", color="green", icon="mdi:car-electric")
        make.tile("sensor.wall_connector_state", color="green")
        power = {"feature_options": {"hours_to_show": 1}}
        make.tile("sensor.wall_connector_power", 12, "trend-graph", color="amber", **power)
        cards += make.cards if len(make.cards) > 1 else []
    return cards


def _budget(cars: Iterable[Car], entities: Entities) -> list[Card]:
    account = next(
        (key.removeprefix("sensor.").removesuffix("-spent") for key in entities if key.endswith("-spent")), ""
    )
    make = _Maker(entities, account)
    make.heading("Budget", "mdi:wallet-outline", "sensor.app_state")
    make.tile("sensor.spent", color="red", name="Spent this month")
    make.tile("sensor.forecast", color="amber", name="At the month's end")
    make.tile("sensor.left", color="green", name="Left this month")
    make.tile("sensor.requests_today", color="grey", name="Requests today")
    buttons = {"feature_options": {"style": "buttons"}}
    make.tile("number.budget", 12, "numeric-input", color="green", name="Monthly budget", **buttons)
    for car in cars:
        of_car = _Maker(entities, car.vin)
        of_car.tile("sensor.next_read", color="light-blue", name=f"{car.display_name} is read")
        of_car.tile("sensor.next_read_reason", color="light-blue", name="Why")
        make.cards += of_car.cards
    return make.cards


def _charged(car: Car, entities: Entities) -> list[Card]:
    """Show what a car has charged, and what that has cost."""
    make = _Maker(entities, car.vin)
    make.heading(car.display_name, "mdi:car-electric", "sensor.charging_state")
    make.heading("This or the last session", "mdi:ev-station")
    make.cards[-1]["heading_style"] = "subtitle"
    make.tile("sensor.session_energy", color="green", name="Energy")
    make.tile("sensor.session_cost", color="red", name="Cost")
    make.tile("sensor.session_solar_share", color="orange", name="From the sun")
    make.tile("sensor.session_duration", color="light-blue", name="Charged for")
    make.tile("sensor.session_place", color="grey", name="Place")
    make.tile_once_known("event.charging", color="grey", name="Last event", state_content="event_type")
    make.heading("In all", "mdi:sigma")
    make.cards[-1]["heading_style"] = "subtitle"
    make.tile("sensor.charging_energy_total", color="green", name="Energy")
    make.tile("sensor.charging_cost_total", color="red", name="Cost")
    make.tile("sensor.home_charging_energy_total", color="green", name="Energy at home")
    make.tile("sensor.home_charging_cost_total", color="red", name="Cost at home")
    make.tile("sensor.supercharger_energy_total", color="green", name="Supercharged")
    make.tile("sensor.supercharger_cost_total", color="red", name="Supercharger cost")
    make.tile_once_known("sensor.cost_per_distance", color="amber", name="Cost of driving")
    make.tile_once_known("sensor.charging_saving_total", color="amber", name="Saved")
    make.tile_once_known("sensor.charging_efficiency", color="amber", name="Efficiency")
    return make.cards


def _statistics(cars: Iterable[Car]) -> list[Card]:
    """Show what was charged and paid in each week, as the statistics have it."""
    cards: list[Card] = [{"type": "heading", "heading": "By week", "icon": "mdi:chart-bar", "heading_style": "title"}]
    for what, title in (("energy", "Energy"), ("cost", "Cost")):
        shown = [
            {"entity": f"tesla_charging:{car.vin[-8:].lower()}_{place}_{what}", "name": f"{car.display_name}, {name}"}
            for car in cars
            for place, name in (("home", "home"), ("supercharger", "Superchargers"))
        ]
        graph = {"type": "statistics-graph", "chart_type": "bar", "period": "week", "stat_types": ["change"]}
        size = {"columns": "full", "rows": 5}
        cards.append({**graph, "title": title, "days_to_show": 45, "entities": shown, "grid_options": size})
    return cards


def _calendar(cars: Iterable[Car], entities: Entities) -> list[Card]:
    """Show the sessions and schedules of all cars in a month."""
    shown = [found for car in cars if (found := entities.get(f"calendar.{car.vin}-charging_schedules"))]
    size = {"columns": "full", "rows": 10}
    card = {"type": "calendar", "initial_view": "dayGridMonth", "entities": shown, "grid_options": size}
    return [{"type": "heading", "heading": "Calendar", "icon": "mdi:calendar"}, card] if shown else []


def make_dashboard(cars: Iterable[Car], sites: Iterable[Site], entities: Entities) -> Card:
    """Return the dashboard."""
    cars = [*cars]
    sections = [{"type": "grid", "cards": _car(car, entities)} for car in cars]
    sections.append({"type": "grid", "cards": _budget(cars, entities)})
    for site in sites:
        sections.append({"type": "grid", "cards": _site(site, entities)})
        sections.append({"type": "grid", "column_span": 2, "cards": _flows(site, entities)})
        sections.append({"type": "grid", "cards": _wall_connectors(site, entities)})
    filled = [section for section in sections if len(section["cards"]) > 1]
    home = {"title": TITLE, "path": "home", "type": "sections", "max_columns": 3, "sections": filled}
    charged = [{"type": "grid", "cards": _charged(car, entities)} for car in cars]
    charged.append({"type": "grid", "cards": _statistics(cars)})
    calendar = {"type": "grid", "column_span": 3, "cards": _calendar(cars, entities)}
    sections = [section for section in (*charged, calendar) if len(section["cards"]) > 1]
    charging = {"title": CHARGING, "path": CHARGING_PATH, "type": "sections", "max_columns": 3, "sections": sections}
    return {"views": [home, charging] if sections else [home]}


async def put_up_dashboard(person: Person, world: World) -> None:
    """Make it the first page of this Home Assistant."""
    config = make_dashboard(world.cars.values(), world.sites.values(), await person.entity_ids())
    known = await person.ask("lovelace/dashboards/list")
    if not any(dashboard["url_path"] == URL_PATH for dashboard in known):
        await person.ask(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title=TITLE,
            icon="mdi:car-electric",
            show_in_sidebar=True,
            require_admin=False,
            mode="storage",
        )
    await person.ask("lovelace/config/save", url_path=URL_PATH, config=config)
    await person.ask("frontend/set_user_data", key="language", value=LOCALE)
    await person.ask("frontend/set_system_data", key="core", value={"default_panel": URL_PATH})
