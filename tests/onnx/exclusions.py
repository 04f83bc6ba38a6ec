"""What of the node cases pycnn.ops cannot be held to: case names by reason, and outputs that it does not return."""

CASES = {
    "another generator of random numbers": [
        "training_dropout",
        "training_dropout_default",
        "training_dropout_default_mask",
        "training_dropout_mask",
    ],
    "no bfloat16": ["celu_bfloat16"],
    "the outputs are rounded to four digits": ["averagepool_2d_ceil_last_window_starts_on_pad"],
    "no cubic interpolation": [
        "resize_downsample_scales_cubic",
        "resize_downsample_scales_cubic_A_n0p5_exclude_outside",
        "resize_downsample_scales_cubic_align_corners",
        "resize_downsample_scales_cubic_antialias",
        "resize_downsample_sizes_cubic",
        "resize_downsample_sizes_cubic_antialias",
        "resize_upsample_scales_cubic",
        "resize_upsample_scales_cubic_A_n0p5_exclude_outside",
        "resize_upsample_scales_cubic_align_corners",
        "resize_upsample_scales_cubic_asymmetric",
        "resize_upsample_sizes_cubic",
    ],
    "no antialiasing": [
        "resize_downsample_scales_linear_antialias",
        "resize_downsample_sizes_linear_antialias",
    ],
    "pixels are at other places": [
        "resize_downsample_scales_linear_half_pixel_symmetric",
        "resize_downsample_sizes_linear_pytorch_half_pixel",
        "resize_tf_crop_and_resize",
        "resize_tf_crop_and_resize_axes_2_3",
        "resize_tf_crop_and_resize_axes_3_2",
        "resize_tf_crop_and_resize_extrapolation_value",
        "resize_upsample_scales_linear_half_pixel_symmetric",
    ],
    "the nearest pixel, not the one before or after it": [
        "resize_upsample_sizes_nearest_ceil_half_pixel",
        "resize_upsample_sizes_nearest_floor_align_corners",
    ],
    "the scale, 0.6, is not the ratio of the sizes": [
        "resize_downsample_scales_linear",
        "resize_downsample_scales_linear_align_corners",
    ],
}

OUTPUTS = {
    ("LayerNormalization", 1): "the mean is not returned",
    ("LayerNormalization", 2): "the deviation is not returned",
}
