"""Files of answers: rows of a table as text with arrays for each, kept as one index and one array of numbers.

`main` is what the scripts make_keras_*.py that use it do: write the file, or with --check compare it with new answers.
"""

import json
import pathlib
import sys

import numpy as np

FOLDER = pathlib.Path(__file__).parent


def read(name):
    """The configuration, where the file has any, and the arrays of each row, by the row's text."""
    with np.load(FOLDER / f"{name}.npz") as file:
        index, values = json.loads(str(file["index"])), file["values"]
    found, start = {}, 0
    for row, *config, shapes in index:
        arrays = []
        for shape in shapes:
            count = int(np.prod(shape))
            arrays.append(values[start : start + count].reshape(shape))
            start += count
        found[row] = *config, arrays
    assert start == len(values)
    return found


def main(name, rows, answer, tolerance=1e-9) -> None:
    """Writes the answers to the rows, answer(row) -> (configuration, arrays), or checks that they are in the file."""
    made = {repr(row): answer(row) for row in rows}
    if "--check" in sys.argv[1:]:
        kept = read(name)
        assert list(kept) == list(made)
        for row, (config, arrays) in made.items():
            assert kept[row][0] == json.loads(json.dumps(config)), row
            for old, new in zip(kept[row][1], arrays, strict=True):
                np.testing.assert_allclose(old, new, rtol=tolerance, atol=tolerance, err_msg=row)
        print(f"{name}: {len(made)} rows are as in the file")
        return
    index = [[row, config, [np.shape(array) for array in arrays]] for row, (config, arrays) in made.items()]
    values = np.concatenate([np.ravel(array) for _, arrays in made.values() for array in arrays])
    np.savez_compressed(FOLDER / f"{name}.npz", index=np.array(json.dumps(index)), values=values.astype(np.float64))
