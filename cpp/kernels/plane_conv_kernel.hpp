// Convolution of few channels with few filters: vectors are neighbouring pixels of an output row,
// where the other routes have filters. x lies in planes, one for each channel.
//
// Forward, every output is one fused multiply-add chain in the order of its terms. Kernel
// gradients have `reduction_lanes` chains over the pixels, pixel p in number p % reduction_lanes.

constexpr int most_plane_filters = 8;

/// A square of 8 x 8: rows become columns.
template <class T>
inline void transpose_square(Values<T, 8>* a) {
  Values<T, 8> pairs[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    const auto &p = a[i], &q = a[i + 1];
    pairs[i] = Values<T, 8>{p[0], q[0], p[1], q[1], p[4], q[4], p[5], q[5]};
    pairs[i + 1] = Values<T, 8>{p[2], q[2], p[3], q[3], p[6], q[6], p[7], q[7]};
  }
  Values<T, 8> quads[8];
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      const auto &p = pairs[i + j], &q = pairs[i + j + 2];
      quads[i + 2 * j] = Values<T, 8>{p[0], p[1], q[0], q[1], p[4], p[5], q[4], q[5]};
      quads[i + 2 * j + 1] = Values<T, 8>{p[2], p[3], q[2], q[3], p[6], p[7], q[6], q[7]};
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const auto &p = quads[i], &q = quads[i + 4];
    a[i] = Values<T, 8>{p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3]};
    a[i + 4] = Values<T, 8>{p[4], p[5], p[6], p[7], q[4], q[5], q[6], q[7]};
  }
}

/// y (pixels, filters) = planes [filters][pitch], all of which have whole squares of pixels.
template <class T>
inline void store_plane_pixels(index_t pixels, index_t filters, index_t pitch, const T* planes,
                               T* y) {
  const index_t free_pixels = pixels - guarded_pixels<8>(filters);
  for (index_t p = 0; p < pixels; p += 8) {
    Values<T, 8> square[8];
#pragma GCC unroll 8
    for (int f = 0; f < 8; ++f) {
      square[f] = Values<T, 8>{};
      if (f < filters) load_chunk(planes + f * pitch + p, square[f]);
    }
    transpose_square<T>(square);
    // What a pixel writes beyond its filters, the next one overwrites.
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      if (p + i < free_pixels) {
        store_chunk(square[i], y + (p + i) * filters);
      } else if (p + i < pixels) {
        __builtin_memcpy(y + (p + i) * filters, &square[i],
                         static_cast<unsigned long>(filters) * sizeof(T));
      }
    }
  }
}

/// planes [filters][pitch] = y (pixels, filters), and zeros up to `pitch`, whole squares.
template <class T>
inline void load_plane_pixels(index_t pixels, index_t filters, index_t pitch, const T* y,
                              T* planes) {
  const index_t free_pixels = pixels - guarded_pixels<8>(filters);
  for (index_t p = 0; p < pitch; p += 8) {
    Values<T, 8> square[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      square[i] = Values<T, 8>{};
      if (p + i < free_pixels) {
        load_chunk(y + (p + i) * filters, square[i]);
      } else if (p + i < pixels) {
        __builtin_memcpy(&square[i], y + (p + i) * filters,
                         static_cast<unsigned long>(filters) * sizeof(T));
      }
    }
    transpose_square<T>(square);
#pragma GCC unroll 8
    for (int f = 0; f < 8; ++f) {
      if (f < filters) store_chunk(square[f], planes + f * pitch + p);
    }
  }
}

/// FILTERS planes of VECTORS registers: sums, bias, relu.
template <int FILTERS, int VECTORS, class T>
inline void plane_tile(const PlaneRow<T>& row, const T* x, index_t first, T* planes,
                       index_t pitch) {
  Vector<T> sum[FILTERS][VECTORS];
#pragma GCC unroll 8
  for (int f = 0; f < FILTERS; ++f) {
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; ++v) sum[f][v] = Vector<T>{};
  }
  const T* kernel = row.kernel + first;
  for (index_t k = 0; k < row.depth; ++k, kernel += row.filters) {
    const T* const from = x + row.offsets[k];
    Vector<T> value[VECTORS];
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; ++v) value[v] = load(from + v * lanes<T>);
#pragma GCC unroll 8
    for (int f = 0; f < FILTERS; ++f) {
      const T scalar = kernel[f];
#pragma GCC unroll 2
      for (int v = 0; v < VECTORS; ++v) sum[f][v] += scalar * value[v];
    }
  }
#pragma GCC unroll 8
  for (int f = 0; f < FILTERS; ++f) {
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; ++v) {
      Vector<T> value = sum[f][v];
      if (row.bias) value += row.bias[first + f];
      store(planes + (first + f) * pitch + v * lanes<T>, relu_of<T>(value, row.relu));
    }
  }
}

/// Calls body(Constant, first) for tiles of at most MOST filters, about as many in each.
template <int MOST, class Body>
inline void with_filters(index_t count, index_t first, const Body& body) {
  if constexpr (MOST > 1) {
    if (count < MOST) return with_filters<MOST - 1>(count, first, body);
  }
  body(Constant<MOST>{}, first);
}
template <int MOST, class Body>
inline void split_filters(index_t filters, const Body& body) {
  if (filters <= MOST) return with_filters<MOST>(filters, 0, body);
  with_filters<MOST>((filters + 1) / 2, 0, body);
  with_filters<MOST>(filters / 2, (filters + 1) / 2, body);
}

