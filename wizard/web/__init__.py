"""What all pages share: middleware, converters, the frame of a page, errors as answers."""
