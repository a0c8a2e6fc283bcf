"""Which model describes the data best, and whether one component more is called for."""
