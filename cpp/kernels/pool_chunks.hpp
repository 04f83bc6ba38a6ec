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

/// Positions of one or four bytes to lanes as wide as T, and back. Each step of a conversion halves
/// or doubles the width: of longer steps the compiler makes scalar code.
template <class T, int WIDTH>
inline void load_positions(const std::uint8_t* from, Integers<T, WIDTH>& where) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4 && WIDTH == 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    where = (Integers<T, WIDTH>)_mm512_maskz_cvtepu8_epi32(0xFFFF, bytes);
    return;
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4 && WIDTH == 8) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    where = (Integers<T, WIDTH>)_mm256_cvtepu8_epi32(bytes);
    return;
  }
#endif
  Values<std::uint8_t, WIDTH> bytes;
  load_chunk(from, bytes);
  const auto halves = __builtin_convertvector(bytes, Values<std::uint16_t, WIDTH>);
  const auto words = __builtin_convertvector(halves, Values<std::int32_t, WIDTH>);
  where = __builtin_convertvector(words, Integers<T, WIDTH>);
}

template <class T, int WIDTH>
inline void load_positions(const std::int32_t* from, Integers<T, WIDTH>& where) {
  Values<std::int32_t, WIDTH> words;
  load_chunk(from, words);
  where = __builtin_convertvector(words, Integers<T, WIDTH>);
}

template <class T, int WIDTH>
inline void store_positions(const Integers<T, WIDTH>& where, std::int32_t* to) {
  const auto words = __builtin_convertvector(where, Values<std::int32_t, WIDTH>);
  store_chunk(words, to);
}

template <class T, int WIDTH>
inline void store_positions(const Integers<T, WIDTH>& where, std::uint8_t* to) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4 && WIDTH == 16) {
    const __m128i bytes = _mm512_maskz_cvtepi32_epi8(0xFFFF, (__m512i)where);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    return;
  } else if constexpr (sizeof(T) == 4 && WIDTH == 8) {
    const __m128i bytes = _mm256_maskz_cvtepi32_epi8(0xFF, (__m256i)where);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
    return;
  }
#endif
  const auto words = __builtin_convertvector(where, Values<std::int32_t, WIDTH>);
  const auto halves = __builtin_convertvector(words, Values<std::int16_t, WIDTH>);
  const auto bytes = __builtin_convertvector(halves, Values<std::uint8_t, WIDTH>);
  store_chunk(bytes, to);
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
__attribute__((always_inline)) inline void for_each_pool_chunk(index_t pixels, index_t groups,
                                                               index_t channels, const Work& work) {
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

/// Calls body with the window's rows and their length as Constants: 2 and 2 or 3 and 3, the usual
/// windows, or 0 and 0 for any other.
template <class Body>
inline void with_window(const PoolRun& run, const Body& body) {
  if (run.rows == 2 && run.length == 2) return body(Constant<2>{});
  if (run.rows == 3 && run.length == 3) return body(Constant<3>{});
  body(Constant<0>{});
}

/// to[k step + lane] (+)= gradient(k) for k in first ... last
template <int WIDTH, bool ACCUMULATE, class T, class Gradient>
inline void scatter_taps(index_t first, index_t last, index_t step, T* to,
                         const Gradient& gradient) {
  for (index_t k = first; k < last; ++k) {
    Values<T, WIDTH> value;
    gradient(k, value);
    if constexpr (ACCUMULATE) {
      Values<T, WIDTH> before;
      load_chunk(to + k * step, before);
      value += before;
    }
    store_chunk(value, to + k * step);
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
  load_chunk(dy, gradient);
  if (count == WIDTH) return;
  Integers<T, WIDTH> lane;
  for (int i = 0; i < WIDTH; ++i) lane[i] = i;
  gradient = lane < typename Format<T>::Bits{count} ? gradient : Values<T, WIDTH>{};
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
