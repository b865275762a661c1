"""The simulated AWS, met over HTTP as any client meets it."""
