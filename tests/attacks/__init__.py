"""What somebody did who meant harm, once each, and what became of it."""
