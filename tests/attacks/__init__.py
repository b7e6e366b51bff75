"""The hostile and the broken: what an attack found, each as a kind."""
