"""What can be done in logistics: one verb per file; reads in queries.py."""
