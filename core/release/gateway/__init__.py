"""The server before a release: one address, several arms, and a way back."""
