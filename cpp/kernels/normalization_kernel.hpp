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

/// `from`, or a copy of its first `count` numbers that zeros fill up to reduction_lanes if they are
/// fewer.
template <class T>
inline const T* whole_chunk(index_t count, const T* from, T* padded) {
  if (count >= reduction_lanes) return from;
  const index_t left = count & (lanes<T> - 1);
  const Vector<T> zeros = {};
  for (index_t i = 0; i < reduction_lanes; i += lanes<T>) store(padded + i, zeros);
  for (index_t i = 0; i < count - left; i += lanes<T>) store(padded + i, load(from + i));
  if (left > 0) store(padded + count - left, load_first(from + count - left, left));
  return padded;
}

/// Chunks of reduction_lanes columns worked on together: what registers hold, and some cache lines
/// of each row, so that the memory is read in order.
constexpr int wide_chunks = register_bytes == 64 ? 4 : 1;

/// Sums of the columns of `chunks` chunks.
template <int CHUNKS>
struct ColumnSums {
  static constexpr int parts = CHUNKS * Lanes<double>::parts;

  Vector<double> part[parts];

  ColumnSums() {
    for (int i = 0; i < parts; ++i) part[i] = Vector<double>{};
  }
  /// The first `count` columns.
  void add_to(index_t count, double* total) const {
    double lane[CHUNKS * reduction_lanes];
    for (int i = 0; i < parts; ++i) store(lane + i * lanes<double>, part[i]);
    for (index_t i = 0; i < count; ++i) total[i] += lane[i];
  }
};

/// Calls body(chunks, first row, end of rows, first column, columns) for blocks in which sums are
/// taken; `columns` fill the chunks, unless it is one.
template <class Body>
inline void for_each_column_block(index_t rows, index_t width, const Body& body) {
  constexpr index_t wide = wide_chunks * reduction_lanes;
  for (index_t first = 0; first < rows; first += summed_rows) {
    const index_t end = rows - first < summed_rows ? rows : first + summed_rows;
    index_t j = 0;
    if constexpr (wide_chunks > 1) {
      for (; j + wide <= width; j += wide) body(Constant<wide_chunks>{}, first, end, j, wide);
    }
    for (; j < width; j += reduction_lanes) {
      const index_t left = width - j;
      body(Constant<1>{}, first, end, j, left < reduction_lanes ? left : index_t{reduction_lanes});
    }
  }
}

/// sums[j] += sum over rows of x[row][j]
template <class T>
void column_sums(index_t rows, index_t width, index_t step, const T* x, double* sums) {
  for_each_column_block(rows, width,
                        [&](auto chunks, index_t first, index_t end, index_t j, index_t count) {
                          using Sums = ColumnSums<decltype(chunks)::value>;
                          T padded[reduction_lanes];
                          Sums sum;
                          for (index_t row = first; row < end; ++row) {
                            const T* const chunk = whole_chunk(count, x + row * step + j, padded);
#pragma GCC unroll 8
                            for (int i = 0; i < Sums::parts; ++i)
                              sum.part[i] += widen(chunk + i * lanes<double>);
                          }
                          sum.add_to(count, sums + j);
                        });
}

/// With d = x[row][j] - centre[j]: sums[j] += sum of d, squares[j] += sum of d^2.
template <class T>
void column_moments(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                    double* sums, double* squares) {
  for_each_column_block(rows, width,
                        [&](auto chunks, index_t first, index_t end, index_t j, index_t count) {
                          using Sums = ColumnSums<decltype(chunks)::value>;
                          T padded[reduction_lanes], padded_centre[reduction_lanes];
                          const T* const middle = whole_chunk(count, centre + j, padded_centre);
                          Sums sum, square;
                          for (index_t row = first; row < end; ++row) {
                            const T* const chunk = whole_chunk(count, x + row * step + j, padded);
#pragma GCC unroll 8
                            for (int i = 0; i < Sums::parts; ++i) {
                              const index_t at = i * lanes<double>;
                              const Vector<double> d = widen(chunk + at) - widen(middle + at);
                              sum.part[i] += d;
                              square.part[i] += d * d;
                            }
                          }
                          sum.add_to(count, sums + j);
                          square.add_to(count, squares + j);
                        });
}

/// y = (x - centre - rest) scale + offset by columns, and relu of it, up to max_value, where
/// `rectified`.
template <class T, bool rectified>
struct ColumnMap {
  Vector<T> centre, rest, scale, offset;
  T max_value;

