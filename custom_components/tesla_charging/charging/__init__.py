"""Charging: what it does and what follows from it. Pure: no I/O, and the time is an argument."""
