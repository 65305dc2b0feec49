"""Planned charging, through Home Assistant."""
