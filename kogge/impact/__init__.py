"""What a change of the files does, to whom, and who must agree."""
