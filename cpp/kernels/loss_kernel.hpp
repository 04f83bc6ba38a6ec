// Losses and their gradients, formulas in loss.hpp. A gradient is multiplied by `scale`, one over
// the number of loss elements. Gradient pointers may be null and may lie on the output.
//
// Categorical kinds work on rows of `channels` numbers and leave one loss per row in `losses`;
// the others work on n numbers and return the sum of their losses in `sum`.

/// log(1 + e) for e >= 0, less what rounding 1 + e put into it.
template <class T>
inline T log_one_plus(T e) {
  const T sum = 1 + e;
  return logarithm(sum) - ((sum - 1) - e) / sum;
}

template <class T>
void label_crossentropy_logits(index_t rows, index_t channels, const T* x,
                               const std::int64_t* labels, T scale, T* p, T* dx, double* losses) {
  if (channels <= short_row) {
    return short_label_crossentropy_logits(rows, channels, x, labels, scale, p, dx, losses);
  }
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
  if (channels <= short_row) {
    return short_crossentropy_logits(rows, channels, x, targets, scale, p, dx, losses);
  }
  for (index_t row = 0; row < rows; ++row, x += channels, targets += channels) {
    const T maximum = row_maximum(channels, x);
    Lanes<T> products(0);
    for_each_block<T>(channels, [&](index_t first, index_t count) {
      RowBlock<T> shifted, target;
      for (index_t i = 0; i < count; ++i) shifted.data[i] = x[first + i] - maximum;
      shifted.pad(count, 0);
      target.load(count, targets + first, 0);
      for_each_chunk(count,
                     [&](index_t i) { products.add_product(shifted.data + i, target.data + i); });
    });
    const T target_sum = sum_row(channels, targets);
    T* const terms = p ? p : dx;
    const T sum = exponential_row(channels, x, maximum, terms);
    losses[row] = static_cast<double>(logarithm(sum) * target_sum - products.sum());
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
  if (channels <= short_row) {
    return short_label_crossentropy(rows, channels, output, labels, scale, doutput, losses);
  }
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
  if (channels <= short_row) {
    return short_crossentropy(rows, channels, output, targets, scale, doutput, losses);
  }
  for (index_t row = 0; row < rows; ++row, output += channels, targets += channels) {
    const T sum = sum_row(channels, output);
    Lanes<T> products(0), slopes(0);
    for_each_block<T>(channels, [&](index_t first, index_t count) {
      RowBlock<T> p, target, logs, slope;
      p.load(count, output + first, sum);
      target.load(count, targets + first, 0);
      const index_t padded = p.padded(count);
      for (index_t i = 0; i < padded; ++i) p.data[i] /= sum;
      for (index_t i = 0; i < padded; ++i) {
        logs.data[i] = logarithm(clamp(p.data[i], clip_low<T>, clip_high<T>));
        slope.data[i] = log_clip_grad(target.data[i], p.data[i]);
      }
      // A sum of zero makes p NaN, in the padding too.
      p.pad(count, 0);
      logs.pad(count, 0);
      slope.pad(count, 0);
      for_each_chunk(count, [&](index_t i) {
        products.add_product(target.data + i, logs.data + i);
        slopes.add_product(slope.data + i, p.data + i);
      });
    });
    losses[row] = static_cast<double>(-products.sum());
    if (!doutput) continue;
    // With g_c = d loss / dp_c: d loss / d output_j = (g_j - sum_c g_c p_c) / sum.
    const T mean = slopes.sum();
    for (index_t c = 0; c < channels; ++c) {
      doutput[c] = (log_clip_grad(targets[c], output[c] / sum) - mean) / sum * scale;
    }
    doutput += channels;
  }
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

/// The sum of n losses, in double precision; rule(count, output, targets) replaces the outputs of a
/// block by their losses.
template <class T, class Rule>
inline double sum_losses(index_t n, const T* output, const T* targets, const Rule& rule) {
  Lanes<double> sum(0);
  for_each_block<T>(n, [&](index_t first, index_t count) {
    RowBlock<T> o, t;
    RowBlock<double> losses;
    o.load(count, output + first, 0);
    t.load(count, targets + first, 0);
    rule(o.padded(count), o.data, t.data);
    for (index_t i = 0; i < count; ++i) losses.data[i] = static_cast<double>(o.data[i]);
    losses.pad(count, 0);
    for_each_chunk(count, [&](index_t i) { sum.add(losses.data + i); });
  });
  return sum.sum();
}

/// -target log sigmoid(x) - (1 - target) log sigmoid(-x) = max(x, 0) - x target + log(1 + e) with
/// e = exp(-|x|). Two loops, as the compiler vectorises exp and log only apart.
template <class T>
void binary_crossentropy_logits(index_t n, const T* output, const T* targets, T scale, T* doutput,
                                double* sum) {
  *sum = sum_losses(n, output, targets, [](index_t count, T* x, const T* target) {
    RowBlock<T> e;
    for (index_t i = 0; i < count; ++i) e.data[i] = exponential(x[i] < 0 ? x[i] : -x[i]);
    for (index_t i = 0; i < count; ++i) {
      x[i] = ((x[i] > 0 ? x[i] : 0) - x[i] * target[i]) + log_one_plus(e.data[i]);
    }
  });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = (logistic(output[i]) - targets[i]) * scale;
}

template <class T>
void binary_crossentropy(index_t n, const T* output, const T* targets, T scale, T* doutput,
                         double* sum) {
  *sum = sum_losses(n, output, targets, [](index_t count, T* o, const T* target) {
    for (index_t i = 0; i < count; ++i) o[i] = binary_loss(o[i], target[i]);
  });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = binary_grad(output[i], targets[i]) * scale;
}

template <class T>
void squared_error(index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum) {
  *sum = sum_losses(n, output, targets, [](index_t count, T* o, const T* target) {
    for (index_t i = 0; i < count; ++i) o[i] = (o[i] - target[i]) * (o[i] - target[i]);
  });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) doutput[i] = 2 * (output[i] - targets[i]) * scale;
}

template <class T>
void absolute_error(index_t n, const T* output, const T* targets, T scale, T* doutput,
                    double* sum) {
  *sum = sum_losses(n, output, targets, [](index_t count, T* o, const T* target) {
    for (index_t i = 0; i < count; ++i) {
      o[i] = o[i] < target[i] ? target[i] - o[i] : o[i] - target[i];
    }
  });
  if (!doutput) return;
  for (index_t i = 0; i < n; ++i) {
    const T difference = output[i] - targets[i];
    // A difference of zero, or NaN, is its own sign.
    doutput[i] = difference > 0 ? scale : difference < 0 ? -scale : difference;
  }
}
