"""The pages of operations over accounts: the plan, the list, and each one with its progress."""
