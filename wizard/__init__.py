"""The console: everything between a person's browser and the AWS API."""
