// Sums and maps over the columns of a matrix x (rows, width) whose rows are `step` numbers apart:
// rows are pixels, columns channels. Sums are taken in double, a column at a time in the order of
// the rows, so that no bit depends on how columns are cut into vectors.

/// Rows summed by themselves before they are added to the total; they also stay in the cache while
/// column after column is taken.
constexpr index_t summed_rows = 64;

template <class T>
struct HalfRegister {
  typedef T unaligned
      __attribute__((vector_size(register_bytes / 8 * sizeof(T)), aligned(alignof(T))));
};

/// As many numbers as a register holds doubles.
template <class T>
inline Vector<double> widen(const T* from) {
  return __builtin_convertvector(
      *reinterpret_cast<const typename HalfRegister<T>::unaligned*>(from), Vector<double>);
}

/// `from`, or a copy of its first `count` numbers that zeros fill up to reduction_lanes.
template <class T>
inline const T* whole_chunk(index_t count, const T* from, T* padded) {
  if (count == reduction_lanes) return from;
  const index_t left = count & (lanes<T> - 1);
  const Vector<T> zeros = {};
  for (index_t i = 0; i < reduction_lanes; i += lanes<T>) store(padded + i, zeros);
  for (index_t i = 0; i < count - left; i += lanes<T>) store(padded + i, load(from + i));
  if (left > 0) store(padded + count - left, load_first(from + count - left, left));
  return padded;
}

inline void add_lanes(index_t count, const Lanes<double>& sum, double* total) {
  double lane[reduction_lanes];
  for (int i = 0; i < Lanes<double>::parts; ++i) store(lane + i * lanes<double>, sum.part[i]);
  for (index_t i = 0; i < count; ++i) total[i] += lane[i];
}

/// Calls body(first row, end of rows, first column, columns) for blocks in which sums are taken.
template <class Body>
inline void for_each_column_block(index_t rows, index_t width, const Body& body) {
  for (index_t first = 0; first < rows; first += summed_rows) {
    const index_t end = rows - first < summed_rows ? rows : first + summed_rows;
    for (index_t j = 0; j < width; j += reduction_lanes) {
      body(first, end, j, width - j < reduction_lanes ? width - j : index_t{reduction_lanes});
    }
  }
}

/// sums[j] += sum over rows of x[row][j]
template <class T>
void column_sums(index_t rows, index_t width, index_t step, const T* x, double* sums) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    T padded[reduction_lanes];
    Lanes<double> sum(0);
    for (index_t row = first; row < end; ++row) {
      const T* const chunk = whole_chunk(count, x + row * step + j, padded);
      for (int i = 0; i < Lanes<double>::parts; ++i)
        sum.part[i] += widen(chunk + i * lanes<double>);
    }
    add_lanes(count, sum, sums + j);
  });
}

/// With d = x[row][j] - centre[j]: sums[j] += sum of d, squares[j] += sum of d^2.
template <class T>
void column_moments(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                    double* sums, double* squares) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    T padded[reduction_lanes], padded_centre[reduction_lanes];
    const T* const middle = whole_chunk(count, centre + j, padded_centre);
    Lanes<double> sum(0), square(0);
    for (index_t row = first; row < end; ++row) {
      const T* const chunk = whole_chunk(count, x + row * step + j, padded);
      for (int i = 0; i < Lanes<double>::parts; ++i) {
        const index_t at = i * lanes<double>;
        const Vector<double> d = widen(chunk + at) - widen(middle + at);
        sum.part[i] += d;
        square.part[i] += d * d;
      }
    }
    add_lanes(count, sum, sums + j);
    add_lanes(count, square, squares + j);
  });
}

/// y = (x - centre - rest) scale + offset by columns, and relu of it where `rectified`.
template <class T, bool rectified>
struct ColumnMap {
  Vector<T> centre, rest, scale, offset;

  Vector<T> affine(Vector<T> x) const { return ((x - centre) - rest) * scale + offset; }
  Vector<T> operator()(Vector<T> x) const {
    const Vector<T> y = affine(x), zeros = {};
    return rectified ? (y < 0 ? zeros : y) : y;  // a NaN fails the comparison and is kept
  }
  /// dy where relu let y pass: y is computed again, by the expression that gave it.
  Vector<T> back(Vector<T> x, Vector<T> dy) const {
    const Vector<T> zeros = {};
    return rectified ? (affine(x) > 0 ? dy : zeros) : dy;
  }
};

/// One value for each column.
template <class T>
struct ColumnValues {
  const T *centre, *rest, *scale, *offset;

  template <bool rectified>
  ColumnMap<T, rectified> map(index_t j) const {
    return {load(centre + j), load(rest + j), load(scale + j), load(offset + j)};
  }
  template <bool rectified>
  ColumnMap<T, rectified> map_first(index_t j, index_t count) const {
    return {load_first(centre + j, count), load_first(rest + j, count),
            load_first(scale + j, count), load_first(offset + j, count)};
  }
};

