// What limits a chain: what its steps read and write has to stay in the cache, and the panels of
// kernels are read again for each part, which a part has to be worth.
#include "chains.hpp"

#include <algorithm>

namespace pycnn {
namespace {

// Of a part: half of the second-level cache of the processors of 2026.
constexpr index_t part_bytes = index_t{1} << 19;
// Kernels that leave room in that cache, and the fewest pixels that they are worth being read for;
// others come from farther away.
constexpr index_t small_kernel_bytes = index_t{1} << 18;
constexpr index_t least_pixels = 128, least_pixels_of_large = 1024;
// Threads are never equally fast, and wait for each other at the end of each chain: parts have to
// be many, and not long.
constexpr index_t parts_per_thread = 4;
constexpr index_t most_flops = index_t{1} << 28;

index_t power_of_two_up_to(index_t n) {
  index_t power = 1;
  while (2 * power <= n) power *= 2;
  return power;
}

/// Of one step: how many samples at a time are worth it, and how many fit.
struct Fitting {
  index_t least = 0, most = 0;
};

template <class T>
Fitting fitting_samples(const Step<T>& step) {
  const Node<T>& node = *step.node;
  constexpr auto number = static_cast<index_t>(sizeof(T));
  index_t numbers = node.output_shape().size();
  for (const Shape& shape : node.input_shapes()) numbers += shape.size();
  const index_t bytes = std::max<index_t>(numbers * number, 1);
  Fitting fitting{1, power_of_two_up_to(part_bytes / bytes)};
  if (node.flops() == 0) return fitting;
  index_t kernel_bytes = 0;
  for (const ParameterSpec& spec : node.parameters()) kernel_bytes += spec.shape.size() * number;
  const index_t pixels =
      node.output_shape().size() / std::max<index_t>(node.output_shape().back(), 1);
  const index_t worth = kernel_bytes <= small_kernel_bytes ? least_pixels : least_pixels_of_large;
  fitting.least = (worth + pixels - 1) / std::max<index_t>(pixels, 1);
  return fitting;
}

template <class T>
index_t work_of(const Node<T>& node) {
  return node.flops() / 16 + node.output_shape().size();
}

/// Puts steps into chains, one after another.
template <class T>
class ChainBuilder {
 public:
  ChainBuilder(const StepList<T>& list, RunMode mode, index_t most)
      : list_(list), mode_(mode), most_(most) {}

  void add(std::size_t s) {
    const Step<T>& step = list_.steps[s];
    const bool mixes =
        mode_ != RunMode::inference && step.node->mixes_samples() && !step.always_inference;
    Fitting own = fitting_samples(step);
    own.most = std::min(own.most, most_);
    const bool fits = most_ > 0 && step.node->runs_in_parts() && own.least <= own.most &&
                      step.node->output_shape().size() > 0;
    if (mixes) {
      add_mixing(s, own, fits);
    } else if (fits && grows(own, *step.node)) {
      take(own, *step.node);
      chains_.back().end = s + 1;
      chains_.back().samples = all_.most;
    } else {
      begin(s, own, fits);
    }
  }
  /// One that runs on the whole batch.
  void add_alone(std::size_t s) { begin(s, {}, false); }

  std::vector<Chain> take_chains() { return std::move(chains_); }

 private:
  Fitting with(const Fitting& own) const {
    return {std::max(all_.least, own.least), std::min(all_.most, own.most)};
  }
  bool grows(const Fitting& own, const Node<T>& node) const {
    const Fitting both = with(own);
    return open_ && both.least <= both.most && (flops_ + node.flops()) * both.most <= most_flops;
  }
  void take(const Fitting& own, const Node<T>& node) {
    all_ = with(own);
    flops_ += node.flops();
    chains_.back().work += work_of(node);
  }
  void begin(std::size_t s, const Fitting& own, bool open) {
    all_ = own;
    flops_ = list_.steps[s].node->flops();
    chains_.push_back({s, s + 1, 0, work_of(*list_.steps[s].node)});
    open_ = open;
  }
  /// A node whose statistics the chain before it can take, of what its last step has just written.
  void add_mixing(std::size_t s, const Fitting& own, bool fits) {
    const Step<T>& step = list_.steps[s];
    const index_t together = step.node->statistics_samples();
    const bool takes = fits && open_ && together > 0 && all_.most >= together &&
                       own.most >= together && list_.steps[s - 1].output == step.inputs[0];
    if (takes) {
      chains_.back().takes_statistics = true;
      chains_.back().samples = all_.most;
    }
    begin(s, own, takes);
    if (!takes) return;
    chains_.back().combines_statistics = true;
    chains_.back().samples = own.most;
  }

  const StepList<T>& list_;
  RunMode mode_;
  index_t most_;
  std::vector<Chain> chains_;
  Fitting all_;        // of the last chain
  index_t flops_ = 0;  // of a sample in the last chain
  bool open_ = false;  // the last chain may grow
};

}  // namespace

template <class T>
std::vector<Chain> find_chains(const StepList<T>& list, index_t capacity, RunMode mode,
                               const std::vector<bool>& left_to_loss, int threads) {
  const index_t most = threads == 1 ? capacity : capacity / (parts_per_thread * threads);
  ChainBuilder<T> builder(list, mode, most > 0 ? power_of_two_up_to(most) : 0);
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    if (!left_to_loss.empty() && left_to_loss[s]) {
      builder.add_alone(s);
    } else {
      builder.add(s);
    }
  }
  return builder.take_chains();
}

template std::vector<Chain> find_chains<float>(const StepList<float>&, index_t, RunMode,
                                               const std::vector<bool>&, int);
template std::vector<Chain> find_chains<double>(const StepList<double>&, index_t, RunMode,
                                                const std::vector<bool>&, int);

}  // namespace pycnn
