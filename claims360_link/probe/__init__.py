"""What a key of the real Claims360 gets: looked at, held against the contract, and kept without what is personal."""
