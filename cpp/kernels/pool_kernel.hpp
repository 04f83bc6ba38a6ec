// Pooling of runs of pixels (PoolRun, table.hpp) and its gradient along one row of x.
//
// A chunk of WIDTH channels of one pixel is worked on at a time. Where a pixel has fewer channels
// left, the chunk runs on into the next pixel: what it writes there is overwritten when that pixel
// is done. Only the last pixels of a run take care to stay inside.

template <bool VALUE>
struct Constant {
  static constexpr bool value = VALUE;
};

/// Pixels at the end of a run, the last chunk of which would leave the run.
template <int WIDTH>
inline index_t guarded_pixels(index_t channels) {
  const index_t left = channels % WIDTH;
  return left == 0 ? 0 : (WIDTH - left + channels - 1) / channels;
}

/// Calls work(whole, pixel, group, channel, count) for each chunk of each group of each pixel.
template <int WIDTH, class Work>
inline void for_each_chunk(index_t pixels, index_t groups, index_t channels, const Work& work) {
  const index_t free_pixels = pixels - guarded_pixels<WIDTH>(channels);
  for (index_t pixel = 0; pixel < pixels; ++pixel) {
    for (index_t group = 0; group < groups; ++group) {
      for (index_t c = 0; c < channels; c += WIDTH) {
        const index_t left = channels - c;
        const int count = left < WIDTH ? static_cast<int>(left) : WIDTH;
        if (count == WIDTH || pixel < free_pixels) {
          work(Constant<true>{}, pixel, group, c, count);
        } else {
          work(Constant<false>{}, pixel, group, c, count);
        }
      }
    }
  }
}

/// Makes `call` with the constant `width` that suits the number of channels.
#define PYCNN_WITH_WIDTH(channels, call) \
  if ((channels) <= 4) {                 \
    constexpr int width = 4;             \
    call;                                \
  } else if ((channels) <= 8) {          \
    constexpr int width = 8;             \
    call;                                \
  } else {                               \
    constexpr int width = 16;            \
    call;                                \
  }

template <int WIDTH, bool INDEXED, class T, class Index>
inline void max_pool_chunks(const PoolRun run, const T* x, T* y, Index* indices) {
  using Values = Lanes<T, WIDTH>;
  using Positions = LaneIntegers<T, WIDTH>;
  typedef Index Narrow __attribute__((vector_size(WIDTH * sizeof(Index))));
  const index_t channels = run.channels;
  for_each_chunk<WIDTH>(
      run.pixels, 1, channels, [&](auto whole, index_t pixel, index_t, index_t c, int count) {
        constexpr bool is_whole = decltype(whole)::value;
        const T* const window = x + pixel * run.step + c;
        Values best;
        load_lanes<is_whole>(count, window + run.row_offset[0], best);
        Positions where =
            Positions{} + static_cast<typename Format<T>::Bits>(run.row_position[0] + run.column);
        for (index_t row = 0; row < run.rows; ++row) {
          const T* from = window + run.row_offset[row];
          auto position = static_cast<typename Format<T>::Bits>(run.row_position[row] + run.column);
          for (index_t k = 0; k < run.length; ++k, from += channels, ++position) {
            Values value;
            load_lanes<is_whole>(count, from, value);
            // A NaN beats every number, and nothing beats a NaN.
            const Positions better = ~(value <= best) & (best == best);
            best = better ? value : best;
            if constexpr (INDEXED) where = better ? Positions{} + position : where;
          }
        }
        store_lanes<is_whole>(count, best, y + pixel * channels + c);
        if constexpr (INDEXED) {
          const Narrow narrow = __builtin_convertvector(where, Narrow);
          store_lanes<is_whole>(count, narrow, indices + pixel * channels + c);
        }
      });
}

