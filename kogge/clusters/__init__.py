"""Clusters: the API client, who we are there, and which kinds are listed."""
