"""A stand-in for the Antigravity backend on a real socket.

It serves tests, benchmarks and the demo. It shares no code with the gateway that it judges, so that a wrong
idea of the protocol in one of them shows up in the other.
"""
