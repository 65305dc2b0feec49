"""Signed commands, from Home Assistant to the simulated car."""
