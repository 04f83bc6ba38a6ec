// Softmax and log-softmax of rows of `channels` numbers, with gradients; y may be x, dx may be dy.

template <class T>
inline T row_maximum(index_t channels, const T* x) {
  constexpr T lowest = -static_cast<T>(__builtin_inf());
  Lanes<T> maximum = Lanes<T>{} + lowest;
  const auto take_larger = [](auto& a, const auto& b) { a = b > a ? b : a; };
  for_each_lanes(channels, [&](index_t i, int count) {
    Lanes<T> chunk;
    load_chunk(count, x + i, lowest, chunk);
    take_larger(maximum, chunk);
  });
  return reduce_lanes<T, reduction_lanes>(maximum, take_larger);
}

/// sum of exp(x - maximum), the terms left in y unless it is null.
template <class T>
inline T exponential_row(index_t channels, const T* x, T maximum, T* y) {
  Lanes<T> sum{};
  const Lanes<T> shift = Lanes<T>{} + maximum;
  for_each_lanes(channels, [&](index_t i, int count) {
    Lanes<T> chunk;
    load_chunk(count, x + i, maximum, chunk);
    map_lanes<T>([](T value, T highest) { return exponential(value - highest); }, chunk, shift);
    fill_lanes<reduction_lanes>(count, static_cast<T>(0), chunk);
    sum += chunk;
    if (y) store_chunk(count, chunk, y + i);
  });
  return sum_lanes<T>(sum);
}

template <class T>
inline T sum_row(index_t channels, const T* x) {
  Lanes<T> sum{};
  for_each_lanes(channels, [&](index_t i, int count) {
    Lanes<T> chunk;
    load_chunk(count, x + i, static_cast<T>(0), chunk);
    sum += chunk;
  });
  return sum_lanes<T>(sum);
}

/// sum of a b
template <class T>
inline T dot_row(index_t channels, const T* a, const T* b) {
  Lanes<T> sum{};
  for_each_lanes(channels, [&](index_t i, int count) {
    Lanes<T> a_chunk, b_chunk;
    load_chunk(count, a + i, static_cast<T>(0), a_chunk);
    load_chunk(count, b + i, static_cast<T>(0), b_chunk);
    sum += a_chunk * b_chunk;
  });
  return sum_lanes<T>(sum);
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
    const T sum = sum_row(channels, dy);
    for (index_t c = 0; c < channels; ++c) dx[c] = dy[c] - exponential(y[c]) * sum;
  }
}
