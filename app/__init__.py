"""Guyub, an exam server for schools. The rooms and their order: docs/architecture.md."""
