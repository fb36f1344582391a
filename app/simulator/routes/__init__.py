"""What the simulator answers, one module per family of endpoints."""
