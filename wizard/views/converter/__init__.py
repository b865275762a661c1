"""The pages of images: files that are converted, and running images that bypass the cache."""
