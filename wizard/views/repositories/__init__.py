"""The pages of repositories: of a rule, of a Region by rule, and of one with its images."""
