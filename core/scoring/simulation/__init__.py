"""Synthetic raters and whole studies of them, to know what a plan can find before it starts."""
