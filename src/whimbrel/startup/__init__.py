"""The application's start: the lifespan hook, its modes, readiness."""
