"""A weight of a layer: a named array that moves into a network's flat buffer once a model adopts the layer.

Reading gives copies (`numpy`) or a read-only view (`value`); the only way to write is `assign`, which checks the
shape and tells the owning network that prepared forms of the weight are stale.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from pycnn.utils.arguments import error


class Owner(Protocol):
    """Whoever holds the storage of a variable."""

    lost: bool

    def touch(self) -> None:
        """Note that a variable was written to."""


class Variable:
    """A named array of fixed shape and dtype.

    Args:
        value: the initial values; the array is kept, not copied.
        name: the weight's name within its layer, e.g. "kernel".
        trainable: whether the optimizer updates it.
        regularizer: penalty that training adds to the loss, or None.
        constraint: function of the value that every update ends with, or None.

    >>> import numpy as np
    >>> from pycnn.layers import Variable
    >>> bias = Variable(np.zeros(2), "bias")
    >>> bias.assign([1, 2])
    >>> bias.numpy()
    array([1., 2.])
    >>> bias.assign_add([0.5, 0])
    >>> bias.numpy()
    array([1.5, 2. ])
    """

    def __init__(
        self,
        value: np.ndarray,
        name: str,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.name = name
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self._storage = value
        self._owner: Owner | None = None
        self._layer: Any = None

    is_symbolic = True  # operations on weights are part of a layer's `call`

    def owned_by(self, layer: Any) -> None:
        """Note the layer that made this weight; it is held weakly."""
        self._layer = weakref.ref(layer)

    @property
    def layer(self) -> Any:
        """The layer that made this weight, None when there is none."""
        return None if self._layer is None else self._layer()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._storage.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._storage.ndim

    @property
    def dtype(self) -> str:
        """Name of the element type."""
        return self._storage.dtype.name

    @property
    def value(self) -> np.ndarray:
        """The current values as a read-only view, which follows every update."""
        view = self._storage.view()
        view.flags.writeable = False
        return view

    def numpy(self) -> np.ndarray:
        """Return a copy of the current values."""
        return self._storage.copy()

    def assign(self, value: Any) -> None:
        """Replace the values.

        Raises:
            ValueError: the shapes differ.
            TypeError: `value` does not hold real numbers.
        """
        self._storage[...] = self.checked("assign", value)
        if self._owner is not None:
            self._owner.touch()

    def assign_add(self, value: Any) -> None:
        """Add to the values; Raises: as `assign`."""
        self.assign(self._storage + value)

    def assign_sub(self, value: Any) -> None:
        """Subtract from the values; Raises: as `assign`."""
        self.assign(self._storage - value)

    def checked(self, operation: str, value: Any) -> np.ndarray:
        """Return `value` as an array that may be assigned."""
        array = np.asarray(value._storage if isinstance(value, Variable) else value)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"[{operation}] {self.name} must hold real numbers; got dtype={array.dtype}")
        if array.shape != self.shape:
            raise error(operation, f"{self.name} must have shape {self.shape}", "shape", array.shape)
        return array

    def __add__(self, other: Any) -> Any:
        return _operated("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return _operated("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return _operated("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _operated("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return _operated("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _operated("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _operated("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _operated("divide", other, self)

    def __pow__(self, other: Any) -> Any:
        return _operated("power", self, other)

    def __neg__(self) -> Any:
        return _operated("negative", self)

    def __matmul__(self, other: Any) -> Any:
        return _operated("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _operated("matmul", other, self)

    def lives_in(self, storage: np.ndarray) -> bool:
        """Whether the values are kept in `storage`."""
        return self._storage is storage

    def move_to(self, storage: np.ndarray, owner: Owner) -> None:
        """Copy the values into `storage` and keep them there from now on; the previous owner learns of it."""
        storage[...] = self._storage
        if self._owner is not None:
            self._owner.lost = True
        self._storage, self._owner = storage, owner

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_storage": self.numpy(), "_owner": None, "_layer": None}

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        from pycnn.layers.weight_expression import is_within_call  # which needs this module

        if is_within_call():
            rule = "call must use weights in arithmetic and functions of pycnn.ops that have gradients: NumPy's would"
            raise TypeError(f"[Variable] {rule} take the numbers of now for ever; got {self!r}")
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"<Variable name={self.name}, shape={self.shape}, dtype={self.dtype}, trainable={self.trainable}>"


def _operated(name: str, *operands: Any) -> Any:
    """Arithmetic with a weight: on arrays computed, on symbolic tensors noted."""
    from pycnn import ops  # which knows nothing of weights

    return getattr(ops, name)(*operands)
