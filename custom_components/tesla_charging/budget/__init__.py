"""What a request costs and when one is worth it. Pure: no I/O, and the time is an argument."""
