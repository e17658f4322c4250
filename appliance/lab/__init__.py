"""The lab: which PC is where, and what the school server makes of it."""
