// Depthwise convolution of one row of pixels (DepthwiseRow, table.hpp) and its kernel gradient.
//
// A tile is some neighbouring pixels and one register of channels. What several of its windows
// read is loaded once; its sums stay in registers for all taps, each one chain of fused
// multiply-adds in the order of the taps. In the kernel gradient the chains run over pixels and
// stay in memory from tile to tile: the registers hold them for the pixels of one.

/// Channels worked on for a whole row before the next are begun: their kernel, or its gradient,
/// stays in the first cache.
constexpr index_t depthwise_channels = 256;

template <class T, bool WHOLE>
inline Vector<T> load_lanes(const T* from, index_t count) {
  if constexpr (WHOLE) return load(from);
  return load_first(from, count);
}

/// Whether column i of a tile is tap `tap` of a window, and of which pixel.
template <int PIXELS, int STRIDE>
constexpr bool is_tap(int column, int tap) {
  const int distance = column - tap;
  return distance >= 0 && distance % STRIDE == 0 && distance / STRIDE < PIXELS;
}

/// Asks the second cache for the lines that the next row will read where this tile read its
/// window's last row: too many streams for the processor to foresee.
template <int PIXELS, int STRIDE, class T>
inline void prefetch_sources(const DepthwiseRow<T>& row, const T* const* last, index_t channel) {
#pragma GCC unroll 16
  for (int i = 0; i < PIXELS * (STRIDE ? STRIDE : 1); ++i) {
    __builtin_prefetch(last[i] + row.source_ahead + channel, 0, 2);
  }
}

/// The same for neighbouring pixels, `step` apart.
template <int PIXELS, class T>
inline void prefetch_pixels(const T* from, index_t step) {
#pragma GCC unroll 8
  for (int p = 0; p < PIXELS; ++p) __builtin_prefetch(from + p * step, 0, 2);
}

/// TAPS: of a window's row, adjacent and `STRIDE` from pixel to pixel; 0 for any, as the row says.
template <class T, int PIXELS, int TAPS, int STRIDE, bool WHOLE>
inline void depthwise_tile(const DepthwiseRow<T>& row, index_t pixel, index_t channel,
                           index_t count, const T* kernel, const T* bias, T* y, index_t y_step) {
  Vector<T> sum[PIXELS];
#pragma GCC unroll 8
  for (int p = 0; p < PIXELS; ++p) sum[p] = Vector<T>{};
  const T* weight = kernel + channel;
  const T* const* source = row.source + pixel * row.stride;
  for (index_t r = 0; r < row.rows; ++r, source += row.columns) {
    if constexpr (TAPS > 0) {
      Vector<T> w[TAPS];
#pragma GCC unroll 8
      for (int t = 0; t < TAPS; ++t) w[t] = load(weight + t * row.pitch);
#pragma GCC unroll 32
      for (int i = 0; i < (PIXELS - 1) * STRIDE + TAPS; ++i) {
        const Vector<T> x = load_lanes<T, WHOLE>(source[i] + channel, count);
#pragma GCC unroll 8
        for (int t = 0; t < TAPS; ++t) {
          if (is_tap<PIXELS, STRIDE>(i, t)) sum[(i - t) / STRIDE] += w[t] * x;
        }
      }
      weight += TAPS * row.pitch;
    } else {
      for (index_t t = 0; t < row.taps; ++t, weight += row.pitch) {
        const Vector<T> w = load(weight);
        const T* const* const from = source + row.tap_column[t];
#pragma GCC unroll 8
        for (int p = 0; p < PIXELS; ++p) {
          sum[p] += w * load_lanes<T, WHOLE>(from[p * row.stride] + channel, count);
        }
      }
    }
  }
  T* to = y + pixel * y_step + channel;
  prefetch_sources<PIXELS, STRIDE>(row, source - row.columns, channel);
  prefetch_pixels<PIXELS>(to + row.y_ahead, y_step);
#pragma GCC unroll 8
  for (int p = 0; p < PIXELS; ++p, to += y_step) {
    if (bias) sum[p] += load_lanes<T, WHOLE>(bias + channel, count);
    if constexpr (WHOLE) {
      store(to, sum[p]);
    } else {
      store_first(to, sum[p], count);
    }
  }
}

