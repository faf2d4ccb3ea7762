"""What leaves the workspace: artefacts proven equal to what was trained."""
