"""Callbacks with Keras's names and hooks."""

from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.callbacks.backup_and_restore": ["BackupAndRestore"],
        "pycnn.callbacks.callback": ["Callback"],
        "pycnn.callbacks.callback_list": ["CallbackList"],
        "pycnn.callbacks.csv_logger": ["CSVLogger"],
        "pycnn.callbacks.early_stopping": ["EarlyStopping"],
        "pycnn.callbacks.history": ["History"],
        "pycnn.callbacks.lambda_callback": ["LambdaCallback"],
        "pycnn.callbacks.learning_rate_scheduler": ["LearningRateScheduler"],
        "pycnn.callbacks.model_checkpoint": ["ModelCheckpoint"],
        "pycnn.callbacks.monitor_callback": ["MonitorCallback"],
        "pycnn.callbacks.progbar_logger": ["ProgbarLogger"],
        "pycnn.callbacks.reduce_lr_on_plateau": ["ReduceLROnPlateau"],
        "pycnn.callbacks.swap_ema_weights": ["SwapEMAWeights"],
        "pycnn.callbacks.tensor_board": ["TensorBoard"],
        "pycnn.callbacks.terminate_on_nan": ["TerminateOnNaN"],
    },
)
