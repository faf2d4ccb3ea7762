"""What a finished study gives besides its verdict: pairs, corrected rows, gaps in the guideline."""
