"""Layers of several inputs: equal and broadcast shapes, ties of maximum and minimum. Small integers, hence equality."""

from tests.keras_layers.row import each, rows

INTEGERS = True
MATRICES = ((3, 4), (4, 5))
TWO = [((5,), (5,)), ((3, 4), (3, 4)), ((3, 4), (1, 4)), ((3, 4), (3, 1)), ((2, 3, 4), (1, 1, 4)), ((2, 3), (3,))]
THREE = ((2, 3, 2), (2, 3, 2), (2, 3, 2))
FOUR = ((3, 2), (3, 2), (1, 2), (3, 2))

ROWS = [
    *rows("Add", [*TWO, THREE, FOUR]),
    *rows("Subtract", TWO),
    *rows("Multiply", [*TWO, THREE]),
    *rows("Average", [*TWO, FOUR]),
    *rows("Maximum", [*TWO, THREE]),
    *rows("Minimum", [*TWO, THREE]),
    *rows("Concatenate", [((5,), (3,)), ((3, 4), (3, 2)), ((2, 3, 4), (2, 3, 1), (2, 3, 3))]),
    *rows("Concatenate", ((3, 4), (3, 4)), axis=each(-1, 1, 2)),
    *rows("Concatenate", ((2, 3, 4), (5, 3, 4), (1, 3, 4)), axis=1),
    *rows("Dot", [((5,), (5,)), ((5,), (5, 3)), ((5, 2), (5,)), ((5, 2), (5, 3)), ((2, 3, 4), (2, 5))], axes=1),
    *rows("Dot", [MATRICES, ((3, 2, 4), (4, 5))], axes=(-1, 1)),
    *rows("Dot", ((2, 3, 4), (5, 3, 2)), axes=each((1, 3), (2, 2), [-3, -1])),
]
