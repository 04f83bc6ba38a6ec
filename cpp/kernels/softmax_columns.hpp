// Softmax and log-softmax down the columns of a matrix, up to `reduction_lanes` columns at a time,
// with gradients. A lane is a column: its result depends on no other, and the sums run down the
// rows in four interleaved chains on every instruction set. Element (c, j) lies at c * step + j;
// y may be x, dx may be dy.

/// One row of the columns; those beyond the first `width` are zero and not stored.
template <class T>
struct ColumnsRow {
  static constexpr int parts = reduction_lanes / lanes<T>;

  Vector<T> part[parts];

  explicit ColumnsRow(T value) {
    for (int i = 0; i < parts; ++i) part[i] = Vector<T>{} + value;
  }
  ColumnsRow(const T* from, index_t width) {
    for (int i = 0; i < parts; ++i) {
      const index_t count = width - i * lanes<T>;
      part[i] = Vector<T>{};
      if (count >= lanes<T>) {
        part[i] = load(from + i * lanes<T>);
      } else if (count > 0) {
        part[i] = load_first(from + i * lanes<T>, count);
      }
    }
  }
  void store_to(T* to, index_t width) const {
    for (int i = 0; i < parts; ++i) {
      const index_t count = width - i * lanes<T>;
      if (count >= lanes<T>) {
        store(to + i * lanes<T>, part[i]);
      } else if (count > 0) {
        store_first(to + i * lanes<T>, part[i], count);
      }
    }
  }
};

/// Rows for which exponentials are computed in one go.
constexpr index_t block_rows = 64;

template <class T>
struct ColumnsBlock {
  T data[block_rows * reduction_lanes];

  T* row(index_t c) { return data + c * reduction_lanes; }
  void exponentials(index_t rows) {
    map(rows * reduction_lanes, data, data, [](T x) { return exponential_below_zero(x); });
  }
};

/// Four chains of sums, row c belonging to chain c % 4.
template <class T>
struct ColumnsSum {
  ColumnsRow<T> chain[4] = {ColumnsRow<T>(0), ColumnsRow<T>(0), ColumnsRow<T>(0), ColumnsRow<T>(0)};

  ColumnsRow<T> total() const {
    ColumnsRow<T> sum(0);
    for (int i = 0; i < ColumnsRow<T>::parts; ++i) {
      sum.part[i] = (chain[0].part[i] + chain[1].part[i]) + (chain[2].part[i] + chain[3].part[i]);
    }
    return sum;
  }
};

template <class T>
inline ColumnsRow<T> columns_maximum(index_t channels, index_t step, index_t width, const T* x) {
  ColumnsRow<T> maximum(-static_cast<T>(__builtin_inf()));
  for (index_t c = 0; c < channels; ++c) {
    const ColumnsRow<T> row(x + c * step, width);
    for (int i = 0; i < row.parts; ++i) {
      maximum.part[i] = row.part[i] > maximum.part[i] ? row.part[i] : maximum.part[i];
    }
  }
  return maximum;
}

/// The sums of exp(x - maximum), the terms left in y unless it is null.
template <class T>
inline ColumnsRow<T> columns_exponentials(index_t channels, index_t step, index_t width, const T* x,
                                          const ColumnsRow<T>& maximum, T* y) {
  ColumnsSum<T> sum;
  ColumnsBlock<T> block;
  for (index_t first = 0; first < channels; first += block_rows) {
    const index_t rows = channels - first < block_rows ? channels - first : block_rows;
    for (index_t c = 0; c < rows; ++c) {
      ColumnsRow<T> row(x + (first + c) * step, width);
      for (int i = 0; i < row.parts; ++i) row.part[i] -= maximum.part[i];
      row.store_to(block.row(c), reduction_lanes);
    }
    block.exponentials(rows);
    for (index_t c = 0; c < rows; ++c) {
      const ColumnsRow<T> row(block.row(c), reduction_lanes);
      for (int i = 0; i < row.parts; ++i) sum.chain[c % 4].part[i] += row.part[i];
      if (y) row.store_to(y + (first + c) * step, width);
    }
  }
  return sum.total();
}

