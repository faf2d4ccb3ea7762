"""The families of secrets, one module a group; every family brings its own true and false cases."""
