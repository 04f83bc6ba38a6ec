// Cross-entropies of rows of at most `short_row` numbers, formulas in loss.hpp: transposed,
// `reduction_lanes` rows at a time, so that a lane is a row and a vector full whatever its length.
// Arguments as in loss_kernel.hpp, which calls these.

template <class T>
constexpr T clip_low = static_cast<T>(1e-7);
template <class T>
constexpr T clip_high = static_cast<T>(1 - 1e-7);

/// The gradient of -target log(clip(p)) with respect to p.
template <class T>
inline T log_clip_grad(T target, T p) {
  return p < clip_low<T> || p > clip_high<T> ? 0 : -target / p;
}

/// One number for each row of a block.
template <class T>
struct RowValues {
  T data[reduction_lanes];

  explicit RowValues(const ColumnsRow<T>& values) { values.store_to(data, reduction_lanes); }
  ColumnsRow<T> row() const { return ColumnsRow<T>(data, reduction_lanes); }
  void take_logarithms() {
    map(reduction_lanes, data, data, [](T x) { return logarithm(x); });
  }
};

/// Calls change(column, part) for every column of a block, vector by vector.
template <class T, class Change>
inline void for_each_column(index_t channels, T* block, const Change& change) {
  for (index_t c = 0; c < channels; ++c) {
    ColumnsRow<T> column(block + c * reduction_lanes, reduction_lanes);
    for (int i = 0; i < column.parts; ++i) column.part[i] = change(column.part[i], c, i);
    column.store_to(block + c * reduction_lanes, reduction_lanes);
  }
}

template <class T>
inline ColumnsRow<T> columns_sum(index_t channels, const T* block) {
  ColumnsSum<T> sum;
  for (index_t c = 0; c < channels; ++c) {
    const ColumnsRow<T> column(block + c * reduction_lanes, reduction_lanes);
    for (int i = 0; i < column.parts; ++i) sum.chain[c % 4].part[i] += column.part[i];
  }
  return sum.total();
}

template <class T>
inline ColumnsRow<T> columns_dot(index_t channels, const T* a, const T* b) {
  ColumnsSum<T> sum;
  for (index_t c = 0; c < channels; ++c) {
    const ColumnsRow<T> left(a + c * reduction_lanes, reduction_lanes);
    const ColumnsRow<T> right(b + c * reduction_lanes, reduction_lanes);
    for (int i = 0; i < left.parts; ++i) sum.chain[c % 4].part[i] += left.part[i] * right.part[i];
  }
  return sum.total();
}

template <class T>
inline void subtract_columns(index_t channels, const ColumnsRow<T>& what, T* block) {
  for_each_column(channels, block,
                  [&](Vector<T> value, index_t, int i) { return value - what.part[i]; });
}

/// Replaces what is not above zero by its exponential, and returns the sums of these.
template <class T>
inline ColumnsRow<T> exponentials_and_sum(index_t channels, T* block) {
  map(channels * reduction_lanes, block, block, [](T x) { return exponential_below_zero(x); });
  return columns_sum(channels, block);
}

template <class T>
void short_label_crossentropy_logits(index_t rows, index_t channels, const T* x,
                                     const std::int64_t* labels, T scale, T* p, T* dx,
                                     double* losses) {
  for_each_row_block(rows, [&](index_t first, index_t count) {
    const T* const from = x + first * channels;
    TransposedRows<T> block(count, channels, from);
    const ColumnsRow<T> maximum =
        columns_maximum(channels, reduction_lanes, reduction_lanes, block.data);
    RowValues<T> labelled(maximum);
    for (index_t row = 0; row < count; ++row) {
      labelled.data[row] = from[row * channels + labels[first + row]] - labelled.data[row];
    }
    subtract_columns(channels, maximum, block.data);
    const ColumnsRow<T> sum = exponentials_and_sum(channels, block.data);
    RowValues<T> logarithms(sum);
    logarithms.take_logarithms();
    for (index_t row = 0; row < count; ++row) {
      losses[first + row] = static_cast<double>(logarithms.data[row] - labelled.data[row]);
    }
    if (!p && !dx) return;
    for_each_column(channels, block.data,
                    [&](Vector<T> terms, index_t, int i) { return terms / sum.part[i]; });
    if (p) block.copy_to(count, channels, p + first * channels);
    if (!dx) return;
    for (index_t row = 0; row < count; ++row) {
      block.data[labels[first + row] * reduction_lanes + row] -= 1;
    }
    for_each_column(channels, block.data,
                    [&](Vector<T> terms, index_t, int) { return terms * scale; });
    block.copy_to(count, channels, dx + first * channels);
  });
}

