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

/// With d = x[row][j] - centre[j] - rest[j]: sums[j] += sum of dy, products[j] += sum of dy d.
template <class T>
void column_products(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                     const T* centre, const T* rest, double* sums, double* products) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    T padded[reduction_lanes], padded_dy[reduction_lanes];
    T padded_centre[reduction_lanes], padded_rest[reduction_lanes];
    const T* const middle = whole_chunk(count, centre + j, padded_centre);
    const T* const little = whole_chunk(count, rest + j, padded_rest);
    Lanes<double> sum(0), product(0);
    for (index_t row = first; row < end; ++row) {
      const T* const chunk = whole_chunk(count, x + row * step + j, padded);
      const T* const slope = whole_chunk(count, dy + row * step + j, padded_dy);
      for (int i = 0; i < Lanes<double>::parts; ++i) {
        const index_t at = i * lanes<double>;
        const Vector<double> d = (widen(chunk + at) - widen(middle + at)) - widen(little + at);
        const Vector<double> g = widen(slope + at);
        sum.part[i] += g;
        product.part[i] += g * d;
      }
    }
    add_lanes(count, sum, sums + j);
    add_lanes(count, product, products + j);
  });
}

/// The sum of n doubles.
template <class T>
void sum_doubles(index_t n, const double* x, double* sum) {
  *sum = sum_row(n, x);
}

/// y = (x - centre - rest) scale + offset, by columns
template <class T>
void normalize_columns(index_t rows, index_t width, index_t step, const T* x, const T* centre,
                       const T* rest, const T* scale, const T* offset, T* y) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    index_t i = j;
    for (; i + lanes<T> <= j + count; i += lanes<T>) {
      const Vector<T> c = load(centre + i), r = load(rest + i), s = load(scale + i);
      const Vector<T> o = load(offset + i);
      for (index_t row = first; row < end; ++row) {
        store(y + row * step + i, ((load(x + row * step + i) - c) - r) * s + o);
      }
    }
    const index_t left = count & (lanes<T> - 1);
    if (left == 0) return;
    const Vector<T> c = load_first(centre + i, left), r = load_first(rest + i, left);
    const Vector<T> s = load_first(scale + i, left), o = load_first(offset + i, left);
    for (index_t row = first; row < end; ++row) {
      const Vector<T> value = load_first(x + row * step + i, left);
      store_first(y + row * step + i, ((value - c) - r) * s + o, left);
    }
  });
}

/// dx = dy slope - ((x - centre - rest) pull + offset), by columns
template <class T>
void normalize_columns_grad(index_t rows, index_t width, index_t step, const T* dy, const T* x,
                            const T* centre, const T* rest, const T* slope, const T* pull,
                            const T* offset, T* dx) {
  for_each_column_block(rows, width, [&](index_t first, index_t end, index_t j, index_t count) {
    index_t i = j;
    for (; i + lanes<T> <= j + count; i += lanes<T>) {
      const Vector<T> c = load(centre + i), r = load(rest + i);
      const Vector<T> s = load(slope + i), p = load(pull + i), o = load(offset + i);
      for (index_t row = first; row < end; ++row) {
        const Vector<T> back = ((load(x + row * step + i) - c) - r) * p + o;
        store(dx + row * step + i, load(dy + row * step + i) * s - back);
      }
    }
    const index_t left = count & (lanes<T> - 1);
    if (left == 0) return;
    const Vector<T> c = load_first(centre + i, left), r = load_first(rest + i, left);
    const Vector<T> s = load_first(slope + i, left), p = load_first(pull + i, left);
    const Vector<T> o = load_first(offset + i, left);
    for (index_t row = first; row < end; ++row) {
      const Vector<T> back = ((load_first(x + row * step + i, left) - c) - r) * p + o;
      store_first(dx + row * step + i, load_first(dy + row * step + i, left) * s - back, left);
    }
  });
}
