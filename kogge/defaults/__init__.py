"""What a server fills in: shapes of manifests, learning by asking the server, and the record of it."""