template <class T>
void softmax_columns(index_t channels, index_t step, index_t width, const T* x, T* y) {
  const ColumnsRow<T> maximum = columns_maximum(channels, step, width, x);
  ColumnsRow<T> scale = columns_exponentials(channels, step, width, x, maximum, y);
  for (int i = 0; i < scale.parts; ++i) scale.part[i] = 1 / scale.part[i];
  for (index_t c = 0; c < channels; ++c) {
    ColumnsRow<T> row(y + c * step, width);
    for (int i = 0; i < row.parts; ++i) row.part[i] *= scale.part[i];
    row.store_to(y + c * step, width);
  }
}

template <class T>
void softmax_columns_grad(index_t channels, index_t step, index_t width, const T* dy, const T* y,
                          T* dx) {
  ColumnsSum<T> sum;
  for (index_t c = 0; c < channels; ++c) {
    const ColumnsRow<T> a(dy + c * step, width), b(y + c * step, width);
    for (int i = 0; i < a.parts; ++i) sum.chain[c % 4].part[i] += a.part[i] * b.part[i];
  }
  const ColumnsRow<T> mean = sum.total();
  for (index_t c = 0; c < channels; ++c) {
    ColumnsRow<T> a(dy + c * step, width);
    const ColumnsRow<T> b(y + c * step, width);
    for (int i = 0; i < a.parts; ++i) a.part[i] = b.part[i] * (a.part[i] - mean.part[i]);
    a.store_to(dx + c * step, width);
  }
}

template <class T>
void log_softmax_columns(index_t channels, index_t step, index_t width, const T* x, T* y) {
  const ColumnsRow<T> maximum = columns_maximum(channels, step, width, x);
  const ColumnsRow<T> sum =
      columns_exponentials(channels, step, width, x, maximum, static_cast<T*>(nullptr));
  T log_sums[reduction_lanes];
  sum.store_to(log_sums, reduction_lanes);
  map(reduction_lanes, log_sums, log_sums, [](T x) { return logarithm(x); });
  const ColumnsRow<T> log_sum(log_sums, reduction_lanes);
  for (index_t c = 0; c < channels; ++c) {
    ColumnsRow<T> row(x + c * step, width);
    for (int i = 0; i < row.parts; ++i) {
      row.part[i] = (row.part[i] - maximum.part[i]) - log_sum.part[i];
    }
    row.store_to(y + c * step, width);
  }
}

template <class T>
void log_softmax_columns_grad(index_t channels, index_t step, index_t width, const T* dy,
                              const T* y, T* dx) {
  ColumnsSum<T> sums;
  for (index_t c = 0; c < channels; ++c) {
    const ColumnsRow<T> row(dy + c * step, width);
    for (int i = 0; i < row.parts; ++i) sums.chain[c % 4].part[i] += row.part[i];
  }
  const ColumnsRow<T> sum = sums.total();
  ColumnsBlock<T> block;
  for (index_t first = 0; first < channels; first += block_rows) {
    const index_t rows = channels - first < block_rows ? channels - first : block_rows;
    for (index_t c = 0; c < rows; ++c) {
      ColumnsRow<T>(y + (first + c) * step, width).store_to(block.row(c), reduction_lanes);
    }
    block.exponentials(rows);
    for (index_t c = 0; c < rows; ++c) {
      const ColumnsRow<T> probability(block.row(c), reduction_lanes);
      ColumnsRow<T> row(dy + (first + c) * step, width);
      for (int i = 0; i < row.parts; ++i) row.part[i] -= probability.part[i] * sum.part[i];
      row.store_to(dx + (first + c) * step, width);
    }
  }
}
