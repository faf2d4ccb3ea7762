"""Made-up texts with known personal data and secrets in them, and texts with none."""
