// Transposition of a block in square tiles of one register's width. Nothing is computed: the bits
// of every number stay.

/// a[0], b[0], a[1], b[1], ...: the lower halves in turn. Written out, because that is what
/// compilers turn into shuffles.
template <class T>
inline Vector<T> zip_low(Vector<T> a, Vector<T> b) {
  if constexpr (lanes<T> == 2) {
    return Vector<T>{a[0], b[0]};
  } else if constexpr (lanes<T> == 4) {
    return Vector<T>{a[0], b[0], a[1], b[1]};
  } else if constexpr (lanes<T> == 8) {
    return Vector<T>{a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]};
  } else {
    return Vector<T>{a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3],
                     a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]};
  }
}

/// The upper halves in turn.
template <class T>
inline Vector<T> zip_high(Vector<T> a, Vector<T> b) {
  if constexpr (lanes<T> == 2) {
    return Vector<T>{a[1], b[1]};
  } else if constexpr (lanes<T> == 4) {
    return Vector<T>{a[2], b[2], a[3], b[3]};
  } else if constexpr (lanes<T> == 8) {
    return Vector<T>{a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]};
  } else {
    return Vector<T>{a[8],  b[8],  a[9],  b[9],  a[10], b[10], a[11], b[11],
                     a[12], b[12], a[13], b[13], a[14], b[14], a[15], b[15]};
  }
}

/// One tile, or the part of one that the block has: rows, columns <= lanes.
template <class T>
inline void transpose_tile(index_t rows, index_t columns, index_t x_step, const T* x,
                           index_t y_step, T* y) {
  constexpr int side = lanes<T>;
  Vector<T> tile[side];
#pragma GCC unroll 16
  for (int i = 0; i < side; ++i) {
    if (i >= rows) {
      tile[i] = Vector<T>{};
    } else {
      tile[i] = columns == side ? load(x + i * x_step) : load_first(x + i * x_step, columns);
    }
  }
  // Row i meets row i + side / 2; after log2(side) rounds every element has its place.
#pragma GCC unroll 4
  for (int width = 1; width < side; width *= 2) {
    Vector<T> zipped[side];
#pragma GCC unroll 8
    for (int i = 0; i < side / 2; ++i) {
      zipped[2 * i] = zip_low<T>(tile[i], tile[i + side / 2]);
      zipped[2 * i + 1] = zip_high<T>(tile[i], tile[i + side / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < side; ++i) tile[i] = zipped[i];
  }
#pragma GCC unroll 16
  for (int j = 0; j < side; ++j) {
    if (j >= columns) break;
    if (rows == side) {
      store(y + j * y_step, tile[j]);
    } else {
      store_first(y + j * y_step, tile[j], rows);
    }
  }
}

/// y[j * y_step + i] = x[i * x_step + j], i < rows, j < columns
template <class T>
void transpose(index_t rows, index_t columns, index_t x_step, const T* x, index_t y_step, T* y) {
  constexpr index_t side = lanes<T>;
  for (index_t j = 0; j < columns; j += side) {
    const index_t wide = columns - j < side ? columns - j : side;
    for (index_t i = 0; i < rows; i += side) {
      const index_t high = rows - i < side ? rows - i : side;
      transpose_tile(high, wide, x_step, x + i * x_step + j, y_step, y + j * y_step + i);
    }
  }
}
