"""What a half-step did: in words, in equations, and with the numbers of one row."""
