"""One module for each trainer that is compared: the same rows, masks, weights and adapter."""
