// The transformations of Winograd's convolution F(2x2, 3x3): four outputs of a 3x3 window from 16
// products, where the sum of the definition has 36 (Lavin and Gray 2016, section 4.1).
//
//   y = A' [(G g G') o (B' d B)] A     d (4, 4) input pixels, g (3, 3) kernel, y (2, 2) outputs
//   dg = G' [(B' d B) o (A dy A')] G   its gradient, summed over tiles
//
//   B' = 1  0 -1  0    G = 1    0    0     A' = 1  1  1  0
//        0  1  1  0        1/2  1/2  1/2        0  1 -1 -1
//        0 -1  1  0        1/2 -1/2  1/2
//        0  1  0 -1        0    0    1
//
// Each element of `to` [16] lies `step` behind the one before, as its matrix is read row by row.
// Nothing is rounded but sums: halves are exact.

/// A register of numbers, of which `left` are there; the others are zeros.
template <class T>
inline Vector<T> load_left(const T* from, index_t left) {
  return left >= lanes<T> ? load(from) : load_first(from, left);
}

/// G times a column of three.
template <class V>
inline void winograd_widen(const V& g0, const V& g1, const V& g2, V* out) {
  const V outer = (g0 + g2) * 0.5f, middle = g1 * 0.5f;
  out[0] = g0;
  out[1] = outer + middle;
  out[2] = outer - middle;
  out[3] = g2;
}

/// G' times a column of four.
template <class V>
inline void winograd_narrow(const V& m0, const V& m1, const V& m2, const V& m3, V* out) {
  const V sum = (m1 + m2) * 0.5f, difference = (m1 - m2) * 0.5f;
  out[0] = m0 + sum;
  out[1] = difference;
  out[2] = sum + m3;
}

/// G g G' of each of a kernel's (rows, columns) pairs of channel and filter.
/// kernel [9][rows][columns], taps and rows the steps apart; to [16][rows][width], zeros behind the
/// last column.
template <class T>
void winograd_kernel(index_t rows, index_t columns, index_t tap_step, index_t row_step,
                     const T* kernel, index_t width, T* to, index_t step) {
  for (index_t row = 0; row < rows; ++row, kernel += row_step, to += width) {
    for (index_t j = 0; j < columns; j += lanes<T>) {
      const index_t left = columns - j;
      Vector<T> wide[3][4];
      for (int b = 0; b < 3; ++b) {
        const auto tap = [&](int a) {
          return load_left(kernel + (3 * a + b) * tap_step + j, left);
        };
        winograd_widen(tap(0), tap(1), tap(2), wide[b]);
      }
      for (int a = 0; a < 4; ++a) {
        Vector<T> out[4];
        winograd_widen(wide[0][a], wide[1][a], wide[2][a], out);
        for (int b = 0; b < 4; ++b) store(to + (4 * a + b) * step + j, out[b]);
      }
    }
  }
}

/// G' m G of (rows, columns) sums; m [16][rows][...], to [9][rows][columns].
template <class T>
void winograd_kernel_grad(index_t rows, index_t columns, index_t step, index_t row_step, const T* m,
                          index_t tap_step, index_t to_row_step, T* to) {
  for (index_t row = 0; row < rows; ++row, m += row_step, to += to_row_step) {
    for (index_t j = 0; j < columns; j += lanes<T>) {
      const index_t left = columns - j;
      Vector<T> narrow[4][3];
      for (int b = 0; b < 4; ++b) {
        const auto sum = [&](int a) { return load_left(m + (4 * a + b) * step + j, left); };
        winograd_narrow(sum(0), sum(1), sum(2), sum(3), narrow[b]);
      }
      for (int a = 0; a < 3; ++a) {
        Vector<T> out[3];
        winograd_narrow(narrow[0][a], narrow[1][a], narrow[2][a], narrow[3][a], out);
        for (int b = 0; b < 3; ++b) {
          T* const at = to + (3 * a + b) * tap_step + j;
          left >= lanes<T> ? store(at, out[b]) : store_first(at, out[b], left);
        }
      }
    }
  }
}

