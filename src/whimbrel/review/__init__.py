"""Review migrations before they run. Parity compares what they make on several databases."""
