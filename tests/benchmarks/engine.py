"""How fast the engine is beside others: `python -m tests.benchmarks.engine` prints one table.

Every contender does the same work (works.py) in a process of its own (contenders/), with one
thread. They take turns, round by round, so that whatever else runs on this machine meets all of
them; a ratio is the median over the rounds of a contender's time by ours in the same round. What a
contender reaches is compared with ours: same work, same loss. A peer that is not installed is named
as missing.
"""

from __future__ import annotations

import json
import math
import os
import pkgutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

import nnlib
from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import RunConfig
from nnlib.optimizers import OPTIMIZERS
from nnlib.run import Run
from nnlib.task import PAIRS
from tests.benchmarks.bench import Bench, Figure, NoFigure, Row, main, moment, named
from tests.benchmarks.contenders.works import (
    DEEP,
    SMALL,
    WORKS,
    Work,
    steps_an_epoch,
    train_loss,
    write,
)
from tests.browser.server import ROOT

CONTENDERS = Path(__file__).parent / "contenders"
REPETITION = 0.15  # s, about
MOST = 4_000  # epochs of a repetition; a run's history is not thinned before
ROUNDS, COST_ROUNDS = 9, 5
STARTS = 7  # of an interpreter that imports
SAME_LOSS = 0.15  # as a share of ours: batches come in another order for each contender
SAME_FIELD = 1e-3
KINDS = {"two classes": "spiral", "classes": "blobs", "regression": "bumps"}
PEERS = ("scikit-learn", "torch", "jax")  # as pip calls them
PACKAGES = ("numpy", "sklearn", "torch", "jax", "convnetjs")  # what a contender may lack
TOGETHER = ("ours", "JAX")  # train all networks of W5 in one call
IN_FULL = (*TOGETHER, "own loop")  # train every epoch of W5: building a run is in their time
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "NPROC": "1",  # XLA's pools
    "JAX_PLATFORMS": "cpu",
}


class Missing(Exception):
    """A peer that is not there, or that has no such work; the message says which."""


class Worker:
    """A contender's process, kept until the bench ends."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        try:
            with log.open("w") as out:
                self._process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env={**os.environ, **ONE_THREAD},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=out,
                    text=True,
                )
        except FileNotFoundError as error:
            raise Missing(f"no {Path(command[0]).name}") from error

    def do(self, work: Path, count: int, *, result: bool = False) -> dict:
        """The answer of the contender that does `work` so many times."""
        request = {"work": str(work), "count": count, "result": result}
        with suppress(BrokenPipeError):  # the process has ended: its log says why
            print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            words = last_words(self._log.read_text())
            raise (Missing if is_lack(words) else NoFigure)(words)
        answer = json.loads(answer)
        if "cannot" in answer:
            raise Missing(answer["cannot"])
        return answer

    def seconds(self, work: Path, count: int) -> float:
        return self.do(work, count)["seconds"]

    def stop(self) -> None:
        with suppress(BrokenPipeError), self._process:  # closes its pipes and waits
            pass


def last_words(log: str) -> str:
    """What a process said about its end."""
    errors = [line.strip() for line in log.splitlines() if "Error" in line]
    return errors[-1].partition(" imported from ")[0] if errors else "it ended without a word"


def is_lack(words: str) -> bool:
    """Whether a process ended because a peer's package is not installed."""
    absent = "ModuleNotFoundError" in words or "ERR_MODULE_NOT_FOUND" in words
    return absent and any(f"'{package}'" in words for package in PACKAGES)


@dataclass(frozen=True)
class Entry(Figure):
    """One line of the engine's table."""

    contender: str = "ours"
    step: float | None = None  # us
    ratio: float | None = None

    @property
    def name(self) -> str:
        return f"{self.what}, {self.contender}"

    @property
    def compared(self) -> float | None:
        return self.value if self.ratio is None else self.ratio

    def line(self) -> str:
        value, step, ratio = map(digits, (self.value, self.step, self.ratio))
        target, verdict = self.verdict()
        value = "missing" if self.value is None else value
        return (
            f"{self.what:<41} {self.contender:<14} {value:>8} {self.unit:<9} {step:>8} "
            f"{ratio:>6} {target:<8} {verdict:<6} {self.note}"
        ).rstrip()


