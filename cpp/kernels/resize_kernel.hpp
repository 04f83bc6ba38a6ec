// One row of bilinear interpolation, and the same backwards.

/// y = a + weight (b - a)
template <class T>
void blend(index_t n, T weight, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] + weight * (b[i] - a[i]);
}

/// y += weight x
template <class T>
void add_scaled(index_t n, T weight, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] += weight * x[i];
}

/// Pixel o of y lies between pixels low[o] and high[o] of x, at weight[o]. x (W, C), y (OW, C)
template <class T>
void blend_pixels(index_t pixels, index_t channels, const index_t* low, const index_t* high,
                  const T* weight, const T* x, T* y) {
  for (index_t o = 0; o < pixels; ++o, y += channels) {
    const T* const a = x + low[o] * channels;
    const T* const b = x + high[o] * channels;
    for (index_t c = 0; c < channels; ++c) y[c] = a[c] + weight[o] * (b[c] - a[c]);
  }
}

/// Adds the gradient of blend_pixels to dx. dy (OW, C), dx (W, C)
template <class T>
void blend_pixels_grad(index_t pixels, index_t channels, const index_t* low, const index_t* high,
                       const T* weight, const T* dy, T* dx) {
  for (index_t o = 0; o < pixels; ++o, dy += channels) {
    T* const a = dx + low[o] * channels;
    for (index_t c = 0; c < channels; ++c) a[c] += (1 - weight[o]) * dy[c];
    T* const b = dx + high[o] * channels;
    for (index_t c = 0; c < channels; ++c) b[c] += weight[o] * dy[c];
  }
}
