"""People, their grants and sign-ins, their sessions and API tokens."""
