"""SQL text: tokens, statements, parameters, values. Pure, and the only code that reads SQL."""
