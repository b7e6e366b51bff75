"""The middleware that every request and answer passes through."""
