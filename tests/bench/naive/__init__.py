"""The pinned naive design: the fixed point of `make bench`. Never improved; see README.md."""
