"""The coordinators: the account's products, one per car, one per site and kind."""

from .products import ProductsCoordinator
from .site import SiteInfoCoordinator, SiteLiveCoordinator, SiteSnapshot
from .site_today import SiteTodayCoordinator
from .vehicle import VehicleCoordinator

__all__ = [
    "ProductsCoordinator",
    "SiteInfoCoordinator",
    "SiteLiveCoordinator",
    "SiteSnapshot",
    "SiteTodayCoordinator",
    "VehicleCoordinator",
]