template <class T, int PIXELS, int TAPS, int STRIDE, bool WHOLE>
inline void depthwise_grad_tile(const DepthwiseRow<T>& row, index_t pixel, index_t channel,
                                index_t count, const T* dy, T* dkernel, T* dbias) {
  Vector<T> gradient[PIXELS];
  const T* from_dy = dy + pixel * row.channels + channel;
#pragma GCC unroll 8
  for (int p = 0; p < PIXELS; ++p, from_dy += row.channels) {
    gradient[p] = load_lanes<T, WHOLE>(from_dy, count);
  }
  prefetch_pixels<PIXELS>(dy + pixel * row.channels + channel + row.y_ahead, row.channels);
  if (dbias) {
    Vector<T> sum = load(dbias + channel);
#pragma GCC unroll 8
    for (int p = 0; p < PIXELS; ++p) sum += gradient[p];
    store(dbias + channel, sum);
  }
  T* to = dkernel + channel;
  const T* const* source = row.source + pixel * row.stride;
  for (index_t r = 0; r < row.rows; ++r, source += row.columns) {
    if constexpr (TAPS > 0) {
      Vector<T> sum[TAPS];
#pragma GCC unroll 8
      for (int t = 0; t < TAPS; ++t) sum[t] = load(to + t * row.pitch);
#pragma GCC unroll 32
      for (int i = 0; i < (PIXELS - 1) * STRIDE + TAPS; ++i) {
        const Vector<T> x = load_lanes<T, WHOLE>(source[i] + channel, count);
#pragma GCC unroll 8
        for (int t = 0; t < TAPS; ++t) {
          if (is_tap<PIXELS, STRIDE>(i, t)) sum[t] += gradient[(i - t) / STRIDE] * x;
        }
      }
#pragma GCC unroll 8
      for (int t = 0; t < TAPS; ++t) store(to + t * row.pitch, sum[t]);
      to += TAPS * row.pitch;
    } else {
      for (index_t t = 0; t < row.taps; ++t, to += row.pitch) {
        const T* const* const from = source + row.tap_column[t];
        Vector<T> sum = load(to);
#pragma GCC unroll 8
        for (int p = 0; p < PIXELS; ++p) {
          sum += gradient[p] * load_lanes<T, WHOLE>(from[p * row.stride] + channel, count);
        }
        store(to, sum);
      }
    }
  }
  prefetch_sources<PIXELS, STRIDE>(row, source - row.columns, channel);
}

/// Calls tile(pixels, whole, pixel, channel, count) for tiles that make up the row.
template <class T, class Tile>
inline void for_each_depthwise_tile(const DepthwiseRow<T>& row, const Tile& tile) {
  for (index_t first = 0; first < row.channels; first += depthwise_channels) {
    const index_t left = row.channels - first;
    const index_t end = first + (left < depthwise_channels ? left : depthwise_channels);
    const auto run = [&](auto pixels, index_t pixel) {
      index_t c = first;
      for (; c + lanes<T> <= end; c += lanes<T>) {
        tile(pixels, Constant<true>{}, pixel, c, index_t{lanes<T>});
      }
      if (c < end) tile(pixels, Constant<false>{}, pixel, c, end - c);
    };
    index_t pixel = 0;
    for (; pixel + 8 <= row.pixels; pixel += 8) run(Constant<8>{}, pixel);
    if (row.pixels & 4) run(Constant<4>{}, pixel), pixel += 4;
    if (row.pixels & 2) run(Constant<2>{}, pixel), pixel += 2;
    if (row.pixels & 1) run(Constant<1>{}, pixel);
  }
}

/// Calls body(taps, stride) with the usual windows as Constants, or 0 and 0 for any other.
template <class T, class Body>
inline void with_depthwise_window(const DepthwiseRow<T>& row, const Body& body) {
  const bool adjacent = row.tap_column[row.taps - 1] == row.taps - 1;
  if (adjacent && row.stride == 1) {
    if (row.taps == 2) return body(Constant<2>{}, Constant<1>{});
    if (row.taps == 3) return body(Constant<3>{}, Constant<1>{});
    if (row.taps == 5) return body(Constant<5>{}, Constant<1>{});
  }
  if (adjacent && row.stride == 2) {
    if (row.taps == 3) return body(Constant<3>{}, Constant<2>{});
    if (row.taps == 5) return body(Constant<5>{}, Constant<2>{});
  }
  body(Constant<0>{}, Constant<0>{});
}

/// y[p][c] = sum over rows r and taps t of kernel[r][t][c] * source[r][p stride + column t][c]
///           + bias[c]; pixels of y are y_step apart, bias may be null.
template <class T>
void depthwise_row(const DepthwiseRow<T>& row, const T* kernel, const T* bias, T* y,
                   index_t y_step) {
  with_depthwise_window(row, [&](auto taps, auto stride) {
    for_each_depthwise_tile(
        row, [&](auto pixels, auto whole, index_t pixel, index_t channel, index_t count) {
          constexpr bool full = decltype(whole)::value;
          depthwise_tile<T, decltype(pixels)::value, full ? decltype(taps)::value : 0,
                         decltype(stride)::value, full>(row, pixel, channel, count, kernel, bias, y,
                                                        y_step);
        });
  });
}

/// dkernel[r][t][c] += sum over p of dy[p][c] * source[r][p stride + column t][c], and
/// dbias[c] += sum over p of dy[p][c] where it is not null: chains that go on from row to row.
template <class T>
void depthwise_row_grad(const DepthwiseRow<T>& row, const T* dy, T* dkernel, T* dbias) {
  with_depthwise_window(row, [&](auto taps, auto stride) {
    for_each_depthwise_tile(
        row, [&](auto pixels, auto whole, index_t pixel, index_t channel, index_t count) {
          constexpr bool full = decltype(whole)::value;
          depthwise_grad_tile<T, decltype(pixels)::value, full ? decltype(taps)::value : 0,
                              decltype(stride)::value, full>(row, pixel, channel, count, dy,
                                                             dkernel, dbias);
        });
  });
}
