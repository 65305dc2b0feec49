"""The dashboard: built-in cards only, made for the cars and the site that there are."""

from collections.abc import Iterable

from tesla_simulator.world import Car, Site, World

from .cards import Card, Entities, Maker, section, view
from .driver_page import driver_view
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

SOLAR, BATTERY, GRID, HOUSE = "#ff9800", "#4db6ac", "#488fc2", "#8353d1"


def _car(car: Car, entities: Entities) -> list[Card]:
    make = Maker(entities, car.vin)
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
    make = Maker(entities, str(site.id))
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
    make = Maker(entities, str(site.id))
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
        make = Maker(entities, one.din)
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
    make = Maker(entities, account)
    make.heading("Budget", "mdi:wallet-outline", "sensor.app_state")
    make.tile("sensor.spent", color="red", name="Spent this month")
    make.tile("sensor.forecast", color="amber", name="At the month's end")
    make.tile("sensor.left", color="green", name="Left this month")
    make.tile("sensor.requests_today", color="grey", name="Requests today")
    buttons = {"feature_options": {"style": "buttons"}}
    make.tile("number.budget", 12, "numeric-input", color="green", name="Monthly budget", **buttons)
    for car in cars:
        of_car = Maker(entities, car.vin)
        of_car.tile("sensor.next_read", color="light-blue", name=f"{car.display_name} is read")
        of_car.tile("sensor.next_read_reason", color="light-blue", name="Why")
        make.cards += of_car.cards
    return make.cards


def _charged(car: Car, entities: Entities) -> list[Card]:
    """Show what a car has charged, and what that has cost."""
    make = Maker(entities, car.vin)
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
    home = [*(section(_car(car, entities)) for car in cars), section(_budget(cars, entities))]
    for site in sites:
        home.append(section(_site(site, entities)))
        home.append(section(_flows(site, entities), columns=2))
        home.append(section(_wall_connectors(site, entities)))
    charged = [section(_charged(car, entities)) for car in cars]
    charged += [section(_statistics(cars)), section(_calendar(cars, entities), columns=3)]
    views = [
        view(TITLE, "home", home),
        *(driver_view(car, entities) for car in cars),
        view(CHARGING, CHARGING_PATH, charged),
    ]
    return {"views": [shown for shown in views if shown["sections"]]}


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
