"""Numbers as they are printed: digits that an error supports; counts, rates and durations."""
