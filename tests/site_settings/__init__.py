"""Settings of energy sites that are wished for."""
