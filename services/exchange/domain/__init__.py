"""What is true of the e-road: hashes, keys, frames, decisions and policies, without any I/O."""
