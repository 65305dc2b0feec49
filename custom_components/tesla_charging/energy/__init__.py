"""Energy sites: settings, tariffs, strategies, what their history says and what it cost. Pure Python, no I/O, the time is an argument."""
