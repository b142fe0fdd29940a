"""Whom logistics asks while someone waits: planners in processes of their own."""
