"""Who answers for customs here: a simulator that says so. Nothing is filed anywhere."""

SIMULATOR = "simulated-customs"
"""The name under which the simulator's steps stand in every history."""
NOTICE = "Answers come from a simulator; nothing is filed with any authority."
