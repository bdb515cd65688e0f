"""The owner of a vehicle: what is held on them is found, given out, and forgotten."""
