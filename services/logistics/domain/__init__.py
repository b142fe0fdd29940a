"""What is true of parcels, consolidations and their freight. Pure: no clock, no database."""
