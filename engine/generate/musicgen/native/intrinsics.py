"""What numba has no word for: vector products of small integers, half floats, atomics. Written as LLVM's own code.

Where the processor has AVX-512 or AVX2 the products use its multiply-add of 16-bit pairs (LLVM joins it with the
addition into VPDPWSSD where that exists); elsewhere the same sums are spelled out and LLVM finds what fits.
Addresses are int64. Every function here is inlined into the kernel that calls it; numba's cache on disk knows only
that a kernel's own file changed, so touch kernels.py after a change here.
"""

import ctypes
import sys
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ROWS, COLUMNS, CHUNK = 8, 2, 32
"""One product block: 8 rows of weights by 2 columns of activations, 32 values at a time."""

LANES = 16
_YIELD = "audiocraft_webui_yield"
_BYTE, _SHORT, _INT, _LONG = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_FLOAT, _HALF = ir.FloatType(), ir.HalfType()
_FLOATS, _HALVES = ir.VectorType(_FLOAT, LANES), ir.VectorType(_HALF, LANES)
_FAST = ("fast",)


def _register_yield() -> None:
    """The system's call that lets another thread run, for threads that wait in compiled code."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    llvm.add_symbol(_YIELD, ctypes.cast(function, ctypes.c_void_p).value)


_register_yield()
_FEATURES = llvm.get_host_cpu_features()


def _long(value: int) -> Any:
    return ir.Constant(_LONG, value)


def _at(b: Any, address: Any, kind: Any) -> Any:
    return b.inttoptr(address, kind.as_pointer())


def _load(b: Any, address: Any, kind: Any, align: int) -> Any:
    value = b.load(_at(b, address, kind))
    value.align = align
    return value


def _pair_products(b: Any, left: Any, right: Any) -> Any:
    """<32 x i16> by <32 x i16> -> <16 x i32>: sums of products of neighbours."""
    ints, shorts = ir.VectorType(_INT, 16), ir.VectorType(_SHORT, 32)
    if _FEATURES.get("avx512bw"):
        kind = ir.FunctionType(ints, [shorts, shorts])
        return b.call(cgutils.get_or_insert_function(b.module, kind, "llvm.x86.avx512.pmaddw.d.512"), [left, right])
    undefined = ir.Constant(shorts, ir.Undefined)

    def picked(vector: Any, places: list[int], kind: Any) -> Any:
        return b.shuffle_vector(vector, undefined, ir.Constant(ir.VectorType(_INT, len(places)), places))

    if _FEATURES.get("avx2"):
        half, out = ir.VectorType(_SHORT, 16), ir.VectorType(_INT, 8)
        function = cgutils.get_or_insert_function(
            b.module, ir.FunctionType(out, [half, half]), "llvm.x86.avx2.pmadd.wd"
        )
        low, high = (
            b.call(function, [picked(left, places, half), picked(right, places, half)])
            for places in (list(range(16)), list(range(16, 32)))
        )
        return b.shuffle_vector(low, high, ir.Constant(ints, list(range(16))))
    sums = None
    for places in (list(range(0, 32, 2)), list(range(1, 32, 2))):
        product = b.mul(b.sext(picked(left, places, None), ints), b.sext(picked(right, places, None), ints))
        sums = product if sums is None else b.add(sums, product)
    return sums


def _sum(b: Any, vector: Any) -> Any:
    kind = ir.FunctionType(_FLOAT, [_FLOAT, _FLOATS])
    function = cgutils.get_or_insert_function(b.module, kind, "llvm.vector.reduce.fadd.v16f32")
    return b.call(function, [ir.Constant(_FLOAT, 0.0), vector], fastmath=_FAST)


def _repeat(b: Any, count: Any, starts: list[Any], body: Any) -> list[Any]:
    """`count` turns (at least one) of `body(index, values) -> values`; the values after the last one."""
    before, turn, after = b.block, b.append_basic_block("turn"), b.append_basic_block("after")
    b.branch(turn)
    b.position_at_end(turn)
    index = b.phi(_LONG)
    values = [b.phi(start.type) for start in starts]
    index.add_incoming(_long(0), before)
    for value, start in zip(values, starts, strict=True):
        value.add_incoming(start, before)
    results: list[Any] = body(index, values)
    following = b.add(index, _long(1))
    index.add_incoming(following, b.block)
    for value, result in zip(values, results, strict=True):
        value.add_incoming(result, b.block)
    b.cbranch(b.icmp_signed("<", following, count), turn, after)
    b.position_at_end(after)
    return results


@intrinsic
def dot_block(context: Any, weights: Any, values: Any, stride: Any, chunks: Any, out: Any) -> Any:
    """8 rows of int8 weights (packed, see `pack`) by 2 columns of int16 values, `stride` bytes apart.

    Writes float32 [2, 8] to `out`. Exact while columns have no more than 8192 values: the sums fit 32 bits.
    """

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        weights, values, stride, chunks, out = args
        ints = ir.VectorType(_INT, 16)
        bytes_, shorts = ir.VectorType(_BYTE, CHUNK), ir.VectorType(_SHORT, CHUNK)

        def body(index: Any, sums: list[Any]) -> list[Any]:
            column = b.add(values, b.mul(index, _long(2 * CHUNK)))
            row = b.add(weights, b.mul(index, _long(ROWS * CHUNK)))
            read = [_load(b, b.add(column, b.mul(stride, _long(m))), shorts, 2) for m in range(COLUMNS)]
            found = []
            for n in range(ROWS):
                weight = b.sext(_load(b, b.add(row, _long(CHUNK * n)), bytes_, 1), shorts)
                for m in range(COLUMNS):
                    found.append(b.add(sums[n * COLUMNS + m], _pair_products(b, weight, read[m])))
            return found

        zero = ir.Constant(ints, [0] * 16)
        sums = _repeat(b, chunks, [zero] * (ROWS * COLUMNS), body)
        for n in range(ROWS):
            for m in range(COLUMNS):
                total = _sum(b, b.sitofp(sums[n * COLUMNS + m], _FLOATS))
                b.store(total, _at(b, b.add(out, _long(4 * (m * ROWS + n))), _FLOAT))
        return ctx.get_dummy_value()

    return types.void(*[types.int64] * 5), generate


@intrinsic
def score_block(context: Any, query: Any, keys: Any, size: Any, out: Any) -> Any:
    """Scores of 16 positions: query float32 [size] by keys float16 [size, 16] -> float32 [16]; `size` even."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        query, keys, size, out = args

        def body(index: Any, sums: list[Any]) -> list[Any]:
            found = []
            for half in range(2):
                place = b.add(b.mul(index, _long(2)), _long(half))
                key = b.fpext(_load(b, b.add(keys, b.mul(place, _long(2 * LANES))), _HALVES, 2), _FLOATS)
                value = _load(b, b.add(query, b.mul(place, _long(4))), _FLOAT, 4)
                everywhere = b.insert_element(ir.Constant(_FLOATS, ir.Undefined), value, ir.Constant(_INT, 0))
                everywhere = b.shuffle_vector(
                    everywhere, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
                )
                found.append(b.fadd(sums[half], b.fmul(key, everywhere, flags=_FAST), flags=_FAST))
            return found

        zero = ir.Constant(_FLOATS, [0.0] * LANES)
        first, second = _repeat(b, b.lshr(size, _long(1)), [zero, zero], body)
        store = b.store(b.fadd(first, second), _at(b, out, _FLOATS))
        store.align = 4
        return ctx.get_dummy_value()

    return types.void(*[types.int64] * 4), generate


