"""Small image data sets as NumPy arrays: digits (shipped with pycnn), mnist and fashion_mnist (read from IDX files).

Each module has load_data() -> ((x_train, y_train), (x_test, y_test)), as in Keras: uint8 images (N, H, W) with values
0 to 255, uint8 class indices (N,), and CLASS_NAMES. Nothing is ever downloaded.
"""

from pycnn.datasets import digits, fashion_mnist, idx, mnist

__all__ = ["digits", "fashion_mnist", "idx", "mnist"]
