"""Energy sites: how they are set, tariffs, strategies. Pure: no Home Assistant, no I/O, the time is an argument."""
