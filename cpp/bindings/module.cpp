// The extension module pycnn._core: one bind_ function per file.
#include "arrays.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace pycnn::bindings;
  bind_runtime(module);
  bind_batch_norm(module);
  bind_conv(module);
  bind_conv_transpose(module);
  bind_pool(module);
  bind_elementwise(module);
  bind_loss(module);
  bind_lrn(module);
  bind_merge(module);
  bind_move(module);
  bind_noise(module);
  bind_normalization(module);
  bind_graph(module);
  bind_network(module);
}
