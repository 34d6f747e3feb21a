"""The settings by what they are about: each group is a part of the one frozen value in `settings`."""
