"""Tests of the simulated Tesla."""
