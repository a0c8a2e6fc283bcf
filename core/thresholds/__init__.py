"""Values that part the components: where they stand, how sure that is, and what is on their wrong side."""
