"""What all pages share: middleware, URL converters, the page's frame, errors as responses."""
