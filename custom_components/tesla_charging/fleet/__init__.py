"""The only door to Tesla: an adapter over tesla-fleet-api, free of Home Assistant."""