template <class T, bool rectified>
inline void sum_products(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                         const ColumnValues<T>& columns, double* sums, double* products) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    T padded[reduction_lanes], padded_dy[reduction_lanes], passed[reduction_lanes];
    T centre[reduction_lanes], rest[reduction_lanes], scale[reduction_lanes];
    T offset[reduction_lanes];
    const ColumnValues<T> own{whole_chunk(count, columns.centre + j, centre),
                              whole_chunk(count, columns.rest + j, rest),
                              rectified ? whole_chunk(count, columns.scale + j, scale) : nullptr,
                              rectified ? whole_chunk(count, columns.offset + j, offset) : nullptr};
    Lanes<double> sum(0), product(0);
    for (index_t row = first; row < end; ++row) {
      const T* const chunk = whole_chunk(count, x + row * step + j, padded);
      const T* slope = whole_chunk(count, dy + row * step + j, padded_dy);
      if constexpr (rectified) {
        for (index_t i = 0; i < reduction_lanes; i += lanes<T>) {
          const auto map = own.template map<true>(i);
          store(passed + i, map.back(load(chunk + i), load(slope + i)));
        }
        slope = passed;
      }
      for (int i = 0; i < Lanes<double>::parts; ++i) {
        const index_t at = i * lanes<double>;
        const Vector<double> d =
            (widen(chunk + at) - widen(own.centre + at)) - widen(own.rest + at);
        const Vector<double> g = widen(slope + at);
        sum.part[i] += g;
        product.part[i] += g * d;
      }
    }
    add_lanes(count, sum, sums + j);
    add_lanes(count, product, products + j);
  });
}

/// With d = x[row][j] - centre[j] - rest[j]: sums[j] += sum of dy, products[j] += sum of dy d.
template <class T>
void column_products(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                     const T* centre, const T* rest, double* sums, double* products) {
  sum_products<T, false>(rows, width, step, dy, x, {centre, rest, nullptr, nullptr}, sums,
                         products);
}

/// The same with dy only where (x - centre - rest) scale + offset > 0.
template <class T>
void column_products_relu(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                          const T* centre, const T* rest, const T* scale, const T* offset,
                          double* sums, double* products) {
  sum_products<T, true>(rows, width, step, dy, x, {centre, rest, scale, offset}, sums, products);
}

/// The sum of n doubles.
template <class T>
void sum_doubles(index_t n, const double* x, double* sum) {
  *sum = sum_row(n, x);
}

template <class T, bool rectified>
inline void map_columns(index_t rows, index_t width, index_t step, const T* x,
                        const ColumnValues<T>& columns, T* y) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    index_t i = j;
    for (; i + lanes<T> <= j + count; i += lanes<T>) {
      const auto map = columns.template map<rectified>(i);
      for (index_t row = first; row < end; ++row) {
        store(y + row * step + i, map(load(x + row * step + i)));
      }
    }
    const index_t left = count & (lanes<T> - 1);
    if (left == 0) return;
    const auto map = columns.template map_first<rectified>(i, left);
    for (index_t row = first; row < end; ++row) {
      store_first(y + row * step + i, map(load_first(x + row * step + i, left)), left);
    }
  });
}

/// y = (x - centre - rest) scale + offset, by columns
template <class T>
void normalize_columns(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                       const T* rest, const T* scale, const T* offset, T* y) {
  map_columns<T, false>(rows, width, step, x, {centre, rest, scale, offset}, y);
}

/// y = relu((x - centre - rest) scale + offset), by columns
template <class T>
void normalize_columns_relu(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                            const T* rest, const T* scale, const T* offset, T* y) {
  map_columns<T, true>(rows, width, step, x, {centre, rest, scale, offset}, y);
}

template <class T, bool rectified>
inline void map_columns_back(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                             const ColumnValues<T>& columns, const T* pull, const T* push, T* dx) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    index_t i = j;
    for (; i + lanes<T> <= j + count; i += lanes<T>) {
      const auto map = columns.template map<rectified>(i);
      const Vector<T> p = load(pull + i), o = load(push + i);
      for (index_t row = first; row < end; ++row) {
        const Vector<T> value = load(x + row * step + i);
        const Vector<T> g = map.back(value, load(dy + row * step + i));
        const Vector<T> away = ((value - map.centre) - map.rest) * p + o;
        store(dx + row * step + i, g * map.scale - away);
      }
    }
    const index_t left = count & (lanes<T> - 1);
    if (left == 0) return;
    const auto map = columns.template map_first<rectified>(i, left);
    const Vector<T> p = load_first(pull + i, left), o = load_first(push + i, left);
    for (index_t row = first; row < end; ++row) {
      const Vector<T> value = load_first(x + row * step + i, left);
      const Vector<T> g = map.back(value, load_first(dy + row * step + i, left));
      const Vector<T> away = ((value - map.centre) - map.rest) * p + o;
      store_first(dx + row * step + i, g * map.scale - away, left);
    }
  });
}

/// dx = dy scale - ((x - centre - rest) pull + push), by columns
template <class T>
void normalize_columns_grad(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                            const T* centre, const T* rest, const T* scale, const T* pull,
                            const T* push, T* dx) {
  map_columns_back<T, false>(rows, width, step, dy, x, {centre, rest, scale, scale}, pull, push,
                             dx);
}

/// The same with dy only where (x - centre - rest) scale + offset > 0.
template <class T>
void normalize_columns_relu_grad(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                                 const T* centre, const T* rest, const T* scale, const T* offset,
                                 const T* pull, const T* push, T* dx) {
  map_columns_back<T, true>(rows, width, step, dy, x, {centre, rest, scale, offset}, pull, push,
                            dx);
}
