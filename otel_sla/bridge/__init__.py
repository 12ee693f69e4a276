"""From rows to families of samples, for whatever reads or receives metrics."""
