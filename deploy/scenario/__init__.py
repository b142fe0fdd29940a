"""A trade lane as data, driven through the public APIs of two hubs, with every figure checked."""
