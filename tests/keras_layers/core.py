"""Dense on inputs of any rank, rescaling, the identity that only adds a penalty."""

from tests.keras_layers.row import each, rows

INTEGERS = False

ROWS = [
    *rows("ActivityRegularization", [(5,), (3, 4, 2)], l1=0.1, l2=each(0.0, 0.2)),
    *rows("Dense", [(5,), (4, 5), (2, 3, 5), (2, 2, 2, 5)], units=3, use_bias=each(True, False)),
    *rows("Rescaling", [(5,), (3, 4, 2)], scale=each(0.3, -2.0), offset=each(0.0, 1.5)),
]
