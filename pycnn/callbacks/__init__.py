"""Callbacks with Keras's names and hooks."""

from pycnn.callbacks.callback import Callback, CallbackList
from pycnn.callbacks.early_stopping import EarlyStopping
from pycnn.callbacks.history import History
from pycnn.callbacks.lambda_callback import LambdaCallback
from pycnn.callbacks.learning_rate_scheduler import LearningRateScheduler

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler"]
