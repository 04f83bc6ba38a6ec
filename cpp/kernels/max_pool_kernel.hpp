// Max pooling of runs of pixels (PoolRun, table.hpp) with the positions of the maxima, and its
// gradient: written to a row of dx where windows do not overlap, gathered for it where they do.

template <int WIDTH, int SIZE, bool INDEXED, class T, class Index>
inline void max_pool_chunks(const PoolRun run, const T* x, T* y, Index* indices) {
  using Bits = typename Format<T>::Bits;
  const index_t rows = SIZE ? SIZE : run.rows, length = SIZE ? SIZE : run.length;
  const index_t channels = run.channels, tap_step = run.tap_step;
  const Bits tap_position{run.tap_position};
  // Of a window of known size the places are copied: a store to the run's arrays cannot be
  // excluded.
  constexpr int known = SIZE ? SIZE : 1;
  index_t offsets[known] = {};
  Bits positions[known] = {};
  for (int row = 0; row < SIZE; ++row) {
    offsets[row] = run.row_offset[row];
    positions[row] = Bits{run.row_position[row] + run.column};
  }
  const auto row_offset = [&](index_t row) { return SIZE ? offsets[row] : run.row_offset[row]; };
  const auto row_position = [&](index_t row) {
    return SIZE ? positions[row] : Bits{run.row_position[row] + run.column};
  };
  const auto pool_chunk = [&](auto chunk, index_t pixel, index_t, index_t c, int) {
    constexpr int width = decltype(chunk)::value;
    const T* const window = x + pixel * run.step + c;
    Values<T, width> best;
    load_chunk(window + row_offset(0), best);
    auto where = Integers<T, width>{} + row_position(0);
    for (index_t row = 0; row < rows; ++row) {
      const T* const from = window + row_offset(row);
      const Bits position = row_position(row);
      for (index_t k = row == 0 ? 1 : 0; k < length; ++k) {
        Values<T, width> value;
        load_chunk(from + k * tap_step, value);
        // A NaN beats every number, and nothing beats a NaN.
        const Integers<T, width> better = ~(value <= best) & (best == best);
        best = better ? value : best;
        if constexpr (INDEXED) {
          where = better ? Integers<T, width>{} + (position + static_cast<Bits>(k) * tap_position)
                         : where;
        }
      }
    }
    store_chunk(best, y + pixel * channels + c);
    if constexpr (INDEXED) {
      store_positions<T, width>(where, indices + pixel * channels + c);
    }
  };
  for_each_pool_chunk<WIDTH>(run.pixels, 1, channels, pool_chunk);
}

template <class T, class Index>
inline void max_pool_run(const PoolRun& run, const T* x, T* y, Index* indices) {
  with_width<T>(run.channels, [&](auto width) {
    with_window(run, [&](auto size) {
      constexpr int chunk = decltype(width)::value, window = decltype(size)::value;
      if (indices) {
        max_pool_chunks<chunk, window, true>(run, x, y, indices);
      } else {
        max_pool_chunks<chunk, window, false>(run, x, y, indices);
      }
    });
  });
}

/// y (pixels, C) = the maxima; indices (pixels, C), which may be null, their positions.
template <class T>
void max_pool(const PoolRun& run, const T* x, T* y, std::uint8_t* indices) {
  max_pool_run(run, x, y, indices);
}

template <class T>
void max_pool_wide(const PoolRun& run, const T* x, T* y, std::int32_t* indices) {
  max_pool_run(run, x, y, indices);
}

template <int WIDTH, int LENGTH, bool ACCUMULATE, class T, class Index>
inline void max_pool_grad_chunks(const PoolGradRun run, const T* dy, const Index* indices, T* dx) {
  using Bits = typename Format<T>::Bits;
  for_each_gradient_chunk<WIDTH, LENGTH>(
      run, [&](auto chunk, index_t from, index_t to, index_t first, index_t last, int count) {
        constexpr int width = decltype(chunk)::value;
        Values<T, width> gradient;
        load_gradient<width>(count, dy + from, gradient);
        Integers<T, width> tap;
        load_positions<T, width>(indices + from, tap);
        tap -= Bits{run.position};
        scatter_taps<width, ACCUMULATE>(
            first, last, run.tap_step, dx + to, [&](index_t k, Values<T, width>& value) {
              value = tap == static_cast<Bits>(k) ? gradient : Values<T, width>{};
            });
      });
}

template <class T, class Index>
inline void max_pool_grad_run(const PoolGradRun& run, const T* dy, const Index* indices, T* dx) {
  with_gradient_run<T>(run, [&](auto width, auto length, auto accumulate) {
    max_pool_grad_chunks<decltype(width)::value, decltype(length)::value,
                         decltype(accumulate)::value>(run, dy, indices, dx);
  });
}