def digits(number: float | None) -> str:
    """Three of them at least."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 1000 else f"{number:#.3g}".rstrip(".")


class Contenders:
    """Their processes, and the files of the works."""

    def __init__(self, bench: Bench) -> None:
        self._peers = str(bench.peers_python)
        self._cleanup = bench.cleanup
        self._workers: dict[str, Worker] = {}
        self.folder = Path(bench.cleanup.enter_context(tempfile.TemporaryDirectory()))

    def worker(self, name: str) -> Worker:
        """The contender's process, started when it is first needed; raises Missing."""
        if name not in self._workers:
            self._workers[name] = Worker(self._command(name), self.folder / f"{name}.log")
            self._cleanup.callback(self._workers[name].stop)
        return self._workers[name]

    def _command(self, name: str) -> list[str]:
        module = "tests.benchmarks.contenders"
        return {
            "ours": [sys.executable, "-m", f"{module}.ours"],
            "own loop": [sys.executable, "-m", f"{module}.ours", "one-by-one"],
            "textbook": [sys.executable, "-m", f"{module}.textbook"],
            "scikit-learn": [self._peers, "-m", f"{module}.with_sklearn"],
            "PyTorch": [self._peers, "-m", f"{module}.with_torch"],
            "JAX": [self._peers, "-m", f"{module}.with_jax"],
            "JAX unshuffled": [self._peers, "-m", f"{module}.with_jax", "unshuffled"],
            "ConvNetJS": ["node", str(CONTENDERS / "with_convnetjs.mjs")],
        }[name]


# ------------------------------------------------------------------------ ours beside the peers


@dataclass
class Entrant:
    """A contender that does a work: how much of it at a time, and how long that took."""

    worker: Worker
    path: Path
    share: float  # of the table's time, what one `count` is
    reached: list[float] = field(default_factory=list)  # losses of the networks, or fields' means
    output: str | None = None  # where it is another than ours
    count: int = 1
    times: list[float] = field(default_factory=list)  # s, a repetition in each round, scaled up

    def repeat(self) -> None:
        self.times.append(self.worker.seconds(self.path, self.count) / self.count / self.share)


def compare(bench: Bench, work: Work) -> Iterator[Entry]:
    """The work by ours and by everyone who is asked."""
    if bench.tiny:
        work = replace(work, proof=1, trained=min(work.trained, 1), epochs=min(work.epochs, 2))
    entrants = {"ours": enter(bench, work, "ours")}
    absent: dict[str, tuple[float | None, Exception]] = {}
    for name in work.targets:
        try:
            entrants[name] = enter(bench, work, name)
        except Missing as reason:
            absent[name] = None, reason
        except NoFigure as reason:
            absent[name] = math.nan, reason
    take_turns(list(entrants.values()), bench.few(ROUNDS))
    for name in ("ours", *work.targets):
        if name in absent:
            value, reason = absent[name]
            target = work.targets[name]
            yield Entry(
                work.what, value, target=target, at_least=True, note=str(reason), contender=name
            )
        else:
            yield result(work, name, entrants)


def enter(bench: Bench, work: Work, name: str) -> Entrant:
    """The contender, warm, with what it reached and the size of its repetitions."""
    members = work.part if name not in TOGETHER else ()
    contenders = bench.keep(Contenders)
    path = contenders.folder / f"{work.name}{'-part' * bool(members)}.json"
    if not path.exists():
        write(path, work, members)
    share = (len(members or work.configs) / len(work.configs)) / work.epochs
    entrant = Entrant(contenders.worker(name), path, share)
    answer = entrant.worker.do(path, work.proof, result=True)
    if work.kind == "fields":
        entrant.reached = answer["means"]
    else:
        entrant.output = answer.get("output")
        configs = [work.configs[i] for i in members or range(len(work.configs))]
        entrant.reached = [
            train_loss(config, network, entrant.output)
            for config, network in zip(configs, answer["networks"], strict=True)
        ]
    if work.epochs > 1 and name in IN_FULL:
        entrant.count = work.epochs
    elif not bench.tiny:
        entrant.count = fitting_count(entrant.worker, path, work.epochs if work.part else MOST)
    entrant.worker.seconds(path, entrant.count)  # a program of this length may be compiled
    return entrant


