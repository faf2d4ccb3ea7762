"""The parts of a screen: each draws values it is given and asks nobody for them."""
