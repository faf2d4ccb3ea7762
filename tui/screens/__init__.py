"""One screen a module; each shows what `core` says about a part of the workspace."""
