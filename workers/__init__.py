"""What happens after a write: arq workers, one queue per consumer, and the relay that nothing accepted is lost by."""
