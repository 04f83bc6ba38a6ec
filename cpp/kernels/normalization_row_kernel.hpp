// Normalisation of one row of n numbers: sums over all of it, taken in double by lanes, and maps.

/// Calls add with pointers to chunks of reduction_lanes numbers; the last is filled up with the
/// padding.
template <class T, class Add>
inline void for_each_row_chunk(index_t n, const T* x, T padding, const Add& add) {
  const index_t left = n & (reduction_lanes - 1);
  for (index_t i = 0; i < n - left; i += reduction_lanes) add(x + i);
  if (left == 0) return;
  RowBlock<T> tail;
  tail.load(left, x + (n - left), padding);
  add(tail.data);
}

/// The sum of x
template <class T>
void row_sum(index_t n, const T* x, double* sum) {
  Lanes<double> total(0);
  for_each_row_chunk(n, x, T{0}, [&](const T* chunk) {
    for (int i = 0; i < Lanes<double>::parts; ++i) {
      total.part[i] += widen(chunk + i * lanes<double>);
    }
  });
  *sum = total.sum();
}

/// With d = x - centre: the sums of d and of d^2
template <class T>
void row_moments(index_t n, const T* x, T centre, double* sum, double* squares) {
  const Vector<double> middle = Vector<double>{} + static_cast<double>(centre);
  Lanes<double> total(0), square(0);
  for_each_row_chunk(n, x, centre, [&](const T* chunk) {
    for (int i = 0; i < Lanes<double>::parts; ++i) {
      const Vector<double> d = widen(chunk + i * lanes<double>) - middle;
      total.part[i] += d;
      square.part[i] += d * d;
    }
  });
  *sum = total.sum();
  *squares = square.sum();
}

/// With g = dy gamma and d = x - centre - rest: the sums of g and of g d. dgamma += dy d scale and
/// dbeta += dy, number by number.
template <class T>
void row_products(index_t n, const T* dy, const T* x, const T* gamma, T centre, T rest, T scale,
                  double* sum, double* product, double* dgamma, double* dbeta) {
  const Vector<double> middle = Vector<double>{} + static_cast<double>(centre);
  const Vector<double> little = Vector<double>{} + static_cast<double>(rest);
  const Vector<double> factor = Vector<double>{} + static_cast<double>(scale);
  Lanes<double> total(0), products(0);
  const auto add = [&](const T* slope, const T* chunk, const T* weight, double* to_gamma,
                       double* to_beta) {
    for (int i = 0; i < Lanes<double>::parts; ++i) {
      const index_t j = i * lanes<double>;
      const Vector<double> d = (widen(chunk + j) - middle) - little;
      const Vector<double> back = widen(slope + j);
      const Vector<double> g = back * widen(weight + j);
      const Vector<double> normal = d * factor;
      total.part[i] += g;
      products.part[i] += g * d;
      store(to_gamma + j, load(to_gamma + j) + back * normal);
      store(to_beta + j, load(to_beta + j) + back);
    }
  };
  const index_t left = n & (reduction_lanes - 1), whole = n - left;
  for (index_t i = 0; i < whole; i += reduction_lanes) {
    add(dy + i, x + i, gamma + i, dgamma + i, dbeta + i);
  }
  if (left > 0) {
    RowBlock<T> slope, chunk, weight;
    double to_gamma[reduction_lanes] = {}, to_beta[reduction_lanes] = {};
    slope.load(left, dy + whole, 0);
    chunk.load(left, x + whole, centre);
    weight.load(left, gamma + whole, 0);
    for (index_t i = 0; i < left; ++i) {
      to_gamma[i] = dgamma[whole + i];
      to_beta[i] = dbeta[whole + i];
    }
    add(slope.data, chunk.data, weight.data, to_gamma, to_beta);
    for (index_t i = 0; i < left; ++i) {
      dgamma[whole + i] = to_gamma[i];
      dbeta[whole + i] = to_beta[i];
    }
  }
  *sum = total.sum();
  *product = products.sum();
}

/// Calls map(load, store) for vectors of a row: load(pointer) gives the vector of the row there.
template <class T, class Map>
inline void map_row(index_t n, const Map& map) {
  index_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    map([i](const T* from) { return load(from + i); },
        [i](T* to, Vector<T> value) { store(to + i, value); });
  }
  const index_t left = n - i;
  if (left == 0) return;
  map([i, left](const T* from) { return load_first(from + i, left); },
      [i, left](T* to, Vector<T> value) { store_first(to + i, value, left); });
}

/// y = (x - centre - rest) (scale gamma) + beta
template <class T>
void normalize_row(index_t n, const T* x, T centre, T rest, T scale, const T* gamma, const T* beta,
                   T* y) {
  map_row<T>(n, [&](const auto& from, const auto& to) {
    const Vector<T> slope = scale * from(gamma);
    to(y, ((from(x) - centre) - rest) * slope + from(beta));
  });
}

/// dx = dy (scale gamma) - ((x - centre - rest) pull + offset)
template <class T>
void normalize_row_grad(index_t n, const T* dy, const T* x, T centre, T rest, T scale,
                        const T* gamma, T pull, T offset, T* dx) {
  map_row<T>(n, [&](const auto& from, const auto& to) {
    const Vector<T> slope = scale * from(gamma);
    const Vector<T> back = ((from(x) - centre) - rest) * pull + offset;
    to(dx, from(dy) * slope - back);
  });
}
