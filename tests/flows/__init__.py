"""Every documented flow, screen by screen."""
