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
    for (index_t i = 0; i < padded; ++i) {
      block.data[i] = exponential_below_zero(block.data[i] - maximum);
    }
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

/// Rows of at most this many numbers are transposed, `reduction_lanes` rows at a time, and their
/// columns worked on: a vector is then full whatever the length of a row.
constexpr index_t short_row = 64;

template <class T>
struct TransposedRows {
  T data[short_row * reduction_lanes];

  TransposedRows(index_t rows, index_t channels, const T* x) {
    if (rows < reduction_lanes) {
      for (index_t i = 0; i < channels * reduction_lanes; ++i) data[i] = 0;
    }
    transpose(rows, channels, channels, x, reduction_lanes, data);
  }
  void copy_to(index_t rows, index_t channels, T* y) const {
    transpose(channels, rows, reduction_lanes, data, channels, y);
  }
};

/// Calls block(first row, rows) for each block of rows.
template <class Block>
inline void for_each_row_block(index_t rows, const Block& block) {
  for (index_t row = 0; row < rows; row += reduction_lanes) {
    block(row, rows - row < reduction_lanes ? rows - row : reduction_lanes);
  }
}

/// Of a long row: sums of 4 * reduction_lanes interleaved terms, combined in a tree.
template <class T>
struct LongRowSum {
  static constexpr index_t chunk = 4 * reduction_lanes;

  Lanes<T> chain[4] = {Lanes<T>(0), Lanes<T>(0), Lanes<T>(0), Lanes<T>(0)};

  void add(const T* x) {
    for (int i = 0; i < 4; ++i) chain[i].add(x + i * reduction_lanes);
  }
  void add_product(const T* a, const T* b) {
    for (int i = 0; i < 4; ++i) {
      chain[i].add_product(a + i * reduction_lanes, b + i * reduction_lanes);
    }
  }
  T sum() const {
    Lanes<T> total(0);
    for (int i = 0; i < total.parts; ++i) {
      total.part[i] = (chain[0].part[i] + chain[1].part[i]) + (chain[2].part[i] + chain[3].part[i]);
    }
    return total.sum();
  }
};

/// What is left of a row behind its whole chunks, padded.
template <class T>
struct RowRest {
  T data[LongRowSum<T>::chunk];

  RowRest(index_t count, const T* from, T padding) {
    for (index_t i = 0; i < LongRowSum<T>::chunk; ++i) data[i] = i < count ? from[i] : padding;
  }
};

template <class T>
inline T long_row_maximum(index_t channels, const T* x) {
  constexpr T lowest = -static_cast<T>(__builtin_inf());
  Lanes<T> maximum[4] = {Lanes<T>(lowest), Lanes<T>(lowest), Lanes<T>(lowest), Lanes<T>(lowest)};
  index_t c = 0;
  for (; c + 4 * reduction_lanes <= channels; c += 4 * reduction_lanes) {
    for (int i = 0; i < 4; ++i) maximum[i].take_larger(x + c + i * reduction_lanes);
  }
  const RowRest<T> rest(channels - c, x + c, lowest);
  T largest = lowest;
  for (int i = 0; i < 4; ++i) {
    maximum[i].take_larger(rest.data + i * reduction_lanes);
    const T value = maximum[i].maximum();
    largest = value > largest ? value : largest;
  }
  return largest;
}

/// y = exp(x - maximum); returns the sum.
template <class T>
inline T long_row_exponentials(index_t channels, const T* x, T maximum, T* y) {
  LongRowSum<T> sum;
  const auto term = [maximum](T value) { return exponential_below_zero(value - maximum); };
  map(channels, x, y, term);
  index_t c = 0;
  for (; c + sum.chunk <= channels; c += sum.chunk) sum.add(y + c);
  sum.add(RowRest<T>(channels - c, y + c, 0).data);
  return sum.sum();
}

template <class T>
void softmax(index_t rows, index_t channels, const T* x, T* y) {
  if (channels <= short_row) {
    return for_each_row_block(rows, [&](index_t row, index_t count) {
      TransposedRows<T> block(count, channels, x + row * channels);
      softmax_columns(channels, reduction_lanes, reduction_lanes, block.data, block.data);
      block.copy_to(count, channels, y + row * channels);
    });
  }
  for (index_t row = 0; row < rows; ++row, x += channels, y += channels) {
    const T scale = 1 / long_row_exponentials(channels, x, long_row_maximum(channels, x), y);
    for (index_t c = 0; c < channels; ++c) y[c] *= scale;
  }
}

template <class T>
void softmax_grad(index_t rows, index_t channels, const T* dy, const T* y, T* dx) {
  if (channels <= short_row) {
    return for_each_row_block(rows, [&](index_t row, index_t count) {
      TransposedRows<T> gradient(count, channels, dy + row * channels);
      const TransposedRows<T> output(count, channels, y + row * channels);
      softmax_columns_grad(channels, reduction_lanes, reduction_lanes, gradient.data, output.data,
                           gradient.data);
      gradient.copy_to(count, channels, dx + row * channels);
    });
  }
  for (index_t row = 0; row < rows; ++row, dy += channels, y += channels, dx += channels) {
    LongRowSum<T> products;
    index_t c = 0;
    for (; c + products.chunk <= channels; c += products.chunk) products.add_product(dy + c, y + c);
    products.add_product(RowRest<T>(channels - c, dy + c, 0).data,
                         RowRest<T>(channels - c, y + c, 0).data);
    const T mean = products.sum();
    for (c = 0; c < channels; ++c) dx[c] = y[c] * (dy[c] - mean);
  }
}

template <class T>
void log_softmax(index_t rows, index_t channels, const T* x, T* y) {
  if (channels <= short_row) {
    return for_each_row_block(rows, [&](index_t row, index_t count) {
      TransposedRows<T> block(count, channels, x + row * channels);
      log_softmax_columns(channels, reduction_lanes, reduction_lanes, block.data, block.data);
      block.copy_to(count, channels, y + row * channels);
    });
  }
  for (index_t row = 0; row < rows; ++row, x += channels, y += channels) {
    const T maximum = long_row_maximum(channels, x);
    const T log_sum = logarithm(exponential_row(channels, x, maximum, static_cast<T*>(nullptr)));
    for (index_t c = 0; c < channels; ++c) y[c] = (x[c] - maximum) - log_sum;
  }
}

template <class T>
void log_softmax_grad(index_t rows, index_t channels, const T* dy, const T* y, T* dx) {
  if (channels <= short_row) {
    return for_each_row_block(rows, [&](index_t row, index_t count) {
      TransposedRows<T> gradient(count, channels, dy + row * channels);
      const TransposedRows<T> output(count, channels, y + row * channels);
      log_softmax_columns_grad(channels, reduction_lanes, reduction_lanes, gradient.data,
                               output.data, gradient.data);
      gradient.copy_to(count, channels, dx + row * channels);
    });
  }
  for (index_t row = 0; row < rows; ++row, dy += channels, y += channels, dx += channels) {
    LongRowSum<T> sums;
    index_t c = 0;
    for (; c + sums.chunk <= channels; c += sums.chunk) sums.add(dy + c);
    sums.add(RowRest<T>(channels - c, dy + c, 0).data);
    const T sum = sums.sum();
    map(channels, dy, y, dx, [sum](T dy, T y) { return dy - exponential_below_zero(y) * sum; });
  }
}
