"""Model files with random damage: `python -m tests.fuzz_files --cases 10000`, for every format.

Each case changes some bytes of a good file, or of a part of it, and loads it in a child process: it must load, or be
refused with a ModelFileError; anything else, a crash, or more than a second is a failure, and is printed with the
command that repeats it alone. Damage inside a member of an archive, or inside the digest's cover, is sealed again,
so that what checksums cannot see is tried as well.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pycnn import saving
from pycnn.saving import ModelFileError, digest
from tests.forking import fork
from tests.malicious import CONFIG, WEIGHTS, good, members, zipped
from tests.malicious.graphs import good_graph

LEGACY = Path(__file__).with_name("data") / "keras_files" / "autoencoder.h5"
SECONDS = 1.0
# Values at which sizes, counts and addresses turn over.
EDGES = (0, 1, 2, 7, 8, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
WORDS = (b"null", b"-1", b"1e999", b"[]", b"{}", b'""', b"true", b"99999999999", b'"Lambda"', b'"os"', b"0.5", b'\\"')


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, moved, copied, removed or added."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        at, kind = draw.randrange(len(changed)), draw.randrange(8)
        length = draw.choice((1, 2, 4, 8, draw.randrange(1, 64)))
        if kind == 0:
            changed[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            changed[at] = draw.randrange(256)
        elif kind in (2, 3):
            width = draw.choice((1, 2, 4, 8))
            at -= at % width if kind == 3 else 0
            changed[at : at + width] = (draw.choice(EDGES) % 256**width).to_bytes(width, "little")
        elif kind == 4:
            begin = draw.randrange(len(changed))
            changed[at : at + length] = changed[begin : begin + length]
        elif kind == 5:
            del changed[at : at + length]
        elif kind == 6:
            changed[at:at] = draw.randbytes(length)
        else:
            changed[at : at + length] = draw.choice(WORDS)
        changed = changed or bytearray(1)
    return bytes(changed)


def in_archive(data: bytes, draw: random.Random) -> bytes:
    """Damage to an archive, or, sealed again, to one of its members."""
    if draw.random() < 0.3:
        return damaged(data, draw)
    found = members(io.BytesIO(data))
    name = draw.choice((CONFIG, WEIGHTS, WEIGHTS))
    found[name] = damaged(found[name], draw)
    return zipped(found.items())


def sealed(data: bytes, draw: random.Random) -> bytes:
    """Damage with the digest of the damaged file, where it has one."""
    changed = bytearray(damaged(data, draw))
    if draw.random() < 0.8:
        with contextlib.suppress(ValueError):  # no digest is left
            digest.seal(changed)
    return bytes(changed)


class Format:
    """A good file, how it is damaged, and how it is loaded."""

    def __init__(self, path: Path, damage: Callable[[bytes, random.Random], bytes], load: Callable[[Path], object]):
        self.path, self.damage, self.load = path, damage, load
        self.data = path.read_bytes()

    def outcome(self, seed: int) -> str:
        """What loading the file of a seed leads to."""
        self.path.write_bytes(self.damage(self.data, random.Random(seed)))
        began = time.process_time()
        try:
            self.load(self.path)
            outcome = "loaded"
        except ModelFileError:
            outcome = "refused"
        except Exception as error:
            outcome = f"FAILED with {type(error).__name__}: {error}"[:200]
        taken = time.process_time() - began
        return outcome if taken < SECONDS else f"FAILED by taking {taken:.1f} s ({outcome})"


def formats(folder: Path) -> dict[str, Format]:
    """The formats by their ending, `.keras` twice: of a stack and of a graph."""
    models = {ending: good(folder / f"file{ending}") for ending in (".keras", ".weights.h5", ".pycnn")}
    (folder / "file.h5").write_bytes(LEGACY.read_bytes())
    good_graph(folder / "graph.keras")
    return {
        ".keras": Format(folder / "file.keras", in_archive, saving.load_model),
        "graph.keras": Format(folder / "graph.keras", in_archive, saving.load_model),
        ".weights.h5": Format(folder / "file.weights.h5", damaged, models[".weights.h5"].load_weights),
        ".h5": Format(folder / "file.h5", damaged, saving.load_model),
        ".pycnn": Format(folder / "file.pycnn", sealed, saving.load_model),
    }


def run(tried: Format, seeds: range) -> Counter:
    """Outcomes of all seeds; a child that dies is replaced, and its case a failure."""
    outcomes: Counter[str] = Counter()
    position = 0
    while position < len(seeds):
        reader, writer = os.pipe()
        child = fork()
        if not child:
            os.close(reader)
            warnings.simplefilter("ignore")
            with os.fdopen(writer, "w", buffering=1) as out:
                for seed in seeds[position:]:
                    signal.alarm(30)
                    print(tried.outcome(seed).replace("\n", " "), file=out)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as lines:
            for line in lines:
                outcome = line.rstrip("\n")
                if outcome.startswith("FAILED"):
                    outcome += f" (seed {seeds[position]})"
                outcomes[outcome] += 1
                position += 1
        status = os.waitpid(child, 0)[1]
        if status:
            outcomes[f"FAILED by ending with status {status} (seed {seeds[position]})"] += 1
            position += 1
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="load files with random damage")
    parser.add_argument("--cases", type=int, default=10_000, help="cases of each format")
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    parser.add_argument("--format", help="one format, by its ending")
    options = parser.parse_args(arguments)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for ending, tried in formats(Path(folder)).items():
            if options.format in (None, ending):
                outcomes = run(tried, range(options.seed, options.seed + options.cases))
                for outcome, count in outcomes.most_common():
                    print(f"{ending:12} {count:6} {outcome}")
                failed += sum(count for outcome, count in outcomes.items() if outcome.startswith("FAILED"))
    print(f"{failed} failures" if failed else "no failure")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