/// dx (+)= dy where the maximum is at run.position + k of its window
template <class T>
void max_pool_grad(const PoolGradRun& run, const T* dy, const std::uint8_t* indices, T* dx) {
  max_pool_grad_run(run, dy, indices, dx);
}

template <class T>
void max_pool_grad_wide(const PoolGradRun& run, const T* dy, const std::int32_t* indices, T* dx) {
  max_pool_grad_run(run, dy, indices, dx);
}

/// The windows that hold a pixel of dx: calls body(offset of the output in dy, position in its
/// window) for each, in row-major order.
template <class Body>
__attribute__((always_inline)) inline void for_each_cover(const PoolGradRow& row, index_t pixel,
                                                          const Body& body) {
  for (index_t r = 0; r < row.rows; ++r) {
    for (index_t o = row.first[pixel]; o < row.end[pixel]; ++o) {
      index_t element = pixel - row.start[o];
      if (row.dilation != 1) {
        if (element % row.dilation != 0) continue;
        element /= row.dilation;
      }
      body(row.row_offset[r] + o * row.channels,
           row.row_position[r] + static_cast<std::int32_t>(element));
    }
  }
}

/// COUNT chunks of one pixel of dx from channel c on.
template <int WIDTH, int COUNT, class T, class Index>
__attribute__((always_inline)) inline void gather_chunks(const PoolGradRow& row, index_t pixel,
                                                         index_t c, const T* dy,
                                                         const Index* indices, T* dx) {
  Values<T, WIDTH> sum[COUNT] = {};
  for_each_cover(row, pixel, [&](index_t offset, std::int32_t position) {
#pragma GCC unroll 4
    for (int i = 0; i < COUNT; ++i) {
      const index_t from = offset + c + i * WIDTH;
      Values<T, WIDTH> gradient;
      load_chunk(dy + from, gradient);
      Integers<T, WIDTH> where;
      load_positions<T, WIDTH>(indices + from, where);
      sum[i] += where == typename Format<T>::Bits{position} ? gradient : Values<T, WIDTH>{};
    }
  });
  for (int i = 0; i < COUNT; ++i) store_chunk(sum[i], dx + pixel * row.channels + c + i * WIDTH);
}

/// Chunks that make up channels c ... c + count of a pixel exactly.
template <int WIDTH, class T, class Index>
inline void gather_rest(const PoolGradRow& row, index_t pixel, index_t c, index_t count,
                        const T* dy, const Index* indices, T* dx) {
  if (count >= WIDTH) {
    gather_chunks<WIDTH, 1>(row, pixel, c, dy, indices, dx);
    c += WIDTH;
    count -= WIDTH;
  }
  if constexpr (WIDTH > 1) gather_rest<WIDTH / 2>(row, pixel, c, count, dy, indices, dx);
}

template <int WIDTH, class T, class Index>
inline void gather_row(const PoolGradRow row, const T* dy, const Index* indices, T* dx) {
  const index_t channels = row.channels, guarded = guarded_pixels<WIDTH>(channels);
  // Pixels whose last chunk may run on into the next pixel, of dx and of all windows in dy.
  index_t free_pixels = row.pixels - guarded;
  while (free_pixels > 0 && row.end[free_pixels - 1] > row.outputs - guarded) --free_pixels;
  for (index_t pixel = 0; pixel < row.pixels; ++pixel) {
    index_t c = 0;
    for (; c + 4 * WIDTH <= channels; c += 4 * WIDTH) {
      gather_chunks<WIDTH, 4>(row, pixel, c, dy, indices, dx);
    }
    if (c + 2 * WIDTH <= channels) {
      gather_chunks<WIDTH, 2>(row, pixel, c, dy, indices, dx);
      c += 2 * WIDTH;
    }
    for (; c < channels; c += WIDTH) {
      if (c + WIDTH <= channels || pixel < free_pixels) {
        gather_chunks<WIDTH, 1>(row, pixel, c, dy, indices, dx);
      } else {
        gather_rest<WIDTH / 2>(row, pixel, c, channels - c, dy, indices, dx);
      }
    }
  }
}

/// dx[i] = sum of dy over the windows whose maximum is pixel i; every pixel of the row is written
template <class T>
void max_pool_gather(const PoolGradRow& row, const T* dy, const std::uint8_t* indices, T* dx) {
  with_width<T>(row.channels,
                [&](auto width) { gather_row<decltype(width)::value>(row, dy, indices, dx); });
}

template <class T>
void max_pool_gather_wide(const PoolGradRow& row, const T* dy, const std::int32_t* indices, T* dx) {
  with_width<T>(row.channels,
                [&](auto width) { gather_row<decltype(width)::value>(row, dy, indices, dx); });
}
