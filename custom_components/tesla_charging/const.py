"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "tesla_charging"

CONF_REGION: Final = "region"
CONF_SCOPES: Final = "scopes"

DEVELOPER_DOCS: Final = "https://developer.tesla.com/docs/fleet-api/getting-started/what-is-fleet-api"
