"""Resize: images with channels second, sizes or scales for all axes or for some."""

import numpy as np

from pycnn import ops

INTERPOLATIONS = {"nearest": "nearest", "linear": "bilinear"}
COORDINATES = ("half_pixel", "align_corners", "asymmetric")


def resize(
    x,
    roi=None,
    scales=None,
    sizes=None,
    *,
    antialias,
    axes,
    coordinate_transformation_mode,
    cubic_coeff_a,
    exclude_outside,
    extrapolation_value,
    keep_aspect_ratio_policy,
    mode,
    nearest_mode,
):
    """pycnn takes the scale from the sizes; half way between two pixels it is the later one: mirrored, the earlier."""
    if antialias or mode not in INTERPOLATIONS or coordinate_transformation_mode not in COORDINATES:
        raise NotImplementedError(f"{mode} interpolation, {coordinate_transformation_mode}, antialias={antialias}")
    options = {"data_format": "channels_first", "coordinates": coordinate_transformation_mode}
    size = _target(x.shape, axes, scales, sizes, keep_aspect_ratio_policy)
    if mode == "nearest" and nearest_mode not in ("round_prefer_ceil", "round_prefer_floor"):
        raise NotImplementedError(nearest_mode)
    if mode == "nearest" and nearest_mode == "round_prefer_floor" and coordinate_transformation_mode != "asymmetric":
        return ops.resize(x[..., ::-1, ::-1], size, "nearest", **options)[..., ::-1, ::-1]
    return ops.resize(x, size, INTERPOLATIONS[mode], **options)


def _target(shape, axes, scales, sizes, policy):
    """(OH, OW)."""
    axes = [axis % len(shape) for axis in axes or range(len(shape))]
    extents = np.array([shape[axis] for axis in axes])
    if scales is None:
        scales = sizes / extents
        if policy != "stretch":
            scales = np.full(len(axes), scales.min() if policy == "not_larger" else scales.max())
        wanted = np.floor(extents * scales + 0.5)
    else:
        wanted = np.floor(extents * scales)
    target = dict(zip(axes, wanted.astype(int).tolist(), strict=True))
    return target[2], target[3]
