"""Makes keras_metrics.json: what Keras 3 answers to the cases of tests/keras_metrics.py after each batch.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_metrics [--check]
With --check the file stays, and must hold what Keras answers.
"""

import json
import pathlib
import sys
import warnings

import numpy as np

from tests.keras_metrics import CASES

FILE = pathlib.Path(__file__).with_name("keras_metrics.json")


def answers(case):
    """The result after each batch, and the configuration without its name, which is numbered."""
    import keras

    metric = getattr(keras.metrics, case.metric)(**case.options)
    results = []
    for y_true, y_pred, weights in case.batches():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if case.metric in ("Mean", "Sum"):
                metric.update_state(y_pred, sample_weight=weights)
            else:
                metric.update_state(y_true, y_pred, sample_weight=weights)
            results.append(np.asarray(metric.result(), np.float64).tolist())
    config = metric.get_config()
    config.pop("fn", None)
    if config.get("label_weights") is not None:
        config["label_weights"] = np.asarray(config["label_weights"], np.float64).round(6).tolist()
    return {"results": results, "config": json.loads(json.dumps(config))}


def main() -> None:
    """Writes the file, or compares it."""
    found = {str(case): answers(case) for case in CASES}
    if "--check" in sys.argv[1:]:
        kept = json.loads(FILE.read_text())
        assert list(kept) == list(found)
        for case in CASES:
            np.testing.assert_allclose(*(each[str(case)].pop("results") for each in (kept, found)), rtol=1e-6)
            for each in (kept, found):
                each[str(case)]["config"].pop("name")
            assert kept[str(case)] == found[str(case)]
        return
    lines = ",\n".join(f"{json.dumps(case)}: {json.dumps(answer)}" for case, answer in found.items())
    FILE.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
