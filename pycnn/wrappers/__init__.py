"""Models as estimators of scikit-learn: for its pipelines, searches and scores. Needs the extra "sklearn".

>>> from pycnn.wrappers import SKLearnRegressor
>>> SKLearnRegressor.__name__
'SKLearnRegressor'
"""

from __future__ import annotations

from typing import Any

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'pycnn.wrappers' has no attribute {name!r}")
    try:
        from pycnn.wrappers import estimators
    except ImportError as problem:
        raise ImportError(f"[{name}] needs scikit-learn: pip install 'pycnn[sklearn]'") from problem
    return getattr(estimators, name)


def __dir__() -> list[str]:
    return sorted(__all__)
