"""The pages of all accounts and Regions, from what was last read, and the same for programs."""
