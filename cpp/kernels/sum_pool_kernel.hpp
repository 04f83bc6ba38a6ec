// Average and Lp pooling of runs of pixels (PoolRun, table.hpp), and their gradients along one row
// of x.

/// Pieces of the window's rows are summed first, then groups of pieces, then the groups: the error
/// grows with the cube root of the window's size.
constexpr index_t summed_together = 64;

/// sum of term(x) over the window that starts at `window`; rows and length as with_window has them
template <class Chunk, class T, class Term>
inline Chunk sum_window(const PoolRun& run, index_t rows, index_t length, const T* window,
                        const Term& term) {
  Chunk sum{}, group{};
  index_t pieces = 0;
  for (index_t row = 0; row < rows; ++row) {
    const T* const from = window + run.row_offset[row];
    for (index_t begin = 0; begin < length; begin += summed_together) {
      const index_t left = length - begin;
      const index_t end = begin + (left < summed_together ? left : summed_together);
      Chunk piece{};
      for (index_t k = begin; k < end; ++k) {
        Chunk value;
        load_chunk(from + k * run.tap_step, value);
        piece += term(value);
      }
      group += piece;
      if (++pieces == summed_together) {
        sum += group;
        group = Chunk{};
        pieces = 0;
      }
    }
  }
  return sum + group;
}

template <int WIDTH, int SIZE, class T>
inline void average_pool_chunks(const PoolRun run, const T* x, T* y) {
  const index_t rows = SIZE ? SIZE : run.rows, length = SIZE ? SIZE : run.length;
  const index_t channels = run.channels;
  const T window_pixels = static_cast<T>(run.window_pixels);
  const auto pool_chunk = [&](auto chunk, index_t pixel, index_t, index_t c, int) {
    using Chunk = Values<T, decltype(chunk)::value>;
    const T* const window = x + pixel * run.step + c;
    const Chunk sum =
        sum_window<Chunk>(run, rows, length, window, [](const Chunk& value) { return value; });
    const Chunk mean = sum / window_pixels;
    store_chunk(mean, y + pixel * channels + c);
  };
  for_each_pool_chunk<WIDTH>(run.pixels, 1, channels, pool_chunk);
}

/// y (pixels, C) = sums over the window / run.window_pixels
template <class T>
void average_pool(const PoolRun& run, const T* x, T* y) {
  with_width<T>(run.channels, [&](auto width) {
    with_window(run, [&](auto size) {
      average_pool_chunks<decltype(width)::value, decltype(size)::value>(run, x, y);
    });
  });
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
    scatter_taps<width, ACCUMULATE>(first, last, run.tap_step, dx + to,
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

/// value^p for p >= 1 by squaring
template <class Chunk>
inline Chunk integer_power(Chunk value, index_t p) {
  while (p % 2 == 0) {
    value *= value;
    p /= 2;
  }
  Chunk power = value;
  for (p /= 2; p > 0; p /= 2) {
    value *= value;
    if (p % 2 == 1) power *= value;
  }
  return power;
}

template <class T, int WIDTH>
inline void take_root(index_t p, Values<T, WIDTH>& sum) {
  for (int lane = 0; lane < WIDTH; ++lane) {
    sum[lane] = p == 2 ? square_root(sum[lane])
                       : exponential(logarithm(static_cast<T>(sum[lane])) / static_cast<T>(p));
  }
}

template <int WIDTH, class T>
inline void lp_pool_chunks(const PoolRun run, index_t p, const T* x, T* y) {
  constexpr T infinity = static_cast<T>(__builtin_inf());
  const auto pool_chunk = [&](auto chunk, index_t pixel, index_t, index_t c, int) {
    constexpr int width = decltype(chunk)::value;
    using Chunk = Values<T, width>;
    const T* const window = x + pixel * run.step + c;
    const Chunk one = Chunk{} + 1;
    const auto sum = [&](const auto& term) {
      return sum_window<Chunk>(run, run.rows, run.length, window, term);
    };
    Chunk result;
    if (p == 1) {
      result = sum([](const Chunk& value) -> Chunk { return value < 0 ? -value : value; });
    } else {
      // Of numbers divided by the largest no power overflows, and the largest one's is 1.
      Chunk largest{};
      for (index_t row = 0; row < run.rows; ++row) {
        for (index_t k = 0; k < run.length; ++k) {
          Chunk value;
          load_chunk(window + run.row_offset[row] + k * run.tap_step, value);
          value = value < 0 ? -value : value;
          largest = value > largest ? value : largest;
        }
      }
      const Chunk scale = (largest > 0) & (largest < infinity) ? largest : one;
      result = sum([&](const Chunk& value) -> Chunk {
        const Chunk part = value / scale;
        return integer_power<Chunk>(part < 0 ? -part : part, p);
      });
      take_root<T, width>(p, result);
      result *= scale;
    }
    store_chunk(result, y + pixel * run.channels + c);
  };
  for_each_pool_chunk<WIDTH>(run.pixels, 1, run.channels, pool_chunk);
}

/// y (pixels, C) = (sum over the window of |x|^p)^(1/p)
template <class T>
void lp_pool(const PoolRun& run, index_t p, const T* x, T* y) {
  with_width<T>(run.channels,
                [&](auto width) { lp_pool_chunks<decltype(width)::value>(run, p, x, y); });
}

template <int WIDTH, bool ACCUMULATE, class T>
inline void lp_pool_grad_chunks(const PoolGradRun run, index_t p, const T* dy, const T* x,
                                const T* y, T* dx) {
  for_each_gradient_chunk<WIDTH, 0>(
      run, [&](auto chunk, index_t from, index_t to, index_t first, index_t last, int count) {
        constexpr int width = decltype(chunk)::value;
        using Chunk = Values<T, width>;
        Integers<T, width> lane;
        for (int i = 0; i < width; ++i) lane[i] = i;
        const Integers<T, width> own = lane < typename Format<T>::Bits{count};
        Chunk gradient, norm;
        load_chunk(dy + from, gradient);
        load_chunk(y + from, norm);
        scatter_taps<width, ACCUMULATE>(first, last, run.tap_step, dx + to,
                                        [&](index_t k, Chunk& value) {
                                          Chunk pixel;
                                          load_chunk(x + to + k * run.tap_step, pixel);
                                          if (p == 1) {
                                            value = pixel < 0 ? -gradient : gradient;
                                            value = pixel == 0 ? Chunk{} : value;
                                            value = pixel == pixel ? value : pixel;
                                          } else {
                                            Chunk ratio = pixel / norm;
                                            value = gradient * ratio;
                                            ratio = ratio < 0 ? -ratio : ratio;
                                            if (p > 2) value *= integer_power(ratio, p - 2);
                                            value = norm == 0 ? Chunk{} : value;
                                          }
                                          value = own ? value : Chunk{};
                                        });
      });
}

/// dx (+)= dy sign(x) (|x| / y)^(p - 1), 0 where y is 0; x and dx are moved alike
template <class T>
void lp_pool_grad(const PoolGradRun& run, index_t p, const T* dy, const T* x, const T* y, T* dx) {
  with_width<T>(run.channels, [&](auto width) {
    constexpr int chunk = decltype(width)::value;
    if (run.accumulate) {
      lp_pool_grad_chunks<chunk, true>(run, p, dy, x, y, dx);
    } else {
      lp_pool_grad_chunks<chunk, false>(run, p, dy, x, y, dx);
    }
  });
}
