"""Makes `cases` importable from the folders below, too: pytest puts the folder of each conftest on the path."""
