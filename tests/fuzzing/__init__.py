"""Looking for files that a reader answers with anything but a table or a sentence."""
