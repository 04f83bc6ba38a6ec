// Softmax and log-softmax of rows of `channels` numbers, with gradients; y may be x, dx may be dy.

template <class T>
inline T row_maximum(index_t channels, const T* x) {
  const T lowest = -static_cast<T>(__builtin_inf());
  T maximum[reduction_lanes], chunk[reduction_lanes];
  for (int lane = 0; lane < reduction_lanes; ++lane) maximum[lane] = lowest;
  for (index_t i = 0; i < channels; i += reduction_lanes) {
    load_chunk(chunk_size(channels - i), x + i, lowest, chunk);
    for (int lane = 0; lane < reduction_lanes; ++lane) {
      maximum[lane] = chunk[lane] > maximum[lane] ? chunk[lane] : maximum[lane];
    }
  }
  for (int width = reduction_lanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) {
      maximum[i] = maximum[i + width] > maximum[i] ? maximum[i + width] : maximum[i];
    }
  }
  return maximum[0];
}

/// sum of exp(x - maximum), the terms left in y unless it is null.
template <class T>
inline T exponential_row(index_t channels, const T* x, T maximum, T* y) {
  T sum[reduction_lanes] = {}, chunk[reduction_lanes];
  for (index_t i = 0; i < channels; i += reduction_lanes) {
    const int count = chunk_size(channels - i);
    load_chunk(count, x + i, maximum, chunk);
    for (int lane = 0; lane < reduction_lanes; ++lane) {
      const T term = exponential(chunk[lane] - maximum);
      chunk[lane] = lane < count ? term : 0;
    }
    for (int lane = 0; lane < reduction_lanes; ++lane) sum[lane] += chunk[lane];
    if (y) store_chunk(count, chunk, y + i);
  }
  return sum_lanes(sum);
}

/// sum of a b, or of a where b is null.
template <class T>
inline T dot_row(index_t channels, const T* a, const T* b) {
  T sum[reduction_lanes] = {}, a_chunk[reduction_lanes], b_chunk[reduction_lanes];
  for (index_t i = 0; i < channels; i += reduction_lanes) {
    load_chunk(chunk_size(channels - i), a + i, static_cast<T>(0), a_chunk);
    if (b) {
      load_chunk(chunk_size(channels - i), b + i, static_cast<T>(0), b_chunk);
      for (int lane = 0; lane < reduction_lanes; ++lane) sum[lane] += a_chunk[lane] * b_chunk[lane];
    } else {
      for (int lane = 0; lane < reduction_lanes; ++lane) sum[lane] += a_chunk[lane];
    }
  }
  return sum_lanes(sum);
}

template <class T>
void softmax(index_t rows, index_t channels, const T* x, T* y) {
  for (index_t row = 0; row < rows; ++row, x += channels, y += channels) {
    const T sum = exponential_row(channels, x, row_maximum(channels, x), y);
    for (index_t c = 0; c < channels; ++c) y[c] /= sum;
  }
}

template <class T>
void softmax_grad(index_t rows, index_t channels, const T* dy, const T* y, T* dx) {
  for (index_t row = 0; row < rows; ++row, dy += channels, y += channels, dx += channels) {
    const T mean = dot_row(channels, dy, y);
    for (index_t c = 0; c < channels; ++c) dx[c] = y[c] * (dy[c] - mean);
  }
}

template <class T>
void log_softmax(index_t rows, index_t channels, const T* x, T* y) {
  for (index_t row = 0; row < rows; ++row, x += channels, y += channels) {
    const T maximum = row_maximum(channels, x);
    const T log_sum = logarithm(exponential_row(channels, x, maximum, static_cast<T*>(nullptr)));
    for (index_t c = 0; c < channels; ++c) y[c] = (x[c] - maximum) - log_sum;
  }
}

template <class T>
void log_softmax_grad(index_t rows, index_t channels, const T* dy, const T* y, T* dx) {
  for (index_t row = 0; row < rows; ++row, dy += channels, y += channels, dx += channels) {
    const T sum = dot_row(channels, dy, static_cast<const T*>(nullptr));
    for (index_t c = 0; c < channels; ++c) dx[c] = dy[c] - exponential(y[c]) * sum;
  }
}
