"""Callbacks with Keras's names and hooks."""

from pycnn.callbacks.callback import Callback
from pycnn.callbacks.callback_list import CallbackList
from pycnn.callbacks.early_stopping import EarlyStopping
from pycnn.callbacks.history import History
from pycnn.callbacks.lambda_callback import LambdaCallback
from pycnn.callbacks.learning_rate_scheduler import LearningRateScheduler
from pycnn.callbacks.progbar_logger import ProgbarLogger

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ProgbarLogger",
]
