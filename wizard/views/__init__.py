"""One module per area; function views that read from top to bottom."""
