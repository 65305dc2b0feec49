"""The coordinators: the account's products and person, two per car, one per site and kind."""

from .car_file import CarFileCoordinator
from .person import PersonCoordinator
from .products import ProductsCoordinator
from .site import SiteInfoCoordinator, SiteLiveCoordinator, SiteSnapshot
from .site_today import SiteTodayCoordinator
from .vehicle import VehicleCoordinator

__all__ = [
    "CarFileCoordinator",
    "PersonCoordinator",
    "ProductsCoordinator",
    "SiteInfoCoordinator",
    "SiteLiveCoordinator",
    "SiteSnapshot",
    "SiteTodayCoordinator",
    "VehicleCoordinator",
]
