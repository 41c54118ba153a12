"""The live page: what every camera sees and reads, over HTTP."""
