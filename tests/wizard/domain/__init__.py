"""The domain alone: no Django, no AWS."""
