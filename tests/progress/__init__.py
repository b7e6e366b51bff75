"""The live line, watched for minutes: `python -m tests.progress`."""