template <class T>
void short_crossentropy_logits(index_t rows, index_t channels, const T* x, const T* targets,
                               T scale, T* p, T* dx, double* losses) {
  for_each_row_block(rows, [&](index_t first, index_t count) {
    TransposedRows<T> block(count, channels, x + first * channels);
    const TransposedRows<T> target(count, channels, targets + first * channels);
    const ColumnsRow<T> maximum =
        columns_maximum(channels, reduction_lanes, reduction_lanes, block.data);
    subtract_columns(channels, maximum, block.data);
    const ColumnsRow<T> products = columns_dot(channels, block.data, target.data);
    const ColumnsRow<T> target_sum = columns_sum(channels, target.data);
    const ColumnsRow<T> sum = exponentials_and_sum(channels, block.data);
    RowValues<T> loss(sum);
    loss.take_logarithms();
    ColumnsRow<T> difference = loss.row();
    for (int i = 0; i < difference.parts; ++i) {
      difference.part[i] = difference.part[i] * target_sum.part[i] - products.part[i];
    }
    difference.store_to(loss.data, reduction_lanes);
    for (index_t row = 0; row < count; ++row) {
      losses[first + row] = static_cast<double>(loss.data[row]);
    }
    if (!p && !dx) return;
    for_each_column(channels, block.data,
                    [&](Vector<T> terms, index_t, int i) { return terms / sum.part[i]; });
    if (p) block.copy_to(count, channels, p + first * channels);
    if (!dx) return;
    for_each_column(channels, block.data, [&](Vector<T> terms, index_t c, int i) {
      const Vector<T> wanted = load(target.data + c * reduction_lanes + i * lanes<T>);
      return (terms * target_sum.part[i] - wanted) * scale;
    });
    block.copy_to(count, channels, dx + first * channels);
  });
}

template <class T>
void short_label_crossentropy(index_t rows, index_t channels, const T* output,
                              const std::int64_t* labels, T scale, T* doutput, double* losses) {
  for_each_row_block(rows, [&](index_t first, index_t count) {
    const T* const from = output + first * channels;
    const TransposedRows<T> block(count, channels, from);
    const RowValues<T> sum(columns_sum(channels, block.data));
    RowValues<T> p(ColumnsRow<T>(1)), loss(ColumnsRow<T>(1));
    for (index_t row = 0; row < count; ++row) {
      p.data[row] = from[row * channels + labels[first + row]] / sum.data[row];
      loss.data[row] = clamp(p.data[row], clip_low<T>, clip_high<T>);
    }
    loss.take_logarithms();
    for (index_t row = 0; row < count; ++row) {
      losses[first + row] = static_cast<double>(-loss.data[row]);
      if (!doutput) continue;
      // With g = d loss / dp: d loss / d output_j = (g [j = label] - g p) / sum.
      const T slope = log_clip_grad(static_cast<T>(1), p.data[row]);
      const T others = -slope * p.data[row] / sum.data[row] * scale;
      T* const to = doutput + (first + row) * channels;
      for (index_t c = 0; c < channels; ++c) to[c] = others;
      to[labels[first + row]] = slope * (1 - p.data[row]) / sum.data[row] * scale;
    }
  });
}

template <class T>
void short_crossentropy(index_t rows, index_t channels, const T* output, const T* targets, T scale,
                        T* doutput, double* losses) {
  for_each_row_block(rows, [&](index_t first, index_t count) {
    TransposedRows<T> p(count, channels, output + first * channels);
    TransposedRows<T> target(count, channels, targets + first * channels);
    const ColumnsRow<T> sum = columns_sum(channels, p.data);
    for_each_column(channels, p.data,
                    [&](Vector<T> value, index_t, int i) { return value / sum.part[i]; });
    T logarithms[short_row * reduction_lanes];
    map(channels * reduction_lanes, p.data, logarithms,
        [](T x) { return logarithm(clamp(x, clip_low<T>, clip_high<T>)); });
    const RowValues<T> products(columns_dot(channels, target.data, logarithms));
    for (index_t row = 0; row < count; ++row) {
      losses[first + row] = static_cast<double>(-products.data[row]);
    }
    if (!doutput) return;
    // With g_c = d loss / dp_c: d loss / d output_j = (g_j - sum_c g_c p_c) / sum.
    map(channels * reduction_lanes, target.data, p.data, target.data,
        [](T wanted, T x) { return log_clip_grad(wanted, x); });
    const ColumnsRow<T> mean = columns_dot(channels, target.data, p.data);
    for_each_column(channels, target.data, [&](Vector<T> slope, index_t, int i) {
      return (slope - mean.part[i]) / sum.part[i] * scale;
    });
    target.copy_to(count, channels, doutput + first * channels);
  });
}
