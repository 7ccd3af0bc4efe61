"""A process for what cannot be trusted: a clean child with limits and no network, talked to in frames of plain data."""
