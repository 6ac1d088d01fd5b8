"""Teaches numba the language of ``lanes.py``: three vector types and what can be done with them.

Imported only when a kernel has to be compiled.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel, register_default
from numba.core.imputils import lower_builtin, lower_cast
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic

from normstats.kernels import lanes
from normstats.kernels.lanes import LANES

I32 = ir.IntType(32)
POINTER = ir.IntType(8).as_pointer()
ELEMENT = {"float": ir.DoubleType(), "word": ir.IntType(64), "mask": ir.IntType(1)}
VECTOR = {kind: ir.VectorType(element, LANES) for kind, element in ELEMENT.items()}


class Lane(types.Type):
    """Eight floats, eight 64-bit words, or eight truth values."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"lane_{kind}")

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        if self.kind == "float" and isinstance(other, (types.Float, types.Integer)):
            return Conversion.safe
        if self.kind == "word" and isinstance(other, types.Integer):
            return Conversion.safe
        return None


FLOAT, WORD, MASK = Lane("float"), Lane("word"), Lane("mask")
LANE = {"float": FLOAT, "word": WORD, "mask": MASK}
FLOATS = types.misc.CPointer(types.float64)
WORDS = types.misc.CPointer(types.uint64)
SIZES = types.misc.CPointer(types.intp)


@register_default(Lane)
class LaneModel(PrimitiveModel):
    """A lane value is one LLVM vector."""

    def __init__(self, dmm: Any, fe_type: Lane) -> None:
        super().__init__(dmm, fe_type, VECTOR[fe_type.kind])


def _splat(builder: Any, value: Any, kind: str) -> Any:
    undefined = ir.Constant(VECTOR[kind], ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(I32, 0))
    nowhere = ir.Constant(ir.VectorType(I32, LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, nowhere)


@lower_cast(types.Float, FLOAT)
@lower_cast(types.Integer, FLOAT)
def _number_to_float(context: Any, builder: Any, source: Any, target: Any, value: Any) -> Any:
    return _splat(builder, context.cast(builder, value, source, types.float64), "float")


@lower_cast(types.Integer, WORD)
def _number_to_word(context: Any, builder: Any, source: Any, target: Any, value: Any) -> Any:
    return _splat(builder, context.cast(builder, value, source, types.uint64), "word")


def _operator(
    op: Callable[..., Any], emit: dict[str, Callable[..., Any]], result: str = ""
) -> None:
    """Registers a binary operator for the kinds of lanes named in ``emit``."""

    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2:
                for arg in args:
                    if isinstance(arg, Lane) and arg.kind in emit:
                        return signature(LANE[result or arg.kind], arg, arg)
            return None

    infer_global(op)(Template)
    for kind, instruction in emit.items():

        def lower(context: Any, builder: Any, sig: Any, args: Any, f: Any = instruction) -> Any:
            return f(builder, *args)

        lower_builtin(op, LANE[kind], LANE[kind])(lower)


_operator(
    operator.add, {"float": lambda b, x, y: b.fadd(x, y), "word": lambda b, x, y: b.add(x, y)}
)
_operator(
    operator.sub, {"float": lambda b, x, y: b.fsub(x, y), "word": lambda b, x, y: b.sub(x, y)}
)
_operator(
    operator.mul, {"float": lambda b, x, y: b.fmul(x, y), "word": lambda b, x, y: b.mul(x, y)}
)
_operator(operator.truediv, {"float": lambda b, x, y: b.fdiv(x, y)})
_operator(operator.lshift, {"word": lambda b, x, y: b.shl(x, y)})
_operator(operator.rshift, {"word": lambda b, x, y: b.lshr(x, y)})
for _op, _name in ((operator.and_, "and_"), (operator.or_, "or_"), (operator.xor, "xor")):
    _emit = lambda b, x, y, name=_name: getattr(b, name)(x, y)  # noqa: E731
    _operator(_op, {"word": _emit, "mask": _emit})
for _op, _sign in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
):
    _operator(_op, {"float": lambda b, x, y, c=_sign: b.fcmp_ordered(c, x, y)}, "mask")
_operator(operator.ne, {"float": lambda b, x, y: b.fcmp_unordered("!=", x, y)}, "mask")


