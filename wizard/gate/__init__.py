"""Authentication and authorization: sign-in, sessions, API tokens, throttling, access rules."""
