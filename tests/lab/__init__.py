"""The box's system booted whole in a container: real systemd, real nginx, a network of its own. Needs root."""
