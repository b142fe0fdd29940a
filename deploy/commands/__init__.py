"""A file per group of commands of `eroad`."""
