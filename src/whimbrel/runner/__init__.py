"""Run a plan: send its statements, record them, report failures."""