@infer_global(operator.neg)
class _Negative(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(FLOAT, FLOAT) if args == (FLOAT,) else None


@lower_builtin(operator.neg, FLOAT)
def _lower_negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


def _llvm(builder: Any, name: str, kind: str, *args: Any) -> Any:
    function = ir.FunctionType(VECTOR[kind], [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args)


def _address(builder: Any, pointer: Any, index: Any, kind: str) -> Any:
    return builder.bitcast(builder.gep(pointer, [index]), VECTOR[kind].as_pointer())


@intrinsic
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _llvm(builder, f"llvm.fma.v{LANES}f64", "float", *args)

    return FLOAT(FLOAT, FLOAT, FLOAT), emit


@intrinsic
def sqrt(typing: Any, a: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _llvm(builder, f"llvm.sqrt.v{LANES}f64", "float", *args)

    return FLOAT(FLOAT), emit


@intrinsic
def where(typing: Any, mask: Any, a: Any, b: Any) -> Any:
    kind = next((arg for arg in (a, b) if isinstance(arg, Lane)), FLOAT)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(*args)

    return kind(MASK, kind, kind), emit


@intrinsic
def count(typing: Any, mask: Any) -> Any:
    """As bits of one number, they need no register of their own for a running sum."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.IntType(LANES)
        ctpop = ir.FunctionType(kind, [kind])
        function = cgutils.get_or_insert_function(builder.module, ctpop, f"llvm.ctpop.i{LANES}")
        held = builder.call(function, [builder.bitcast(args[0], kind)])
        return builder.zext(held, context.get_value_type(types.intp))

    return types.intp(MASK), emit


@intrinsic
def bits(typing: Any, a: Any) -> Any:
    return WORD(FLOAT), lambda context, builder, sig, args: builder.bitcast(args[0], VECTOR["word"])


@intrinsic
def floats(typing: Any, w: Any) -> Any:
    return FLOAT(WORD), lambda context, builder, sig, args: builder.bitcast(
        args[0], VECTOR["float"]
    )


@intrinsic
def rotate(typing: Any, w: Any, k: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _llvm(builder, f"llvm.fshl.v{LANES}i64", "word", args[0], args[0], args[1])

    return WORD(WORD, WORD), emit


@intrinsic
def lane_numbers(typing: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(VECTOR["float"], [float(lane) for lane in range(LANES)])

    return FLOAT(), emit


@intrinsic
def splat(typing: Any, a: Any) -> Any:
    return FLOAT(FLOAT), lambda context, builder, sig, args: args[0]


@intrinsic
def splat_word(typing: Any, w: Any) -> Any:
    return WORD(WORD), lambda context, builder, sig, args: args[0]


def _loader(kind: str, pointer: Any) -> Any:
    @intrinsic
    def load(typing: Any, p: Any, i: Any) -> Any:
        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(_address(builder, args[0], args[1], kind), align=8)

        return LANE[kind](pointer, types.intp), emit

    return load


def _storer(kind: str, pointer: Any) -> Any:
    @intrinsic
    def store(typing: Any, p: Any, i: Any, a: Any) -> Any:
        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.store(args[2], _address(builder, args[0], args[1], kind), align=8)
            return context.get_dummy_value()

        return types.none(pointer, types.intp, LANE[kind]), emit

    return store


@intrinsic
def total(typing: Any, a: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        parts = [builder.extract_element(args[0], ir.Constant(I32, lane)) for lane in range(LANES)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(parts[i], parts[i + half]) for i in range(half)]
        return parts[0]

    return types.float64(FLOAT), emit


@intrinsic
def shifted(typing: Any, p: Any, i: Any) -> Any:
    return p(p, types.intp), lambda context, builder, sig, args: builder.gep(args[0], [args[1]])


def _kernel_type(context: Any, argtypes: Any) -> Any:
    """A kernel's type as a function, in numba's calling convention."""
    values = [context.get_value_type(argtype) for argtype in argtypes]
    return ir.FunctionType(I32, [POINTER.as_pointer(), POINTER.as_pointer(), *values])


def _invoke(context: Any, builder: Any, kernel: Any, args: Any) -> Any:
    result, error = (cgutils.alloca_once(builder, POINTER) for _ in range(2))
    builder.call(kernel, [result, error, *args])
    return context.get_dummy_value()


@intrinsic
def call(
    typing: Any,
    address: Any,
    x: Any,
    dy: Any,
    u: Any,
    y: Any,
    dx: Any,
    columns: Any,
    n: Any,
    c: Any,
) -> Any:
    """Calls a layer's compiled array kernel by its address."""
    argtypes = (FLOATS,) * 5 + (types.intp, SIZES, FLOATS)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kernel = builder.inttoptr(args[0], _kernel_type(context, argtypes).as_pointer())
        return _invoke(context, builder, kernel, args[1:])

    return types.none(types.intp, *argtypes), emit


@dataclass(frozen=True)
class External:
    """A kernel that is called by its name; ``run.py`` says where it is when the code is linked."""

    symbol: str


@cache
def external(symbol: str, argtypes: tuple[Any, ...]) -> External:
    """The kernel of this name as a function that compiled code can call."""
    kernel = External(symbol)

    class Template(AbstractTemplate):
        key = kernel

        def generic(self, args: Any, kws: Any) -> Any:
            return signature(types.none, *argtypes) if len(args) == len(argtypes) else None

    infer_global(kernel, types.Function(Template))

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = _kernel_type(context, argtypes)
        named = cgutils.get_or_insert_function(builder.module, function, symbol)
        return _invoke(context, builder, named, args)

    lower_builtin(kernel, *argtypes)(emit)
    return kernel


COMPILED: dict[Callable[..., Any], Any] = {
    lanes.fma: fma,
    lanes.sqrt: sqrt,
    lanes.where: where,
    lanes.count: count,
    lanes.bits: bits,
    lanes.floats: floats,
    lanes.rotate: rotate,
    lanes.lane_numbers: lane_numbers,
    lanes.splat: splat,
    lanes.splat_word: splat_word,
    lanes.load: _loader("float", FLOATS),
    lanes.store: _storer("float", FLOATS),
    lanes.load_words: _loader("word", WORDS),
    lanes.store_words: _storer("word", WORDS),
    lanes.total: total,
    lanes.shifted: shifted,
    lanes.call: call,
}