def fitting_count(worker: Worker, path: Path, most: int, seconds: float = REPETITION) -> int:
    """How often the work is done in about so many seconds."""
    count = 1
    while True:
        worker.seconds(path, count)  # warm
        spent = worker.seconds(path, count)
        if spent > seconds / 10 or count == most:
            return max(1, min(most, round(count * seconds / spent)))
        count = min(most, count * 8)


def take_turns(entrants: list[Entrant], rounds: int) -> None:
    """A repetition of each in each round; another one begins each time."""
    for number in range(rounds):
        first = number % len(entrants)
        for entrant in entrants[first:] + entrants[:first]:
            entrant.repeat()


def result(work: Work, name: str, entrants: dict[str, Entrant]) -> Entry:
    """A contender's line."""
    ours, entrant = entrants["ours"], entrants[name]
    seconds = statistics.median(entrant.times)
    scale, unit = (1e3, "ms") if work.part else (1e6, "us/epoch")
    if work.kind == "fields":
        unit = "us/grid"
    return Entry(
        work.what,
        seconds * scale,
        unit,
        work.targets.get(name),
        True,
        proof(work, entrant, ours),
        name,
        seconds / work.steps * 1e6 if work.steps else None,
        ratio(entrant, ours) if name != "ours" else None,
    )


def ratio(entrant: Entrant, ours: Entrant) -> float:
    """The contender's time by ours in the same round."""
    return statistics.median(a / b for a, b in zip(entrant.times, ours.times, strict=True))


def proof(work: Work, entrant: Entrant, ours: Entrant) -> str:
    """What shows that it was the same work."""
    if work.kind == "fields":
        same = np.allclose(entrant.reached, ours.reached, atol=SAME_FIELD)
        return "" if same else "OTHER FIELDS"
    note, of_all = "", len(entrant.reached) == len(work.configs)
    of_ours = ours.reached if of_all else [ours.reached[i] for i in work.part]
    if work.part:
        shown = [entrant.reached[i] for i in work.part] if of_all else entrant.reached
        note = f"mean loss {statistics.mean(shown):.4f} of {len(shown)} networks"
    else:
        note = f"loss {entrant.reached[0]:.4f}"
    note += f" at epoch {work.proof}"
    if not of_all:
        note += ", time from these"
    if entrant.output:
        note += f", output {entrant.output}"
    elif not np.allclose(entrant.reached, of_ours, rtol=SAME_LOSS, atol=0):
        note += ", NOT OURS"
    return note


# ------------------------------------------------------------------------ ours alone


def memory(bench: Bench) -> Iterator[Entry]:
    """What a trained run holds."""
    found = alone(bench, "memory")
    note = "tracemalloc, history and snapshots included"
    yield Entry(f"memory of W2's run, epoch {found['epoch']:,}", found["MB"], "MB", 10, note=note)
    found = alone(bench, "branches")
    what = f"memory of {found['branches']} branches, epoch {found['epoch']:,}"
    yield Entry(what, found["MB"], "MB", 60, note="W2's network")


def imports(bench: Bench) -> Iterator[Entry]:
    """All of nnlib beside NumPy alone, in new interpreters that take turns."""
    modules = [each.name for each in pkgutil.walk_packages(nnlib.__path__, "nnlib.")]
    programs = {"numpy": "import numpy", "nnlib": f"import numpy, {', '.join(modules)}"}
    times: dict[str, list[float]] = {name: [] for name in programs}
    starts = bench.few(STARTS)
    for _ in range(bench.few(starts + 1)):
        for name, program in programs.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
            times[name].append(time.perf_counter() - start)
    bare, full = (statistics.median(each[-starts:]) for each in times.values())  # with full caches
    note = f"{full:.2f} s in all, NumPy alone {bare:.2f}, n = {starts}"
    yield Entry("import of nnlib", full - bare, "s", 0.35, note=note)


def manners(bench: Bench) -> Iterator[Entry]:
    """What other threads feel of one that trains, and a session of another one."""
    for what, late in alone(bench, "manners").items():
        yield Entry(f"a 1 ms tick beside {what}: late", late, "ms", 10, note="p95")
    found = alone(bench, "turns")
    note = f"epochs/s: alone {found['one']:,.0f}, two together {found['two']:,.0f}"
    share = 100 * found["share"]
    yield Entry("two playing sessions, of one's epochs", share, "%", 90, True, note)


