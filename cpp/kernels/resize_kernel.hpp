// One row of bilinear interpolation, and the same backwards. Both weights are given: 1 - weight
// would lose digits of a small one.

/// y = low a + high b
template <class T>
void blend(index_t n, T low, T high, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = low * a[i] + high * b[i];
}

/// y += weight x
template <class T>
void add_scaled(index_t n, T weight, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] += weight * x[i];
}

/// Pixel o of y is low_weight[o] times pixel low[o] of x plus high_weight[o] times pixel high[o].
/// x (W, C), y (OW, C)
template <class T>
void blend_pixels(index_t pixels, index_t channels, const index_t* low, const index_t* high,
                  const T* low_weight, const T* high_weight, const T* x, T* y) {
  for (index_t o = 0; o < pixels; ++o, y += channels) {
    const T* const a = x + low[o] * channels;
    const T* const b = x + high[o] * channels;
    for (index_t c = 0; c < channels; ++c) y[c] = low_weight[o] * a[c] + high_weight[o] * b[c];
  }
}

/// Adds the gradient of blend_pixels to dx. dy (OW, C), dx (W, C)
template <class T>
void blend_pixels_grad(index_t pixels, index_t channels, const index_t* low, const index_t* high,
                       const T* low_weight, const T* high_weight, const T* dy, T* dx) {
  for (index_t o = 0; o < pixels; ++o, dy += channels) {
    T* const a = dx + low[o] * channels;
    for (index_t c = 0; c < channels; ++c) a[c] += low_weight[o] * dy[c];
    T* const b = dx + high[o] * channels;
    for (index_t c = 0; c < channels; ++c) b[c] += high_weight[o] * dy[c];
  }
}
