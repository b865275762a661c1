"""The pages of repository creation templates: list, one of them, create, edit, delete."""