def alone(bench: Bench, measure: str) -> dict:
    """A measure of alone.py, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.alone", measure]
    if bench.tiny:
        command.append("tiny")
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise NoFigure(last_words(done.stderr))
    return json.loads(done.stdout)


def costs(bench: Bench) -> Iterator[Entry]:
    """A step on W2's network with everything that can be chosen, beside W2's own choice."""
    gentle = DEEP.replace(learning_rate=0.001)  # a run that diverges would end early
    combinations = {"cost: W2's choice": gentle}
    for name in HIDDEN_ACTIVATIONS:
        hidden = tuple((width, name) for width, _ in DEEP.hidden)
        combinations[f"cost: hidden {name}"] = gentle.replace(hidden=hidden)
    for kind, dataset in KINDS.items():
        for output, loss in PAIRS[kind]:
            config = gentle.replace(dataset=dataset, noise=0.5, output=output, loss=loss)
            combinations[f"cost: {kind}, {output} + {loss}"] = config
    for name in OPTIMIZERS:
        combinations[f"cost: {name}"] = gentle.replace(optimizer=name)
    missing = without_fast_path()
    tried = f"of {len(HIDDEN_ACTIVATIONS)} activations and {sum(map(len, PAIRS.values()))} pairs"
    note = f"{', '.join(missing) or 'none'} ({tried} of output and loss)"
    yield Entry("without a fast path", float(len(missing)), note=note)
    entrants = {}
    contenders = bench.keep(Contenders)
    ours = contenders.worker("ours")
    for i, (what, config) in enumerate(combinations.items()):
        path = contenders.folder / f"cost-{i}.json"
        write(path, Work(what, what, "train", (config,), {}))
        count = 1 if bench.tiny else fitting_count(ours, path, MOST, REPETITION / 3)
        entrants[what] = Entrant(ours, path, 1.0, count=count)
    take_turns(list(entrants.values()), bench.few(COST_ROUNDS))
    base = next(iter(entrants.values()))
    for what, entrant in entrants.items():
        seconds = statistics.median(entrant.times)
        step = seconds / steps_an_epoch(gentle) * 1e6
        yield Entry(what, seconds * 1e6, "us/epoch", step=step, ratio=ratio(entrant, base))


def without_fast_path() -> list[str]:
    """Activations and pairs that the kernel has no in-place calls for; it falls back to nothing."""
    missing = []
    for name in HIDDEN_ACTIVATIONS:
        if not runs(SMALL.replace(hidden=((4, name),))):
            missing.append(name)
    for kind, dataset in KINDS.items():
        for output, loss in PAIRS[kind]:
            if not runs(SMALL.replace(dataset=dataset, output=output, loss=loss)):
                missing.append(f"{output} + {loss}")
    return missing


def runs(config: RunConfig) -> bool:
    try:
        Run(config).advance(1)
    except NotImplementedError:
        return False
    return True


# ------------------------------------------------------------------------ the table


def section(name: str) -> Row:
    """W5, say, as a function of the bench."""
    works = [work for work in WORKS if work.name.startswith(name)]
    return lambda bench: (row for work in works for row in compare(bench, work))


ROWS: dict[str, Row] = {
    **{name: section(name) for name in ("W1", "W2", "W3", "W4", "W5", "W6")},
    **named(memory, imports, manners, costs),
}


def peers(python: Path) -> str:
    """The versions of the peers, as far as they are there."""
    try:
        command = [python, "-m", "pip", "freeze"]
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return f"peers: there is no {python}"
    found = [line.replace("==", " ") for line in done.stdout.splitlines()]
    return f"peers: {', '.join(line for line in found if line.split()[0] in PEERS)}"


def heading(bench: Bench) -> str:
    """What was measured, on what, and when."""
    return (
        f"{moment()}, numpy {version('numpy')}; {peers(bench.peers_python)}\n"
        "One thread each. Ours, textbook, scikit-learn, PyTorch and JAX in float32, ConvNetJS in "
        "float64.\n"
        "Our time has losses and scores of train and test part in it, every epoch. Peers shuffle a "
        "full batch, too, where not said.\n\n"
        f"{'what (median)':<41} {'contender':<14} {'time':>8} {'':<9} {'us/step':>8} "
        f"{'/ ours':>6} {'target':<8}"
    )


if __name__ == "__main__":
    main(__doc__, ROWS, heading)
