"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "tesla_charging"

CONF_REGION: Final = "region"
CONF_SCOPES: Final = "scopes"
# What a person says of the costs of charging, in the entry's options.
CONF_COSTS: Final = "charging_costs"
CONF_REFERENCE_PRICE: Final = "reference_price"

DEVELOPER_DOCS: Final = "https://developer.tesla.com/docs/fleet-api/getting-started/what-is-fleet-api"
