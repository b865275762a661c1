"""The console's pages over HTTP, on the simulated AWS."""