  Vector<T> affine(Vector<T> x) const { return ((x - centre) - rest) * scale + offset; }
  Vector<T> operator()(Vector<T> x) const {
    const Vector<T> y = affine(x), zeros = {};
    return rectified ? limited<T>(y < 0 ? zeros : y, max_value) : y;  // NaNs fail comparisons: kept
  }
  /// dy where relu let y pass: y is computed again, by the expression that gave it.
  Vector<T> back(Vector<T> x, Vector<T> dy) const {
    if (!rectified) return dy;
    const Vector<T> y = affine(x), zeros = {};
    return y > 0 ? (y >= reachable(max_value) ? zeros : dy) : zeros;
  }
};

/// One value for each column.
template <class T>
struct ColumnValues {
  const T *centre, *rest, *scale, *offset;
  T max_value = infinity<T>;

  template <bool rectified>
  ColumnMap<T, rectified> map(index_t j) const {
    return {load(centre + j), load(rest + j), load(scale + j), load(offset + j), max_value};
  }
  template <bool rectified>
  ColumnMap<T, rectified> map_first(index_t j, index_t count) const {
    return {load_first(centre + j, count), load_first(rest + j, count),
            load_first(scale + j, count), load_first(offset + j, count), max_value};
  }
};

template <class T, bool rectified>
inline void sum_products(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                         const ColumnValues<T>& columns, double* sums, double* products) {
  for_each_column_block(
      rows, width, [&](auto chunks, index_t first, index_t end, index_t j, index_t count) {
        using Sums = ColumnSums<decltype(chunks)::value>;
        constexpr int numbers = decltype(chunks)::value * reduction_lanes;
        T padded[reduction_lanes], padded_dy[reduction_lanes], passed[numbers];
        T centre[reduction_lanes], rest[reduction_lanes];
        T scale[reduction_lanes], offset[reduction_lanes];
        const ColumnValues<T> own{
            whole_chunk(count, columns.centre + j, centre),
            whole_chunk(count, columns.rest + j, rest),
            rectified ? whole_chunk(count, columns.scale + j, scale) : nullptr,
            rectified ? whole_chunk(count, columns.offset + j, offset) : nullptr,
            columns.max_value};
        Sums sum, product;
        for (index_t row = first; row < end; ++row) {
          const T* const chunk = whole_chunk(count, x + row * step + j, padded);
          const T* slope = whole_chunk(count, dy + row * step + j, padded_dy);
          if constexpr (rectified) {
            for (index_t i = 0; i < numbers; i += lanes<T>) {
              const auto map = own.template map<true>(i);
              store(passed + i, map.back(load(chunk + i), load(slope + i)));
            }
            slope = passed;
          }
#pragma GCC unroll 8
          for (int i = 0; i < Sums::parts; ++i) {
            const index_t at = i * lanes<double>;
            const Vector<double> d =
                (widen(chunk + at) - widen(own.centre + at)) - widen(own.rest + at);
            const Vector<double> g = widen(slope + at);
            sum.part[i] += g;
            product.part[i] += g * d;
          }
        }
        sum.add_to(count, sums + j);
        product.add_to(count, products + j);
      });
}

/// With d = x[row][j] - centre[j] - rest[j]: sums[j] += sum of dy, products[j] += sum of dy d.
template <class T>
void column_products(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                     const T* centre, const T* rest, double* sums, double* products) {
  sum_products<T, false>(rows, width, step, dy, x, {centre, rest, nullptr, nullptr}, sums,
                         products);
}

/// The same with dy only where (x - centre - rest) scale + offset > 0 and < max_value.
template <class T>
void column_products_relu(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                          const T* centre, const T* rest, const T* scale, const T* offset,
                          T max_value, double* sums, double* products) {
  sum_products<T, true>(rows, width, step, dy, x, {centre, rest, scale, offset, max_value}, sums,
                        products);
}

/// The sum of n doubles.
template <class T>
void sum_doubles(index_t n, const double* x, double* sum) {
  *sum = sum_row(n, x);
}

/// Calls few(offset, left) for vectors of a block's columns where they are not whole chunks; the
/// last vector may have fewer columns, `left`.
template <class T, class Few>
inline void for_each_vector(index_t j, index_t count, const Few& few) {
  for (index_t i = j; i < j + count; i += lanes<T>) {
    few(i, j + count - i < lanes<T> ? j + count - i : index_t{lanes<T>});
  }
}

/// Behind a map: nothing.
template <class T>
struct Unchanged {
  Vector<T> operator()(Vector<T> value, index_t /*at*/, index_t /*left*/) const { return value; }
};

/// Behind a map: a sum, and relu if wanted. addend [rows][step]
template <class T>
struct Added {
  const T* addend;
  bool relu;

