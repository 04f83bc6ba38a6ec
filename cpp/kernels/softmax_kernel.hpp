// Softmax and log-softmax of rows of `channels` numbers, with gradients; y may be x, dx may be dy.

template <class T>
inline T row_maximum(index_t channels, const T* x) {
  constexpr T lowest = -static_cast<T>(__builtin_inf());
  Lanes<T> maximum(lowest);
  for_each_block<T>(channels, [&](index_t first, index_t count) {
    RowBlock<T> block;
    block.load(count, x + first, lowest);
    for_each_chunk(count, [&](index_t i) { maximum.take_larger(block.data + i); });
  });
  return maximum.maximum();
}

/// sum of exp(x - maximum), the terms left in y unless it is null.
template <class T>
inline T exponential_row(index_t channels, const T* x, T maximum, T* y) {
  Lanes<T> sum(0);
  for_each_block<T>(channels, [&](index_t first, index_t count) {
    RowBlock<T> block;
    block.load(count, x + first, maximum);
    const index_t padded = block.padded(count);
    for (index_t i = 0; i < padded; ++i) block.data[i] = exponential(block.data[i] - maximum);
    block.pad(count, 0);
    for_each_chunk(count, [&](index_t i) { sum.add(block.data + i); });
    if (y) block.copy_to(count, y + first);
  });
  return sum.sum();
}

template <class T>
inline T sum_row(index_t channels, const T* x) {
  Lanes<T> sum(0);
  for_each_block<T>(channels, [&](index_t first, index_t count) {
    RowBlock<T> block;
    block.load(count, x + first, 0);
    for_each_chunk(count, [&](index_t i) { sum.add(block.data + i); });
  });
  return sum.sum();
}

/// sum of a b
template <class T>
inline T dot_row(index_t channels, const T* a, const T* b) {
  Lanes<T> sum(0);
  for_each_block<T>(channels, [&](index_t first, index_t count) {
    RowBlock<T> a_block, b_block;
    a_block.load(count, a + first, 0);
    b_block.load(count, b + first, 0);
    for_each_chunk(count, [&](index_t i) { sum.add_product(a_block.data + i, b_block.data + i); });
  });
  return sum.sum();
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