template <int VECTORS, class T>
inline void plane_chunk(const PlaneRow<T>& row, index_t p, index_t pixels) {
  constexpr index_t pitch = VECTORS * lanes<T> < 8 ? 8 : VECTORS * lanes<T>;
  constexpr int most = register_bytes == 64 ? most_plane_filters : 6;
  T planes[most_plane_filters * pitch];
  split_filters<most>(row.filters, [&](auto count, index_t first) {
    constexpr int filters = decltype(count)::value;
    for (index_t i = 0; i < pitch; i += VECTORS * lanes<T>) {
      plane_tile<filters, VECTORS>(row, row.x + p + i, first, planes + i, pitch);
    }
  });
  store_plane_pixels(pixels, row.filters, pitch, planes, row.y + p * row.filters);
}

/// y[p][f] = sum over k of x[p + offsets[k]] * kernel[k][f] + bias[f], and relu of that if wanted
template <class T>
void plane_conv(const PlaneRow<T>& row) {
  constexpr index_t wide = 2 * lanes<T> < 8 ? 8 : 2 * lanes<T>;
  for (index_t p = 0; p < row.pixels; p += wide) {
    const index_t left = row.pixels - p;
    if (left <= lanes<T>) {
      plane_chunk<1>(row, p, left);
    } else {
      plane_chunk<2>(row, p, left < wide ? left : wide);
    }
  }
}

/// The lane sums of TERMS terms, of which `terms` are wanted, times FILTERS filters.
template <int TERMS, int FILTERS, class T>
inline void plane_grad_tile(const PlaneGrad<T>& grad, index_t first, index_t terms, index_t filter,
                            const T* dy, T* sums) {
  for (index_t lane = 0; lane < reduction_lanes; lane += lanes<T>) {
    Vector<T> sum[TERMS][FILTERS];
    const T* x[TERMS];
#pragma GCC unroll 4
    for (int t = 0; t < TERMS; ++t) {
      const index_t term = t < terms ? first + t : first;
      x[t] = grad.x + grad.offsets[term] + lane;
#pragma GCC unroll 6
      for (int f = 0; f < FILTERS; ++f) {
        sum[t][f] = load(sums + ((term * grad.filters) + filter + f) * reduction_lanes + lane);
      }
    }
    const T* dy_row = dy + filter * grad.pitch + lane;
    const index_t whole = grad.pixels / reduction_lanes * reduction_lanes;
    const index_t left = grad.pixels - whole - lane;  // in these lanes, after the whole chunks
    for (index_t row = 0; row < grad.rows; ++row) {
      const auto add_chunk = [&](index_t p, const auto& load_x) {
        Vector<T> value[TERMS];
#pragma GCC unroll 4
        for (int t = 0; t < TERMS; ++t) value[t] = load_x(x[t] + row * grad.x_step + p);
#pragma GCC unroll 6
        for (int f = 0; f < FILTERS; ++f) {
          const Vector<T> gradient = load(dy_row + f * grad.pitch + p);
#pragma GCC unroll 4
          for (int t = 0; t < TERMS; ++t) sum[t][f] += value[t] * gradient;
        }
      };
      for (index_t p = 0; p < whole; p += reduction_lanes) add_chunk(p, load<T>);
      // What lies behind the last pixel may be infinite.
      if (left >= lanes<T>) {
        add_chunk(whole, load<T>);
      } else if (left > 0) {
        add_chunk(whole, [&](const T* from) { return load_first(from, left); });
      }
      dy_row += grad.filters * grad.pitch;
    }
#pragma GCC unroll 4
    for (int t = 0; t < TERMS; ++t) {
      if (t >= terms) break;
#pragma GCC unroll 6
      for (int f = 0; f < FILTERS; ++f) {
        store(sums + ((first + t) * grad.filters + filter + f) * reduction_lanes + lane, sum[t][f]);
      }
    }
  }
}

/// sums[k][f][lanes] += x[p + offsets[k]] * dy[p][f] over the rows' pixels p, and sums[depth][f]
/// += dy[p][f]; dy (rows, pixels, F); `planes` is working memory for [rows][F][pitch].
template <class T>
void plane_conv_grad(const PlaneGrad<T>& grad, const T* dy, T* planes, T* sums) {
  constexpr int terms = register_bytes == 64 ? 4 : 2;
  for (index_t row = 0; row < grad.rows; ++row) {
    load_plane_pixels(grad.pixels, grad.filters, grad.pitch, dy + row * grad.pixels * grad.filters,
                      planes + row * grad.filters * grad.pitch);
  }
  split_filters<6>(grad.filters, [&](auto count, index_t filter) {
    constexpr int filters = decltype(count)::value;
    for (index_t k = 0; k < grad.depth; k += terms) {
      plane_grad_tile<terms, filters>(grad, k, grad.depth - k, filter, planes, sums);
    }
  });
  for (index_t f = 0; f < grad.filters; ++f) {
    Lanes<T> sum(T{0});
    T* const to = sums + (grad.depth * grad.filters + f) * reduction_lanes;
    sum.add(to);
    for (index_t row = 0; row < grad.rows; ++row) {
      const T* const from = planes + (row * grad.filters + f) * grad.pitch;
      for (index_t p = 0; p < grad.pitch; p += reduction_lanes) sum.add(from + p);
    }
    for (int i = 0; i < Lanes<T>::parts; ++i) store(to + i * lanes<T>, sum.part[i]);
  }
}

/// out[i] += the sum of sums[i][lanes], in a tree
template <class T>
void add_lane_sums(index_t n, const T* sums, T* out) {
  for (index_t i = 0; i < n; ++i) {
    Lanes<T> lane_sums(T{0});
    for (int part = 0; part < Lanes<T>::parts; ++part) {
      lane_sums.part[part] = load(sums + i * reduction_lanes + part * lanes<T>);
    }
    out[i] += lane_sums.sum();
  }
}