  Vector<T> operator()(Vector<T> value, index_t at, index_t left) const {
    const Vector<T> zero{};
    value += left == lanes<T> ? load(addend + at) : load_first(addend + at, left);
    return relu ? (value < zero ? zero : value) : value;
  }
};

template <class T, bool rectified, class Behind>
inline void map_columns(index_t rows, index_t width, index_t step, const T* x,
                        const ColumnValues<T>& columns, const Behind& behind, T* y) {
  for_each_column_block(
      rows, width, [&](auto chunks, index_t first, index_t end, index_t j, index_t count) {
        constexpr int vectors = decltype(chunks)::value * reduction_lanes / lanes<T>;
        if (count == vectors * lanes<T>) {
          ColumnMap<T, rectified> map[vectors];
#pragma GCC unroll 8
          for (int v = 0; v < vectors; ++v) {
            map[v] = columns.template map<rectified>(j + v * lanes<T>);
          }
          for (index_t row = first; row < end; ++row) {
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v) {
              const index_t at = row * step + j + v * lanes<T>;
              store(y + at, behind(map[v](load(x + at)), at, lanes<T>));
            }
          }
          return;
        }
        for_each_vector<T>(j, count, [&](index_t i, index_t left) {
          const auto map = columns.template map_first<rectified>(i, left);
          for (index_t row = first; row < end; ++row) {
            const index_t at = row * step + i;
            store_first(y + at, behind(map(load_first(x + at, left)), at, left), left);
          }
        });
      });
}

/// y = (x - centre - rest) scale + offset, by columns
template <class T>
void normalize_columns(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                       const T* rest, const T* scale, const T* offset, T* y) {
  map_columns<T, false>(rows, width, step, x, {centre, rest, scale, offset}, Unchanged<T>{}, y);
}

/// y = relu((x - centre - rest) scale + offset) up to max_value, by columns
template <class T>
void normalize_columns_relu(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                            const T* rest, const T* scale, const T* offset, T max_value, T* y) {
  map_columns<T, true>(rows, width, step, x, {centre, rest, scale, offset, max_value},
                       Unchanged<T>{}, y);
}

/// y = (x - centre - rest) scale + offset + addend, by columns, then relu if wanted
template <class T>
void normalize_columns_add(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                           const T* rest, const T* scale, const T* offset, const T* addend,
                           bool relu, T* y) {
  map_columns<T, false>(rows, width, step, x, {centre, rest, scale, offset}, Added<T>{addend, relu},
                        y);
}

template <class T, bool rectified>
inline void map_columns_back(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                             const ColumnValues<T>& columns, const T* pull, const T* push, T* dx) {
  const auto back = [](const ColumnMap<T, rectified>& map, Vector<T> p, Vector<T> o,
                       Vector<T> value, Vector<T> slope) {
    const Vector<T> away = ((value - map.centre) - map.rest) * p + o;
    return map.back(value, slope) * map.scale - away;
  };
  for_each_column_block(
      rows, width, [&](auto chunks, index_t first, index_t end, index_t j, index_t count) {
        constexpr int vectors = decltype(chunks)::value * reduction_lanes / lanes<T>;
        if (count == vectors * lanes<T>) {
          ColumnMap<T, rectified> map[vectors];
          Vector<T> p[vectors], o[vectors];
#pragma GCC unroll 8
          for (int v = 0; v < vectors; ++v) {
            const index_t i = j + v * lanes<T>;
            map[v] = columns.template map<rectified>(i);
            p[v] = load(pull + i), o[v] = load(push + i);
          }
          for (index_t row = first; row < end; ++row) {
#pragma GCC unroll 8
            for (int v = 0; v < vectors; ++v) {
              const index_t at = row * step + j + v * lanes<T>;
              store(dx + at, back(map[v], p[v], o[v], load(x + at), load(dy + at)));
            }
          }
          return;
        }
        for_each_vector<T>(j, count, [&](index_t i, index_t left) {
          const auto map = columns.template map_first<rectified>(i, left);
          const Vector<T> p = load_first(pull + i, left), o = load_first(push + i, left);
          for (index_t row = first; row < end; ++row) {
            const Vector<T> value = load_first(x + row * step + i, left);
            const Vector<T> slope = load_first(dy + row * step + i, left);
            store_first(dx + row * step + i, back(map, p, o, value, slope), left);
          }
        });
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

/// The same with dy only where (x - centre - rest) scale + offset > 0 and < max_value.
template <class T>
void normalize_columns_relu_grad(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                                 const T* centre, const T* rest, const T* scale, const T* offset,
                                 T max_value, const T* pull, const T* push, T* dx) {
  map_columns_back<T, true>(rows, width, step, dy, x, {centre, rest, scale, offset, max_value},
                            pull, push, dx);
}
