"""ONNX's arguments of sliding windows in pycnn's terms."""


def each_axis(value, rank):
    """An attribute that counts per spatial axis; left out, it is 1 everywhere."""
    return tuple(value) if value else (1,) * rank


def padding(auto_pad, pads, extents, kernel_size, strides, dilations):
    """One (before, after) pair per spatial axis, or "same", which is SAME_UPPER."""
    rank = len(extents)
    if auto_pad == "SAME_UPPER":
        return "same"
    if auto_pad == "SAME_LOWER":
        totals = [
            max(0, (-(-extent // stride) - 1) * stride + (size - 1) * dilation + 1 - extent)
            for extent, size, stride, dilation in zip(extents, kernel_size, strides, dilations, strict=True)
        ]
        return tuple((total - total // 2, total // 2) for total in totals)
    if auto_pad == "VALID" or not pads:
        return ((0, 0),) * rank
    return tuple(zip(pads[:rank], pads[rank:], strict=True))
