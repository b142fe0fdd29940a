"""The e-road: signed, ordered, policy-filtered streams of events between hubs."""
