"""What answers queries over a version: the protocol and a module or folder per engine. No pools, no pages."""
