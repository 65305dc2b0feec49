"""Tests of Tesla Charging and of the simulated Tesla."""
