// Losses and their gradients, formulas in loss.hpp. A gradient is multiplied by `scale`, one over
// the number of loss elements. Gradient pointers may be null and may lie on the output.
//
// Categorical kinds work on rows of `channels` numbers and leave one loss per row in `losses`;
// the others work on n numbers and return the sum of their losses in `sum`.

template <class T>
constexpr T clip_low = static_cast<T>(1e-7);
template <class T>
constexpr T clip_high = static_cast<T>(1 - 1e-7);

/// log(1 + e) for e >= 0: the rounding error of 1 + e is divided out (Kahan, in Goldberg 1991).
template <class T>
inline T log_one_plus(T e) {
  const T sum = 1 + e;
  const T ratio = logarithm(sum) * (e / (sum - 1));
  return sum == 1 ? e : ratio;
}

/// The gradient of -target log(clip(p)) with respect to p.
template <class T>
inline T log_clip_grad(T target, T p) {
  return p < clip_low<T> || p > clip_high<T> ? 0 : -target / p;
}

template <class T>
void label_crossentropy_logits(index_t rows, index_t channels, const T* x,
                               const std::int64_t* labels, T scale, T* p, T* dx, double* losses) {
  for (index_t row = 0; row < rows; ++row, x += channels) {
    const index_t label = labels[row];
    const T maximum = row_maximum(channels, x);
    const T labelled = x[label] - maximum;
    T* const terms = p ? p : dx;
    const T sum = exponential_row(channels, x, maximum, terms);
    losses[row] = static_cast<double>(logarithm(sum) - labelled);
    if (p) {
      for (index_t c = 0; c < channels; ++c) p[c] /= sum;
    }
    if (dx) {
      const T divisor = p ? 1 : sum;
      const T probability = terms[label] / divisor;
      for (index_t c = 0; c < channels; ++c) dx[c] = terms[c] / divisor * scale;
      dx[label] = (probability - 1) * scale;
      dx += channels;
    }
    if (p) p += channels;
  }
}

template <class T>
void crossentropy_logits(index_t rows, index_t channels, const T* x, const T* targets, T scale,
                         T* p, T* dx, double* losses) {
  for (index_t row = 0; row < rows; ++row, x += channels, targets += channels) {
    const T maximum = row_maximum(channels, x);
    Lanes<T> products{};
    for_each_lanes(channels, [&](index_t i, int count) {
      Lanes<T> shifted, target;
      load_chunk(count, x + i, maximum, shifted);
      load_chunk(count, targets + i, static_cast<T>(0), target);
      shifted -= maximum;
      // Where the maximum is infinite the unused lanes are NaN.
      fill_lanes<reduction_lanes>(count, static_cast<T>(0), shifted);
      products += shifted * target;
    });
    const T target_sum = sum_row(channels, targets);
    T* const terms = p ? p : dx;
    const T sum = exponential_row(channels, x, maximum, terms);
    losses[row] = static_cast<double>(logarithm(sum) * target_sum - sum_lanes<T>(products));
    if (p) {
      for (index_t c = 0; c < channels; ++c) p[c] /= sum;
    }
    if (dx) {
      const T divisor = p ? 1 : sum;
      for (index_t c = 0; c < channels; ++c) {
        dx[c] = (terms[c] / divisor * target_sum - targets[c]) * scale;
      }
      dx += channels;
    }
    if (p) p += channels;
  }
}

template <class T>
void label_crossentropy(index_t rows, index_t channels, const T* output, const std::int64_t* labels,
                        T scale, T* doutput, double* losses) {
  for (index_t row = 0; row < rows; ++row, output += channels) {
    const index_t label = labels[row];
    const T sum = sum_row(channels, output);
    const T p = output[label] / sum;
    losses[row] = static_cast<double>(-logarithm(clamp(p, clip_low<T>, clip_high<T>)));
    if (!doutput) continue;
    // With g = d loss / dp: d loss / d output_j = (g [j = label] - g p) / sum.
    const T slope = log_clip_grad(static_cast<T>(1), p);
    const T others = -slope * p / sum * scale;
    for (index_t c = 0; c < channels; ++c) doutput[c] = others;
    doutput[label] = slope * (1 - p) / sum * scale;
    doutput += channels;
  }
}

