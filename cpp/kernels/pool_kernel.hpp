// Pooling of runs of pixels (PoolRun, table.hpp) and its gradient along one row of x.
//
// A chunk of WIDTH channels of one pixel, one register at most, is worked on at a time. Where a
// pixel has fewer channels left, the chunk runs on into the next pixel: what it writes there is
// overwritten when that pixel is done. Only the last pixels of a run take care to stay inside.

template <class T, int WIDTH>
struct ChunkOf {
  typedef T Values __attribute__((vector_size(WIDTH * sizeof(T))));
};
template <class T, int WIDTH>
using Values = typename ChunkOf<T, WIDTH>::Values;
/// As wide as Values<T, WIDTH>: positions and results of comparisons.
template <class T, int WIDTH>
using Integers = Values<typename Format<T>::Bits, WIDTH>;

/// A constant as a type, to choose a function's template argument at run time.
template <int VALUE>
struct Constant {
  static constexpr int value = VALUE;
};

template <class T, class Chunk>
inline void load_chunk(const T* from, Chunk& values) {
  __builtin_memcpy(&values, from, sizeof values);
}

template <class T, class Chunk>
inline void store_chunk(const Chunk& values, T* to) {
  __builtin_memcpy(to, &values, sizeof values);
}

/// Pixels at the end of a run, the last chunk of which would leave the run.
template <int WIDTH>
inline index_t guarded_pixels(index_t channels) {
  const index_t left = channels % WIDTH;
  return left == 0 ? 0 : (WIDTH - left + channels - 1) / channels;
}

/// Calls work(width, pixel, group, channel, width) for chunks of at most WIDTH channels that make
/// up channels c ... c + count exactly.
template <int WIDTH, class Work>
inline void split_chunk(index_t pixel, index_t group, index_t c, int count, const Work& work) {
  if (count >= WIDTH) {
    work(Constant<WIDTH>{}, pixel, group, c, WIDTH);
    c += WIDTH;
    count -= WIDTH;
  }
  if constexpr (WIDTH > 1) split_chunk<WIDTH / 2>(pixel, group, c, count, work);
}

/// Calls work(width, pixel, group, channel, count) for each chunk of each group of each pixel;
/// `count` of the chunk's channels belong to the pixel.
template <int WIDTH, class Work>
inline void for_each_pool_chunk(index_t pixels, index_t groups, index_t channels,
                                const Work& work) {
  const index_t free_pixels = pixels - guarded_pixels<WIDTH>(channels);
  for (index_t pixel = 0; pixel < pixels; ++pixel) {
    for (index_t group = 0; group < groups; ++group) {
      for (index_t c = 0; c < channels; c += WIDTH) {
        const index_t left = channels - c;
        const int count = left < WIDTH ? static_cast<int>(left) : WIDTH;
        if (count == WIDTH || pixel < free_pixels) {
          work(Constant<WIDTH>{}, pixel, group, c, count);
        } else {
          split_chunk<WIDTH / 2>(pixel, group, c, count, work);
        }
      }
    }
  }
}

/// Calls body with the width of chunk, as a Constant, that suits the number of channels.
template <class T, class Body>
inline void with_width(index_t channels, const Body& body) {
  if constexpr (lanes<T> > 8) {
    if (channels > 8) return body(Constant<16>{});
  }
  if constexpr (lanes<T> > 4) {
    if (channels > 4) return body(Constant<8>{});
  }
  constexpr int narrowest = lanes<T> < 4 ? lanes<T> : 4;
  body(Constant<narrowest>{});
}

/// Calls body with the window's rows and their length as Constants: 2 and 2, the usual window, or
/// 0 and 0 for any other.
template <class Body>
inline void with_window(const PoolRun& run, const Body& body) {
  if (run.rows == 2 && run.length == 2) return body(Constant<2>{});
  body(Constant<0>{});
}

