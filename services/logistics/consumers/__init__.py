"""How other services, here and at peers, tell logistics: a file per producer."""
