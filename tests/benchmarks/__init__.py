"""What the console is judged by: ratios to peers and limits measured in the same run."""
