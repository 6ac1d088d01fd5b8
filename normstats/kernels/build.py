"""From a kernel's Python source to machine code: numba compiles, nothing else here does."""

from __future__ import annotations

import contextlib
import os
import sys
import types as pytypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from normstats.kernels import lanes

PACKAGE = __name__.partition(".")[0]

# What a kernel's parameters may be, by their annotation-free names in a signature string.
FLOATS, WORDS, SIZES = "floats", "words", "sizes"
SIZE, WORD, FLOAT = "size", "word", "float"

# x, dy, uniforms, y, dx; samples in a row; sizes and coefficients of the layer's own.
ARRAY_KERNEL = (*(FLOATS,) * 5, SIZE, SIZES, FLOATS)


@dataclass(frozen=True)
class Kernel:
    """A kernel to be compiled: its function, its parameters' types, and what stands for what.

    ``bindings`` replaces global names of ``function``: the same source serves many layers, and each
    gets machine code of its own, with the bound functions inlined.

    A kernel may call another one. That is compiled once, for all that call it; a plain function is
    inlined wherever it is called.
    """

    function: Callable[..., None]
    parameters: tuple[str, ...]
    bindings: Mapping[str, Callable[..., Any] | Kernel] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def name(self) -> str:
        """A readable name, unique among the kernels of the package."""
        parts = [self.function.__module__, self.function.__name__]
        for name, bound in sorted(self.bindings.items()):
            function = bound.function if isinstance(bound, Kernel) else bound
            parts.append(f"{name}={function.__module__}.{function.__name__}")
        return "+".join(part.replace(f"{PACKAGE}.", "") for part in parts)

    @property
    def calls(self) -> list[Kernel]:
        """The kernels that this one calls, itself or from a function that is inlined."""
        found: dict[str, Kernel] = {}

        def visit(function: Any, bindings: Mapping[str, Any]) -> None:
            for value in named(function, bindings).values():
                if isinstance(value, Kernel):
                    found[value.name] = value
                elif isinstance(value, pytypes.FunctionType) and value.__module__ != lanes.__name__:
                    visit(value, {})

        visit(self.function, self.bindings)
        return list(found.values())

    def __call__(self, *args: Any) -> None:
        """What the kernel does, under NumPy; compiled, it is a call of its machine code."""
        self.function(*args)


def named(function: Any, bindings: Mapping[str, Any]) -> dict[str, Any]:
    """What the global names in a function stand for."""
    names = function.__code__.co_names
    values = {name: bindings.get(name, function.__globals__.get(name)) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def target() -> tuple[str, str]:
    """The processor and features to compile for: the host's.

    That alone decides the width of the registers, since the lanes are explicit vectors: where there
    are 512 bits LLVM uses them, though left to itself it would choose 256 on most such machines.
    NORMSTATS_TARGET=cpu or cpu:features chooses another target, for tests.
    """
    import llvmlite.binding as llvm

    chosen = os.environ.get("NORMSTATS_TARGET", "")
    if chosen:
        name, _, features = chosen.partition(":")
        return name, features
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def wide_registers() -> bool:
    """Whether the target is known to have registers of eight lanes; those that have, have 32."""
    name, features = target()
    return "avx512" in name or "+avx512f" in features


def settle_numba() -> bool:
    """Have numba compile for ``target()``; False if a program's own settings stand against it.

    Numba makes its code generator once, with the settings of that moment. Code that was made with
    other ones is right, but may be slow: it is used, and not kept for others.
    """
    wanted = target()
    if "numba" in sys.modules and "NORMSTATS_TARGET" not in os.environ:
        from numba import config

        given = config.CPU_NAME, config.CPU_FEATURES
        return given in ((None, None), wanted) and int(config.OPT) == 3
    from numba import config

    config.CPU_NAME, config.CPU_FEATURES = wanted
    # Kernels are vectors already; trying it again costs compile time, and nothing else.
    config.LOOP_VECTORIZE = config.SLP_VECTORIZE = 0
    return int(config.OPT) == 3


# Set by the command line, whose process compiles nothing but kernels.
own_process = False


@contextlib.contextmanager
def _without_blas() -> Iterator[None]:
    """Numba's first compilation imports scipy.linalg, for np.dot: a quarter of a second.

    No kernel calls np.dot. But numba does not ask again, so this is for our own process only.
    """
    name = "scipy.linalg"
    if not own_process or name in sys.modules:
        yield
        return
    modules: dict[str, Any] = sys.modules
    modules[name] = None  # an import of it raises ImportError, and numba goes on without
    try:
        yield
    finally:
        del modules[name]


def compile_kernel(kernel: Kernel) -> tuple[str, bytes]:
    """The symbol and the object code of a kernel."""
    from numba import config, njit
    from numba.core import types

    from normstats.kernels import lowering

    numba_types = {
        FLOATS: lowering.FLOATS,
        WORDS: lowering.WORDS,
        SIZES: lowering.SIZES,
        SIZE: types.intp,
        WORD: types.uint64,
        FLOAT: types.float64,
    }
    policy: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
    jitted: dict[Any, Any] = dict(lowering.COMPILED)

    def translate(function: Any, bindings: Mapping[str, Any]) -> Any:
        """The function with every function that it names translated as well."""
        names = named(function, bindings)
        for name, value in names.items():
            if isinstance(value, Kernel):
                types_of = tuple(numba_types[parameter] for parameter in value.parameters)
                names[name] = lowering.external(value.name, types_of)
            elif isinstance(value, pytypes.FunctionType):
                if value not in jitted:
                    # Inlined by numba, and not only later by LLVM: a function of its own costs
                    # more time to compile than its body does.
                    jitted[value] = njit(**policy, inline="always")(translate(value, {}))
                names[name] = jitted[value]
        scope = {"__builtins__": __builtins__, "__name__": function.__module__, **names}
        return pytypes.FunctionType(function.__code__, scope, function.__name__)

    signature = types.void(*(numba_types[parameter] for parameter in kernel.parameters))
    options = {**policy, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    disabled, config.DISABLE_JIT = config.DISABLE_JIT, 0  # that is about the caller's own code
    try:
        dispatcher = njit(**options)(translate(kernel.function, kernel.bindings))
        with _without_blas():
            dispatcher.compile(signature)
    finally:
        config.DISABLE_JIT = disabled
    compiled = dispatcher.overloads[signature.args]
    _, _, (code, _) = compiled.library.serialize_using_object_code()
    return compiled.fndesc.llvm_func_name, bytes(code)
