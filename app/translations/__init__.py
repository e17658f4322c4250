"""Catalogues of texts: Indonesian is the source, English the translation."""
