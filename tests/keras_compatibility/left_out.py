"""Keras's names that no CNN uses, by the reason; shell patterns of "module.name" or "Class (class).member"."""

LEFT_OUT = {
    "recurrent networks": [
        *(f"layers.{name}" for name in ("Bidirectional", "*RNN*", "GRU*", "LSTM*", "ConvLSTM*", "Masking")),
    ],
    "attention, text, speech and tables": [
        *(f"layers.{name}" for name in ("*Attention", "*Embedding", "Text*", "*Lookup", "Hash*", "Category*")),
        *(f"layers.{name}" for name in ("Discretization", "EinsumDense", "MelSpectrogram", "STFT*")),
        "initializers.STFT*",
        "initializers.stft",
        "utils.FeatureSpace",
        "utils.*audio_dataset*",
        "utils.*text_dataset*",
        "utils.*timeseries*",
        "utils.pad_sequences",
        "preprocessing.sequence",
        "preprocessing.text_dataset*",
        "preprocessing.timeseries*",
        *(f"datasets.{name}" for name in ("boston_housing", "california_housing", "imdb", "reuters")),
        *("losses.CTC", "losses.ctc"),
    ],
    "object detection": ["layers.MaxNumBoundingBoxes", "utils.bounding_boxes", "visualization.*bounding_box*"],
    "models of other frameworks": [
        *(f"layers.{name}" for name in ("FlaxLayer", "JaxLayer", "TorchModuleWrapper", "TFSMLayer")),
        "callbacks.OrbaxCheckpoint",
    ],
    "several machines or devices": [
        *("distribution", "device", "callbacks.RemoteMonitor"),
    ],
    "lower precision, quantization, distillation": [
        *("quantizers", "distillation", "Quantizer", "dtype_policies.*Quantized*", "dtype_policies.GPTQ*"),
        *("dtype_policies.AWQ*", "dtype_policies.Int4*", "dtype_policies.DTypePolicyMap", "*LossScaleOptimizer"),
        *("*(class).quant*", "*(class).get_quantization*", "Optimizer (class).scale_loss"),
    ],
    "tracing, compilation and scopes of Keras's backends": [
        *("StatelessScope", "SymbolicScope", "RematScope", "remat", "name_scope", "Function", "Operation"),
        *("*(class).stateless_*", "*(class).jax_*", "*(class).make_*_function", "*(class).symbolic_call"),
        *("*(class).remat*", "*(class).compute_output_spec", "*(class).compute_loss_and_updates"),
        *("*(class).get_state_tree", "*(class).set_state_tree", "*(class).overwrite_with_gradient"),
        *("*(class).aggregation", "*(class).synchronization", "*(class).add_variable_from_reference"),
        *("config.*flash_attention*", "config.is_nnx_enabled", "legacy", "optimizers.legacy", "utils.legacy"),
        *("config.*traceback_filtering*", "config.*max_epochs", "config.*max_steps_per_epoch", "utils.Config"),
    ],
    "optimizers that CNNs are rarely trained with": [
        *(f"optimizers.{name}" for name in ("Adafactor", "Ftrl", "Lamb", "Muon", "ScheduleFreeAdamW")),
        *("optimizers.MultiOptimizer", "optimizers.OptimizerMap"),
    ],
}
