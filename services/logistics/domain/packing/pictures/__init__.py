"""Pictures of a load plan: a page to look around in, and sheets for the warehouse."""
