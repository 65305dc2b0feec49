"""What is decided about energy sites: pure functions, energies in Wh, powers in W, time given."""
