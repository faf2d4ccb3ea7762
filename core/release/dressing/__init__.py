"""What is put beside weights so that a server can use them: one module each."""
