"""Clean-ups of cached images: the form, the preview, the progress, the results, and the list."""
