"""The domain, without Django and AWS."""
