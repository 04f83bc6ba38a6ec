"""Callbacks with Keras's names and hooks."""

from pycnn.callbacks.backup_and_restore import BackupAndRestore
from pycnn.callbacks.callback import Callback
from pycnn.callbacks.callback_list import CallbackList
from pycnn.callbacks.csv_logger import CSVLogger
from pycnn.callbacks.early_stopping import EarlyStopping
from pycnn.callbacks.history import History
from pycnn.callbacks.lambda_callback import LambdaCallback
from pycnn.callbacks.learning_rate_scheduler import LearningRateScheduler
from pycnn.callbacks.model_checkpoint import ModelCheckpoint
from pycnn.callbacks.monitor_callback import MonitorCallback
from pycnn.callbacks.progbar_logger import ProgbarLogger
from pycnn.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from pycnn.callbacks.swap_ema_weights import SwapEMAWeights
from pycnn.callbacks.tensor_board import TensorBoard
from pycnn.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
