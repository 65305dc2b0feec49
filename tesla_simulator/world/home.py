"""The default household; names, VINs and places are fictitious."""

from .accounts import Account
from .garage import build_car, home_station, powerwall_site
from .routine import commute, outing
from .station import Place, Station, supercharger

HOME_SEED = 2019
WORK = Place(52.5200, 13.3900, "Work")
LAKE = Place(52.2600, 14.0500, "Lake")


def furnish_home(*, daily_life: bool = False) -> tuple[Account, list[Station]]:
    """Return Alex's account and the stations, home first; a daily life has a second Wall Connector."""
    homes = [home_station(), *([home_station(2, name="Garage")] if daily_life else [])]
    luna = build_car("Luna", "S", 2019, 1, soc=62.0, home=homes[0], odometer_km=112_300.0)
    juniper = build_car("Juniper", "Y", 2025, 2, soc=48.0, home=homes[-1])
    if daily_life:
        juniper.routine = commute(WORK, homes[-1])
        luna.routine = outing(LAKE, homes[0])
    luna.plug_in(homes[0])
    luna.charger.starting_s = 0.0
    juniper.sleep()
    account = Account(
        sub="b9c1d2e3-0000-4000-8000-00000000a1ec",
        email="alex@example.com",
        full_name="Alex Example",
        password="demo",
        profile_image_url="{api}/pictures/alex.png",
        region="eu",
        cars=[luna, juniper],
        sites=[powerwall_site(1, *(one.wall_connector for one in homes if one.wall_connector))],
    )
    public = Station(
        kind="public_ac", name="Market Square", latitude=52.5160, longitude=13.3780, phases=3, max_current_a=32
    )
    return account, [*homes, public, supercharger("Example Park Supercharger", 52.3100, 13.4300)]