template <int WIDTH, int SIZE, bool INDEXED, class T, class Index>
inline void max_pool_chunks(const PoolRun run, const T* x, T* y, Index* indices) {
  using Bits = typename Format<T>::Bits;
  const index_t rows = SIZE ? SIZE : run.rows, length = SIZE ? SIZE : run.length;
  const index_t channels = run.channels;
  const auto pool_chunk = [&](auto chunk, index_t pixel, index_t, index_t c, int) {
    constexpr int width = decltype(chunk)::value;
    const T* const window = x + pixel * run.step + c;
    Values<T, width> best;
    load_chunk(window + run.row_offset[0], best);
    auto where = Integers<T, width>{} + Bits{run.row_position[0] + run.column};
    for (index_t row = 0; row < rows; ++row) {
      const T* const from = window + run.row_offset[row];
      const Bits position{run.row_position[row] + run.column};
      for (index_t k = row == 0 ? 1 : 0; k < length; ++k) {
        Values<T, width> value;
        load_chunk(from + k * channels, value);
        // A NaN beats every number, and nothing beats a NaN.
        const Integers<T, width> better = ~(value <= best) & (best == best);
        best = better ? value : best;
        if constexpr (INDEXED) {
          where = better ? Integers<T, width>{} + (position + static_cast<Bits>(k)) : where;
        }
      }
    }
    store_chunk(best, y + pixel * channels + c);
    if constexpr (INDEXED) {
      const auto narrow = __builtin_convertvector(where, Values<Index, width>);
      store_chunk(narrow, indices + pixel * channels + c);
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

/// Pieces of the window's rows are summed first, then groups of pieces, then the groups: the error
/// grows with the cube root of the window's size.
constexpr index_t summed_together = 64;

template <int WIDTH, int SIZE, class T>
inline void average_pool_chunks(const PoolRun run, const T* x, T* y) {
  const index_t rows = SIZE ? SIZE : run.rows, length = SIZE ? SIZE : run.length;
  const index_t channels = run.channels;
  const T window_pixels = static_cast<T>(rows * length);
  const auto pool_chunk = [&](auto chunk, index_t pixel, index_t, index_t c, int) {
    constexpr int width = decltype(chunk)::value;
    const T* const window = x + pixel * run.step + c;
    Values<T, width> sum{}, group{};
    index_t pieces = 0;
    for (index_t row = 0; row < rows; ++row) {
      const T* const from = window + run.row_offset[row];
      for (index_t begin = 0; begin < length; begin += summed_together) {
        const index_t left = length - begin;
        const index_t end = begin + (left < summed_together ? left : summed_together);
        Values<T, width> piece{};
        for (index_t k = begin; k < end; ++k) {
          Values<T, width> value;
          load_chunk(from + k * channels, value);
          piece += value;
        }
        group += piece;
        if (++pieces == summed_together) {
          sum += group;
          group = Values<T, width>{};
          pieces = 0;
        }
      }
    }
    sum = (sum + group) / window_pixels;
    store_chunk(sum, y + pixel * channels + c);
  };
  for_each_pool_chunk<WIDTH>(run.pixels, 1, channels, pool_chunk);
}

/// y (pixels, C) = sums over the window / its pixels
template <class T>
void average_pool(const PoolRun& run, const T* x, T* y) {
  with_width<T>(run.channels, [&](auto width) {
    with_window(run, [&](auto size) {
      average_pool_chunks<decltype(width)::value, decltype(size)::value>(run, x, y);
    });
  });
}

/// to[k C + lane] (+)= gradient(k) for k in first ... last
template <int WIDTH, bool ACCUMULATE, class T, class Gradient>
inline void scatter_taps(index_t first, index_t last, index_t channels, T* to,
                         const Gradient& gradient) {
  for (index_t k = first; k < last; ++k) {
    Values<T, WIDTH> value;
    gradient(k, value);
    if constexpr (ACCUMULATE) {
      Values<T, WIDTH> before;
      load_chunk(to + k * channels, before);
      value += before;
    }
    store_chunk(value, to + k * channels);
  }
}

/// Calls work(width, offset in dy, offset in dx, first tap, last tap, count) for each chunk of a
/// gradient run. All taps of a pixel are worked on together, unless a chunk that runs on into the
/// next tap's pixel would overwrite what an earlier chunk wrote there.
template <int WIDTH, int LENGTH, class Work>
inline void for_each_gradient_chunk(const PoolGradRun& run, const Work& work) {
  const index_t length = LENGTH ? LENGTH : run.length, channels = run.channels;
  if (channels <= WIDTH || channels % WIDTH == 0) {
    for_each_pool_chunk<WIDTH>(
        run.pixels, 1, channels, [&](auto chunk, index_t pixel, index_t, index_t c, int count) {
          work(chunk, pixel * channels + c, pixel * run.step + c, index_t{0}, length, count);
        });
  } else {
    for_each_pool_chunk<WIDTH>(run.pixels, length, channels,
                               [&](auto chunk, index_t pixel, index_t tap, index_t c, int count) {
                                 work(chunk, pixel * channels + c, pixel * run.step + c, tap,
                                      tap + 1, count);
                               });
  }
}

/// Loads a chunk of dy, zero in the lanes of the next pixel: they are not of this one's window.
template <int WIDTH, class T>
inline void load_gradient(int count, const T* dy, Values<T, WIDTH>& gradient) {
  Integers<T, WIDTH> lane;
  for (int i = 0; i < WIDTH; ++i) lane[i] = i;
  load_chunk(dy, gradient);
  gradient = lane < typename Format<T>::Bits{count} ? gradient : Values<T, WIDTH>{};
}

template <int WIDTH, int LENGTH, bool ACCUMULATE, class T, class Index>
inline void max_pool_grad_chunks(const PoolGradRun run, const T* dy, const Index* indices, T* dx) {
  using Bits = typename Format<T>::Bits;
  for_each_gradient_chunk<WIDTH, LENGTH>(
      run, [&](auto chunk, index_t from, index_t to, index_t first, index_t last, int count) {
        constexpr int width = decltype(chunk)::value;
        Values<T, width> gradient;
        load_gradient<width>(count, dy + from, gradient);
        Values<Index, width> narrow;
        load_chunk(indices + from, narrow);
        const Integers<T, width> tap =
            __builtin_convertvector(narrow, Integers<T, width>) - Bits{run.position};
        scatter_taps<width, ACCUMULATE>(
            first, last, run.channels, dx + to, [&](index_t k, Values<T, width>& value) {
              value = tap == static_cast<Bits>(k) ? gradient : Values<T, width>{};
            });
      });
}

/// Calls body with the run's width, length (2, or 0 for any) and accumulate as Constants.
template <class T, class Body>
inline void with_gradient_run(const PoolGradRun& run, const Body& body) {
  with_width<T>(run.channels, [&](auto width) {
    if (run.accumulate) return body(width, Constant<0>{}, Constant<true>{});
    if (run.length == 2) return body(width, Constant<2>{}, Constant<false>{});
    body(width, Constant<0>{}, Constant<false>{});
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

template <int WIDTH, int LENGTH, bool ACCUMULATE, class T>
inline void average_pool_grad_chunks(const PoolGradRun run, const T* dy, T* dx) {
  const T window_pixels = static_cast<T>(run.window_pixels);
  for_each_gradient_chunk<WIDTH, LENGTH>(run, [&](auto chunk, index_t from, index_t to,
                                                  index_t first, index_t last, int count) {
    constexpr int width = decltype(chunk)::value;
    Values<T, width> gradient;
    load_gradient<width>(count, dy + from, gradient);
    gradient /= window_pixels;
    scatter_taps<width, ACCUMULATE>(first, last, run.channels, dx + to,
                                    [&](index_t, Values<T, width>& value) { value = gradient; });
  });
}

/// dx (+)= dy / run.window_pixels
template <class T>
void average_pool_grad(const PoolGradRun& run, const T* dy, T* dx) {
  with_gradient_run<T>(run, [&](auto width, auto length, auto accumulate) {
    average_pool_grad_chunks<decltype(width)::value, decltype(length)::value,
                             decltype(accumulate)::value>(run, dy, dx);
  });
}
