"""pycnn.ops against the node cases of ONNX, a specification and a reference implementation by other hands.

They need the `onnx` package (`pip install 'pycnn[onnx]'`), so plain `pytest` leaves this folder out and
`pytest tests/onnx` runs it. `cases` collects the cases, the functions in `operators` turn a node into calls of
pycnn.ops, `exclusions` lists what cannot be compared and why, `test_nodes` compares.
"""
