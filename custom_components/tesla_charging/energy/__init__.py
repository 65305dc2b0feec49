"""Decisions about energy sites: what their history says, hour by hour, and what it cost. Pure Python, no I/O."""
