"""Small helpers with Keras's names: seeds, labels, data sets, files from the network, progress bars."""

from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.utils.console": [
            "disable_interactive_logging",
            "enable_interactive_logging",
            "is_interactive_logging_enabled",
        ],
        "pycnn.utils.data_tuples": ["pack_x_y_sample_weight", "unpack_x_y_sample_weight"],
        "pycnn.utils.download": ["get_file"],
        "pycnn.utils.dtypes": ["standardize_dtype"],
        "pycnn.utils.naming": ["clear_session"],
        "pycnn.utils.numerical": ["normalize", "to_categorical"],
        "pycnn.utils.progbar": ["Progbar"],
        "pycnn.utils.py_dataset": ["PyDataset"],
        "pycnn.utils.random": ["set_random_seed"],
        "pycnn.utils.splitting": ["split_dataset"],
        "pycnn.layers.symbolic": ["is_keras_tensor"],
        "pycnn.saving": [
            "CustomObjectScope",
            "custom_object_scope",
            "deserialize_keras_object",
            "get_custom_objects",
            "get_registered_name",
            "get_registered_object",
            "register_keras_serializable",
            "serialize_keras_object",
        ],
    },
    aliases={"Sequence": "PyDataset"},
)