def _mixer(width: int) -> Any:
    """`mix(shares, values, stride, count, out)`: sum of shares float32 [count] times values float16 [count, width]."""
    parts = width // LANES

    @intrinsic
    def mix(context: Any, shares: Any, values: Any, stride: Any, count: Any, out: Any) -> Any:
        def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
            shares, values, stride, count, out = args

            def body(index: Any, sums: list[Any]) -> list[Any]:
                share = _load(b, b.add(shares, b.mul(index, _long(4))), _FLOAT, 4)
                everywhere = b.insert_element(ir.Constant(_FLOATS, ir.Undefined), share, ir.Constant(_INT, 0))
                everywhere = b.shuffle_vector(
                    everywhere, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
                )
                row = b.add(values, b.mul(index, stride))
                found = []
                for part in range(parts):
                    value = b.fpext(_load(b, b.add(row, _long(2 * LANES * part)), _HALVES, 2), _FLOATS)
                    found.append(b.fadd(sums[part], b.fmul(value, everywhere, flags=_FAST), flags=_FAST))
                return found

            zero = ir.Constant(_FLOATS, [0.0] * LANES)
            for part, total in enumerate(_repeat(b, count, [zero] * parts, body)):
                store = b.store(total, _at(b, b.add(out, _long(4 * LANES * part)), _FLOATS))
                store.align = 4
            return ctx.get_dummy_value()

        return types.void(*[types.int64] * 5), generate

    return mix


mix_16, mix_64 = _mixer(16), _mixer(64)


@intrinsic
def store_half(context: Any, address: Any, value: Any) -> Any:
    """`value` as a half float at `address`."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        store = b.store(b.fptrunc(args[1], _HALF), _at(b, args[0], _HALF))
        store.align = 2
        return ctx.get_dummy_value()

    return types.void(types.int64, types.float32), generate


@intrinsic
def float_of_bits(context: Any, bits: Any) -> Any:
    """The float32 whose bits are the int32 `bits`."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        return b.bitcast(args[0], _FLOAT)

    return types.float32(types.int32), generate


@intrinsic
def atomic_add(context: Any, address: Any, value: Any) -> Any:
    """Adds to the int64 at `address`, seen by all threads in order; what was there before."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        return b.atomic_rmw("add", _at(b, args[0], _LONG), args[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def atomic_load(context: Any, address: Any) -> Any:
    """The int64 at `address` as it is now; the processor is told that this is a wait."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        if _FEATURES.get("sse2"):
            b.call(
                cgutils.get_or_insert_function(b.module, ir.FunctionType(ir.VoidType(), []), "llvm.x86.sse2.pause"), []
            )
        return b.load_atomic(_at(b, args[0], _LONG), "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def let_others_run(context: Any) -> Any:
    """Gives the processor to another thread that waits for it."""

    def generate(ctx: Any, b: Any, signature: Any, args: Any) -> Any:
        b.call(cgutils.get_or_insert_function(b.module, ir.FunctionType(_INT, []), _YIELD), [])
        return ctx.get_dummy_value()

    return types.void(), generate
