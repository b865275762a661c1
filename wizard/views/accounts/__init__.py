"""The pages Accounts, for administrators: which AWS accounts the console works in, and how."""
