"""Who may come in, and where to: sign-in, sessions, API tokens, throttling, access rules."""