template <class T>
void crossentropy(index_t rows, index_t channels, const T* output, const T* targets, T scale,
                  T* doutput, double* losses) {
  for (index_t row = 0; row < rows; ++row, output += channels, targets += channels) {
    const T sum = sum_row(channels, output);
    Lanes<T> products{}, slopes{};
    for_each_lanes(channels, [&](index_t i, int count) {
      Lanes<T> p, target;
      load_chunk(count, output + i, sum, p);
      load_chunk(count, targets + i, static_cast<T>(0), target);
      p /= sum;
      Lanes<T> logs = p, slope = target;
      map_lanes<T>([](T v, T) { return logarithm(clamp(v, clip_low<T>, clip_high<T>)); }, logs, p);
      map_lanes<T>([](T t, T v) { return log_clip_grad(t, v); }, slope, p);
      products += target * logs;
      slopes += slope * p;
    });
    losses[row] = static_cast<double>(-sum_lanes<T>(products));
    if (!doutput) continue;
    // With g_c = d loss / dp_c: d loss / d output_j = (g_j - sum_c g_c p_c) / sum.
    const T mean = sum_lanes<T>(slopes);
    for (index_t c = 0; c < channels; ++c) {
      doutput[c] = (log_clip_grad(targets[c], output[c] / sum) - mean) / sum * scale;
    }
    doutput += channels;
  }
}

template <class T>
inline T binary_logits_loss(T x, T target) {
  const T softplus = log_one_plus(exponential(x < 0 ? x : -x));
  return ((x > 0 ? x : 0) - x * target) + softplus;
}

/// -(target log p + (1 - target) log(1 - p)) with one product: the larger weight's logarithm plus
/// the smaller weight times the difference.
template <class T>
inline T binary_loss(T output, T target) {
  const T p = clamp(output, clip_low<T>, clip_high<T>);
  const T hit = logarithm(p), miss = logarithm(1 - p);
  const bool mostly_hit = target > static_cast<T>(0.5);
  const T main = mostly_hit ? hit : miss;
  const T other = mostly_hit ? miss : hit;
  const T weight = mostly_hit ? 1 - target : target;
  return -(main + weight * (other - main));
}

template <class T>
inline T binary_grad(T output, T target) {
  const T grad = (1 - target) / (1 - output) - target / output;
  return output < clip_low<T> || output > clip_high<T> ? 0 : grad;
}

/// The sum of element(output, target) over n numbers, in double precision.
template <class T, class Element>
inline double sum_losses(index_t n, const T* output, const T* targets, const Element& element) {
  Lanes<double> sum{};
  for_each_lanes(n, [&](index_t i, int count) {
    Lanes<T> losses, target;
    load_chunk(count, output + i, static_cast<T>(0), losses);
    load_chunk(count, targets + i, static_cast<T>(0), target);
    map_lanes<T>(element, losses, target);
    fill_lanes<reduction_lanes>(count, static_cast<T>(0), losses);
    sum += __builtin_convertvector(losses, Lanes<double>);
  });
  return sum_lanes<double>(sum);
}

template <class T>
void binary_crossentropy_logits(index_t n, const T* output, const T* targets, T scale, T* doutput,
                                double* sum) {
  *sum = sum_losses(n, output, targets, [](T o, T t) { return binary_logits_loss(o, t); });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = (logistic(output[i]) - targets[i]) * scale;
}

template <class T>
void binary_crossentropy(index_t n, const T* output, const T* targets, T scale, T* doutput,
                         double* sum) {
  *sum = sum_losses(n, output, targets, [](T o, T t) { return binary_loss(o, t); });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = binary_grad(output[i], targets[i]) * scale;
}

template <class T>
void squared_error(index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum) {
  *sum = sum_losses(n, output, targets, [](T o, T t) { return (o - t) * (o - t); });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = 2 * (output[i] - targets[i]) * scale;
}

template <class T>
void absolute_error(index_t n, const T* output, const T* targets, T scale, T* doutput,
                    double* sum) {
  *sum = sum_losses(n, output, targets, [](T o, T t) { return o < t ? t - o : o - t; });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) {
    const T difference = output[i] - targets[i];
    // A difference of zero, or NaN, is its own sign.
    doutput[i] = difference > 0 ? scale : difference < 0 ? -scale : difference;
  }
}