/// B' d B of a tile; pixels [16] of `channels` numbers each, to [16][channels in whole vectors].
template <class T>
void winograd_input(const T* const* pixels, index_t channels, T* to, index_t step) {
  for (index_t c = 0; c < channels; c += lanes<T>) {
    const index_t left = channels - c;
    Vector<T> rows[4][4];
    for (int b = 0; b < 4; ++b) {
      const auto pixel = [&](int a) { return load_left(pixels[4 * a + b] + c, left); };
      const Vector<T> d0 = pixel(0), d1 = pixel(1), d2 = pixel(2), d3 = pixel(3);
      rows[0][b] = d0 - d2;
      rows[1][b] = d1 + d2;
      rows[2][b] = d2 - d1;
      rows[3][b] = d1 - d3;
    }
    for (int a = 0; a < 4; ++a) {
      T* const out = to + 4 * a * step + c;
      store(out, rows[a][0] - rows[a][2]);
      store(out + step, rows[a][1] + rows[a][2]);
      store(out + 2 * step, rows[a][2] - rows[a][1]);
      store(out + 3 * step, rows[a][1] - rows[a][3]);
    }
  }
}

/// A dy A' of a tile; pixels [4] of `columns` numbers each, to [16][columns in whole vectors].
template <class T>
void winograd_output_grad(const T* const* pixels, index_t columns, T* to, index_t step) {
  for (index_t j = 0; j < columns; j += lanes<T>) {
    const index_t left = columns - j;
    Vector<T> rows[4][2];
    for (int b = 0; b < 2; ++b) {
      const auto pixel = [&](int a) { return load_left(pixels[2 * a + b] + j, left); };
      const Vector<T> dy0 = pixel(0), dy1 = pixel(1);
      rows[0][b] = dy0;
      rows[1][b] = dy0 + dy1;
      rows[2][b] = dy0 - dy1;
      rows[3][b] = -dy1;
    }
    for (int a = 0; a < 4; ++a) {
      T* const out = to + 4 * a * step + j;
      store(out, rows[a][0]);
      store(out + step, rows[a][0] + rows[a][1]);
      store(out + 2 * step, rows[a][0] - rows[a][1]);
      store(out + 3 * step, -rows[a][1]);
    }
  }
}

/// A' m A of a tile, and what a convolution does to its outputs; see WinogradOutput.
template <class T>
void winograd_output(const WinogradOutput<T>& tile) {
  for (index_t j = 0; j < tile.columns; j += lanes<T>) {
    Vector<T> rows[2][4];
    for (int b = 0; b < 4; ++b) {
      const auto sum = [&](int a) { return load(tile.sums + (4 * a + b) * tile.step + j); };
      const Vector<T> m0 = sum(0), m1 = sum(1), m2 = sum(2), m3 = sum(3);
      rows[0][b] = m0 + m1 + m2;
      rows[1][b] = m1 - m2 - m3;
    }
    const index_t columns = tile.columns - j < lanes<T> ? tile.columns - j : lanes<T>;
    const T* const bias = tile.bias ? tile.bias + j : nullptr;
    for (int a = 0; a < 2; ++a) {
      const Vector<T> y[2] = {rows[a][0] + rows[a][1] + rows[a][2],
                              rows[a][1] - rows[a][2] - rows[a][3]};
      for (int b = 0; b < 2; ++b) {
        T* const out = tile.out[2 * a + b];
        if (out == nullptr) continue;
        finish_row<T, 1>(&y[b], out + j, columns, bias, tile.accumulate, tile.relu && !tile.finish);
      }
    }
  }
  if (!tile.finish) return;
  for (T* const out : tile.out) {
    if (out != nullptr) finish_written_row(*tile.finish, out, tile.columns, tile.relu);
  }
}
