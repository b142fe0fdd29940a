"""How logistics keeps what it knows."""
