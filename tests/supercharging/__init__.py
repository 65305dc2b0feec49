"""What Superchargers bill, through Home Assistant."""