template <class T, class Index>
inline void max_pool_run(const PoolRun& run, const T* x, T* y, Index* indices) {
  if (indices) {
    PYCNN_WITH_WIDTH(run.channels, (max_pool_chunks<width, true>(run, x, y, indices)))
  } else {
    PYCNN_WITH_WIDTH(run.channels, (max_pool_chunks<width, false>(run, x, y, indices)))
  }
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

/// y (pixels, C) = sums over the window / its pixels; a row of the window is summed first, so that
/// the error does not grow with its area.
template <int WIDTH, class T>
inline void average_pool_chunks(const PoolRun run, const T* x, T* y) {
  using Values = Lanes<T, WIDTH>;
  const index_t channels = run.channels;
  const T size = static_cast<T>(run.rows * run.length);
  for_each_chunk<WIDTH>(run.pixels, 1, channels,
                        [&](auto whole, index_t pixel, index_t, index_t c, int count) {
                          constexpr bool is_whole = decltype(whole)::value;
                          const T* const window = x + pixel * run.step + c;
                          Values sum{};
                          for (index_t row = 0; row < run.rows; ++row) {
                            const T* from = window + run.row_offset[row];
                            Values row_sum{};
                            for (index_t k = 0; k < run.length; ++k, from += channels) {
                              Values value;
                              load_lanes<is_whole>(count, from, value);
                              row_sum += value;
                            }
                            sum += row_sum;
                          }
                          sum /= size;
                          store_lanes<is_whole>(count, sum, y + pixel * channels + c);
                        });
}

template <class T>
void average_pool(const PoolRun& run, const T* x, T* y) {
  PYCNN_WITH_WIDTH(run.channels, (average_pool_chunks<width>(run, x, y)))
}

/// The taps of a gradient run that are worked on together: all of them, unless a chunk that runs on
/// into the next tap's pixel would overwrite what an earlier chunk wrote there.
template <int WIDTH>
inline index_t taps_together(const PoolGradRun& run) {
  return run.channels <= WIDTH || run.channels % WIDTH == 0 ? run.length : 1;
}

/// to[k C + lane] (+)= gradient(k) for k in first ... last
template <int WIDTH, bool WHOLE, class T, class Gradient>
inline void scatter_taps(const PoolGradRun& run, index_t first, index_t last, int count, T* to,
                         const Gradient& gradient) {
  Lanes<T, WIDTH> value;
  to += first * run.channels;
  for (index_t k = first; k < last; ++k, to += run.channels) {
    gradient(k, value);
    if (run.accumulate) {
      Lanes<T, WIDTH> before;
      load_lanes<WHOLE>(count, to, before);
      value += before;
    }
    store_lanes<WHOLE>(count, value, to);
  }
}

template <int WIDTH, class T, class Index>
inline void max_pool_grad_chunks(const PoolGradRun run, const T* dy, const Index* indices, T* dx) {
  using Values = Lanes<T, WIDTH>;
  using Positions = LaneIntegers<T, WIDTH>;
  using Bits = typename Format<T>::Bits;
  typedef Index Narrow __attribute__((vector_size(WIDTH * sizeof(Index))));
  const index_t channels = run.channels, taps = taps_together<WIDTH>(run);
  for_each_chunk<WIDTH>(
      run.pixels, run.length / taps, channels,
      [&](auto whole, index_t pixel, index_t group, index_t c, int count) {
        constexpr bool is_whole = decltype(whole)::value;
        Values gradient;
        load_lanes<is_whole>(count, dy + pixel * channels + c, gradient);
        // What belongs to the next pixel must not be written to this one\'s window.
        fill_lanes<WIDTH>(count, static_cast<T>(0), gradient);
        Narrow narrow;
        load_lanes<is_whole>(count, indices + pixel * channels + c, narrow);
        const Positions tap = __builtin_convertvector(narrow, Positions) - Bits{run.position};
        scatter_taps<WIDTH, is_whole>(run, group * taps, (group + 1) * taps, count,
                                      dx + pixel * run.step + c, [&](index_t k, Values& value) {
                                        value = tap == static_cast<Bits>(k) ? gradient : Values{};
                                      });
      });
}

/// dx (+)= dy where the maximum is at run.position + k of its window
template <class T>
void max_pool_grad(const PoolGradRun& run, const T* dy, const std::uint8_t* indices, T* dx) {
  PYCNN_WITH_WIDTH(run.channels, (max_pool_grad_chunks<width>(run, dy, indices, dx)))
}

template <class T>
void max_pool_grad_wide(const PoolGradRun& run, const T* dy, const std::int32_t* indices, T* dx) {
  PYCNN_WITH_WIDTH(run.channels, (max_pool_grad_chunks<width>(run, dy, indices, dx)))
}

template <int WIDTH, class T>
inline void average_pool_grad_chunks(const PoolGradRun run, const T* dy, T* dx) {
  using Values = Lanes<T, WIDTH>;
  const index_t channels = run.channels, taps = taps_together<WIDTH>(run);
  const T size = static_cast<T>(run.window_pixels);
  for_each_chunk<WIDTH>(run.pixels, run.length / taps, channels,
                        [&](auto whole, index_t pixel, index_t group, index_t c, int count) {
                          constexpr bool is_whole = decltype(whole)::value;
                          Values gradient;
                          load_lanes<is_whole>(count, dy + pixel * channels + c, gradient);
                          // What belongs to the next pixel must not be written to this one\'s
                          // window.
                          fill_lanes<WIDTH>(count, static_cast<T>(0), gradient);
                          gradient /= size;
                          scatter_taps<WIDTH, is_whole>(
                              run, group * taps, (group + 1) * taps, count,
                              dx + pixel * run.step + c,
                              [&](index_t, Values& value) { value = gradient; });
                        });
}

/// dx (+)= dy / run.window_pixels
template <class T>
void average_pool_grad(const PoolGradRun& run, const T* dy, T* dx) {
  PYCNN_WITH_WIDTH(run.channels, (average_pool_grad_chunks<width>(run, dy, dx)))
}
