"""Flows with the outcome that they must have, whoever carries them out."""
