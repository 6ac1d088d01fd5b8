"""Machine code in this process: load a kernel from the store, or have it compiled, and call it.

A warm start needs llvmlite alone, which links the stored object code; numba is imported only to
compile. Calls go through ctypes and so run without the interpreter's lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from normstats import interrupts
from normstats.kernels import build, store
from normstats.kernels.build import Kernel

_CTYPES: dict[str, Any] = {
    build.FLOATS: ctypes.c_void_p,
    build.WORDS: ctypes.c_void_p,
    build.SIZES: ctypes.c_void_p,
    build.SIZE: ctypes.c_ssize_t,
    build.WORD: ctypes.c_uint64,
    build.FLOAT: ctypes.c_double,
}
_lock = threading.Lock()
_loaded: dict[str, Compiled] = {}


class Compiled:
    """A kernel ready to be called from Python, or from another kernel by its address."""

    def __init__(self, address: int, parameters: tuple[str, ...], engine: Any) -> None:
        self.address = address
        self._engine = engine  # owns the machine code
        types = [ctypes.c_void_p, ctypes.c_void_p, *(_CTYPES[name] for name in parameters)]
        self._function = ctypes.CFUNCTYPE(ctypes.c_int, *types)(address)

    def __call__(self, *args: Any) -> None:
        """Arrays are passed by their address; they must be contiguous, and they must live on."""
        slots = (ctypes.c_void_p * 2)()
        self._function(
            ctypes.addressof(slots),
            ctypes.addressof(slots) + ctypes.sizeof(ctypes.c_void_p),
            *(pointer(arg) if isinstance(arg, np.ndarray) else arg for arg in args),
        )


def pointer(array: npt.NDArray[Any]) -> int:
    """The address of a contiguous array's first element."""
    if not array.flags.c_contiguous:
        raise ValueError("a kernel needs contiguous arrays")
    return int(array.ctypes.data)


@cache
def _target_machine() -> Any:
    import llvmlite.binding as llvm

    with contextlib.suppress(RuntimeError):
        llvm.initialize()  # older llvmlite needs it; newer says in this way that it does not
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def _link(symbol: str, code: bytes, parameters: tuple[str, ...]) -> Compiled:
    import llvmlite.binding as llvm

    machine = _target_machine().create_target_machine()
    module = llvm.parse_assembly(f'target triple = "{llvm.get_default_triple()}"')
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Compiled(engine.get_function_address(symbol), parameters, engine)


def _publish(name: str, address: int) -> None:
    """Let code that is linked from now on call the kernel by its name."""
    import llvmlite.binding as llvm

    llvm.add_symbol(name, address)


def is_ready(kernel: Kernel) -> bool:
    """Whether the kernel can be had without compiling."""
    if kernel.name in _loaded:
        return True
    return store.read(kernel.name) is not None and all(map(is_ready, kernel.calls))


def load(kernel: Kernel) -> Compiled:
    """The kernel as machine code: loaded before, from the store, or compiled now and stored.

    Ctrl-C takes effect when a kernel is done: LLVM calls back into Python, and an exception raised
    there would be lost, and the code with it.
    """
    with interrupts.held(), _lock:
        return _load(kernel)


def _load(kernel: Kernel) -> Compiled:
    name = kernel.name
    if name not in _loaded:
        for called in kernel.calls:
            _load(called)
        interrupts.heed()
        found = store.read(name)
        if found is None:
            shared = build.settle_numba()
            found = build.compile_kernel(kernel)
            if shared:
                store.write(name, *found)
        _loaded[name] = _link(*found, kernel.parameters)
        _publish(name, _loaded[name].address)
    return _loaded[name]


def prepare(kernels: list[Kernel], compiling: Callable[[], None]) -> None:
    """Load all of them; ``compiling`` is called first if any has to be compiled."""
    if not all(is_ready(kernel) for kernel in kernels):
        compiling()
    for kernel in kernels:
        load(kernel)
