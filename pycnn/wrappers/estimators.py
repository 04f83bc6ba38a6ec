"""The estimators. `fit` trains a copy, so that the model given is only a pattern and fits do not follow each other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from pycnn.models import Model


class _Estimator(BaseEstimator):
    """What the estimators share: their arguments, the copy that is trained, checked samples."""

    def __init__(
        self,
        model: Model | Callable[..., Model],
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = not isinstance(self.model, Model)  # a function makes other weights every time
        return tags

    @property
    def epoch_(self) -> list[int]:
        """The numbers of the epochs of the last `fit`."""
        return self.history_.epoch if hasattr(self, "history_") else []

    def _train(self, X: np.ndarray, y: np.ndarray, targets: Callable[[Model], np.ndarray], kwargs: Any) -> None:
        """Train on samples and on what `targets` says the model is to be given; y is for the function that makes it."""
        if not (self.warm_start and hasattr(self, "model_")):
            if isinstance(self.model, Model):
                model = copy.deepcopy(self.model)
            elif callable(self.model):
                model = self.model(X=X, y=y, **(self.model_kwargs or {}))
            else:
                raise TypeError(f"[{type(self).__name__}] model must be a model or make one; got model={self.model!r}")
            if not isinstance(model, Model) or model.optimizer is None or model.loss is None:
                rule = "model must be compiled with an optimizer and a loss"
                raise ValueError(f"[{type(self).__name__}] {rule}; got model={model!r}")
            self.model_ = model
        self.history_ = self.model_.fit(X, targets(self.model_), **{"verbose": 0, **(self.fit_kwargs or {}), **kwargs})

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_")
        return self.model_.predict(validate_data(self, X, reset=False, allow_nd=True), verbose=0)


class SKLearnClassifier(ClassifierMixin, _Estimator):
    """A model as a classifier.

    Args:
        model: a compiled model, or a function of (X, y, **model_kwargs) that returns one; y is one-hot there.
        warm_start: whether `fit` goes on with the model of the last call.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of the model's `fit`, such as epochs.

    The model has an output for each class, or a single one for two classes. It is given one-hot targets, class numbers
    when its loss takes them, or 0 and 1 for a single output.

    Raises:
        ValueError: the model is not compiled, targets of another kind or of one class, or other samples than before.
        TypeError: `model` is neither.

    >>> import numpy as np
    >>> from pycnn import Input, Sequential
    >>> from pycnn.layers import Dense
    >>> from pycnn.wrappers import SKLearnClassifier
    >>> model = Sequential([Input((1,)), Dense(2, activation="softmax")])
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> X, y = np.linspace(-1, 1, 64).reshape(-1, 1), np.repeat(["low", "high"], 32)
    >>> estimator = SKLearnClassifier(model, fit_kwargs={"epochs": 200}).fit(X, y)
    >>> estimator.predict([[-0.9], [0.9]]).tolist()
    ['low', 'high']
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # of what a model learns in one epoch
        return tags

    def fit(self, X: Any, y: Any, **kwargs: Any) -> SKLearnClassifier:
        """Train a copy of the model; `kwargs` go to its `fit`, such as epochs and sample_weight."""
        X, y = validate_data(self, X, y, allow_nd=True)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"[SKLearnClassifier] Unknown label type: y must be binary or multiclass; got {kind}")
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"[SKLearnClassifier] y must hold more than one class; got {len(self.classes_)} class")
        one_hot = np.eye(len(self.classes_), dtype=np.float32)[numbers]

        def targets(model: Model) -> np.ndarray:
            if model.loss.sparse:
                return numbers
            return numbers if model.built and model.output_shape[-1] == 1 else one_hot

        self._train(X, one_hot, targets, kwargs)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the classes."""
        outputs = self._outputs(X)
        if outputs.shape[-1] == 1:
            return self.classes_[(outputs[:, 0] > (0.0 if self._gives_logits else 0.5)).astype(int)]
        return self.classes_[outputs.argmax(axis=-1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes: (N, classes)."""
        outputs = self._outputs(X).astype(np.float64)
        if outputs.shape[-1] == 1:
            outputs = 1 / (1 + np.exp(-outputs)) if self._gives_logits else outputs
            return np.concatenate([1 - outputs, outputs], axis=-1)
        if self._gives_logits:
            outputs = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return outputs / outputs.sum(axis=-1, keepdims=True)

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the model's outputs; of two classes, (N,), how much more the second has than the first.

        Keras returns the outputs in both cases, which scikit-learn's scores cannot use.
        """
        outputs = self._outputs(X)
        if len(self.classes_) > 2:
            return outputs
        if outputs.shape[-1] == 1:
            return outputs[:, 0] - (0.0 if self._gives_logits else 0.5)
        return outputs[:, 1] - outputs[:, 0]

    @property
    def _gives_logits(self) -> bool:
        return bool(getattr(self.model_.loss, "from_logits", False))


class SKLearnRegressor(RegressorMixin, _Estimator):
    """A model as a regressor, of one value or several. Arguments as `SKLearnClassifier`.

    >>> import numpy as np
    >>> from pycnn import Input, Sequential
    >>> from pycnn.layers import Dense
    >>> from pycnn.wrappers import SKLearnRegressor
    >>> model = Sequential([Input((1,)), Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> X = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> estimator = SKLearnRegressor(model, fit_kwargs={"epochs": 300}).fit(X, 2 * X[:, 0])
    >>> round(float(estimator.predict([[0.5]])[0]), 1)
    1.0
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, **kwargs: Any) -> SKLearnRegressor:
        """Train a copy of the model; `kwargs` go to its `fit`, such as epochs and sample_weight."""
        X, y = validate_data(self, X, y, allow_nd=True, multi_output=True, y_numeric=True)
        self._one_value = y.ndim == 1
        y = y.reshape(len(y), -1)
        self._train(X, y, lambda model: y, kwargs)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the values: (N,) where targets were, else (N, values)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_value else outputs


class SKLearnTransformer(TransformerMixin, _Estimator):
    """A model as a transformer: it gives the model's outputs. Arguments as `SKLearnClassifier`.

    >>> import numpy as np
    >>> from pycnn import Input, Sequential
    >>> from pycnn.layers import Dense
    >>> from pycnn.wrappers import SKLearnTransformer
    >>> model = Sequential([Input((3,)), Dense(2), Dense(3)])
    >>> model.compile("sgd", "mse")
    >>> SKLearnTransformer(model).fit_transform(np.ones((4, 3))).shape
    (4, 3)
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: Any, y: Any = None, **kwargs: Any) -> SKLearnTransformer:
        """Train a copy of the model, to give back the samples where there are no targets."""
        if y is None:
            X = validate_data(self, X, allow_nd=True)
            y = X
        else:
            X, y = validate_data(self, X, y, allow_nd=True, multi_output=True)
            type_of_target(y, input_name="y", raise_unknown=True)
            y = y.reshape(len(y), 1) if y.ndim == 1 else y
        self._train(X, y, lambda model: y, kwargs)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the model's outputs."""
        return self._outputs(X)
